// What an IRC server, and whoever speaks through it, may say: in pieces, with time passing in between.
// Nothing may crash or grow, nobody is found who says too little, and what goes out is lines.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tutti/base/require.hpp"
#include "tutti/live/bootstrap/irc_meeting.hpp"
#include "tutti/live/bootstrap/irc_place.hpp"

// An odd first byte puts the peer into the channel. Then the first byte of a piece is its length; above 200,
// it is so many seconds instead, and 255 a lost connection.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tutti;
  constexpr std::uint8_t piece_bytes_max = 200;
  constexpr std::uint8_t lost = 255;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  if (const auto place = IrcPlace::parse(rest))
    require(place->port != 0 && !place->host.empty() && place->channel.starts_with('#'), "a place is whole");

  TimePoint now{};
  IrcMeeting meeting({.channel = "#tutti"},
                     {.peer = {}, .session = "0123456789abcdef", .targets = {{Endpoint::v4(1, 2), {}}}},
                     Random(1), {});
  if (!rest.empty() && (rest.front() & 1) != 0) {
    meeting.advance(now);
    meeting.connected(now);
    meeting.receive(now, ":server 001 ada :welcome\r\n:ada JOIN #tutti\r\n");
    require(meeting.present(), "it is in the channel");
  }
  if (!rest.empty()) rest.remove_prefix(1);
  while (!rest.empty()) {
    const auto step = static_cast<std::uint8_t>(rest.front());
    rest.remove_prefix(1);
    if (meeting.next_at() == TimePoint::max()) meeting.connected(now);
    if (step == lost) {
      meeting.disconnected(now);
    } else if (step > piece_bytes_max) {
      now += std::chrono::seconds(step - piece_bytes_max);
      if (meeting.next_at() <= now) meeting.advance(now);
    } else {
      const auto piece = rest.substr(0, step);
      rest.remove_prefix(piece.size());
      if (meeting.wants_connection()) meeting.receive(now, piece);
    }
    std::size_t lines = 0;
    while (const auto line = meeting.next_line(now)) {
      require(line->ends_with("\r\n") && line->size() <= IrcMessage::line_bytes_max &&
                  std::ranges::count(*line, '\n') == 1,
              "what goes out is a line");
      require(++lines <= IrcMeeting::lines_max, "lines are paced");
    }
    while (const auto found = meeting.next_found())
      require(found->peer && found->endpoint.port != 0, "who is found has a name and a port");
  }
  return 0;
}
