// Hostile images of a state in an arena: a right one, in which the input changes words. Eight bytes are one
// change: where, and to what. What is taken for a state can be read, changed, laid out anew and emptied.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tutti/base/require.hpp"
#include "tutti/memory/arena_layout.hpp"
#include "tutti/memory/containers.hpp"

namespace {

using namespace tutti;
using namespace tutti::memory;

struct Room {
  arena::String name{};
  arena::Vector<Room> rooms{};
  arena::FlatMap<std::uint32_t, std::uint64_t> things{};
};
struct House {
  arena::Vector<Room> rooms;
  arena::Map<arena::String, arena::Vector<std::uint16_t>> guests;
  std::array<arena::String, 2> signs;
};

struct Home {
  Home() : arena("house", std::make_shared<BlockPool>(page_bytes), 1 << 20, sizeof(House)) {
    const ArenaAtWork work(arena);
    ::new (arena.root()) House{};
  }
  House& house() { return *static_cast<House*>(arena.root()); }
  Arena arena;
};

std::vector<std::byte> right_bytes() {
  Home home;
  const ArenaAtWork work(home.arena);
  auto& house = home.house();
  for (std::uint32_t i = 0; i < 6; ++i) {
    Room room{.name = std::string(7 * i, 'r')};
    room.rooms.resize(i % 3);
    for (std::uint32_t thing = 0; thing < 5 * i; ++thing) room.things[thing * 3] = thing;
    house.rooms.push_back(room);
  }
  for (char guest = 'a'; guest <= 'z'; ++guest)
    for (char second = 'a'; second <= 'f'; ++second)
      house.guests[std::string{guest, second}].resize(static_cast<std::size_t>(second - 'a'));
  for (char guest = 'a'; guest <= 'z'; guest += 3) house.guests.erase(std::string{guest, 'c'});
  house.signs[1] = "no smoking";
  house.rooms.pop_back();
  return {home.arena.bytes().begin(), home.arena.bytes().end()};
}

std::uint64_t read_all(const arena::Vector<Room>& rooms) {
  std::uint64_t sum = 0;
  for (const auto& room : rooms) {
    sum += room.name.size() + read_all(room.rooms);
    for (const auto& [key, value] : room.things) sum += key + value;
  }
  return sum;
}

bool is_whole(const Home& home) {
  return ArenaLayout::of<House>(home.arena.bytes()).has_value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto right = right_bytes();
  auto bytes = right;
  for (; size >= 8; data += 8, size -= 8) {
    std::uint32_t at = 0;
    std::memcpy(&at, data, sizeof at);
    std::memcpy(bytes.data() + at % (bytes.size() / 4) * 4, data + 4, 4);
  }
  if (!ArenaLayout::of<House>(bytes)) return 0;

  Home home;
  const std::size_t used = bytes.size();
  bytes.resize(pages_of(used) * page_bytes);
  home.arena.restore(Image(home.arena.memory().pool(), bytes.data(), used));
  const ArenaAtWork work(home.arena);
  auto& house = home.house();
  std::uint64_t sum = read_all(std::as_const(house).rooms);
  for (const auto& [name, numbers] : std::as_const(house).guests)
    for (const auto number : numbers) sum += name.size() + number;
  house.signs[0] = std::to_string(sum);
  for (auto& room : house.rooms) {
    room.name += "s";
    room.things[1] = 1;
    room.rooms.push_back({});
  }
  for (char guest = 'a'; guest <= 'z'; ++guest) {
    house.guests[std::string{guest, 'd'}].push_back(7);
    house.guests.erase(std::string{guest, 'a'});
  }
  require(is_whole(home), "what was whole stays it");
  home.arena.compact<House>();
  require(is_whole(home), "what was whole is it laid out anew");
  home.house() = House{};
  require(is_whole(home), "what was whole can be emptied");
  return 0;
}
