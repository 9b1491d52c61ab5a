#include "tutti/live/qr_code.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "tutti/base/temporary_folder.hpp"
#include "tutti/live/ticket.hpp"

namespace tutti {
namespace {

/// The modules that a terminal shows, row after row, '#' for dark.
std::vector<std::string> shown(const QrCode& code) {
  std::vector<std::string> rows;
  std::string text = code.terminal_text();
  for (std::size_t line_begin = 0; line_begin < text.size();) {
    const auto line_end = text.find('\n', line_begin);
    auto line = text.substr(line_begin, line_end - line_begin);
    line_begin = line_end + 1;
    line = line.substr(line.find('m') + 1);
    line = line.substr(0, line.find('\x1b'));
    std::string upper, lower;
    while (!line.empty()) {
      const auto take = [&](std::string_view block, char above, char below) {
        if (!line.starts_with(block)) return;
        line.erase(0, block.size());
        upper += above;
        lower += below;
      };
      take("█", '#', '#');
      take("▀", '#', ' ');
      take("▄", ' ', '#');
      take(" ", ' ', ' ');
    }
    rows.push_back(upper);
    rows.push_back(lower);
  }
  return rows;
}

/// What a reader of bar codes, which is not ours, sees in the picture of these modules.
std::string read_by_zbar(const std::vector<std::string>& rows) {
  constexpr std::size_t module_pixels = 4;
  const TemporaryFolder folder;
  const auto file = folder / "code.pgm";
  {
    std::ofstream out(file, std::ios::binary);
    out << "P5 " << rows[0].size() * module_pixels << ' ' << rows.size() * module_pixels << " 255\n";
    for (std::size_t y = 0; y < rows.size() * module_pixels; ++y)
      for (std::size_t x = 0; x < rows[0].size() * module_pixels; ++x)
        out << (rows[y / module_pixels][x / module_pixels] == '#' ? '\0' : '\xff');
  }
  const auto command = std::string(TUTTI_ZBARIMG) + " --quiet --raw --nodbus " + file.string() + " 2>&1";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), &::pclose);
  std::string text;
  std::array<char, 256> piece;
  while (std::fgets(piece.data(), piece.size(), pipe.get()) != nullptr) text += piece.data();
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

TEST(QrCode, of_a_ticket_is_read_from_a_terminal_by_another_program) {
  for (const bool is_signed : {false, true}) {
    auto ticket = Ticket::generate(is_signed);
    ticket.addresses = {"[2001:db8::1]:5000", "192.0.2.1:5000"};
    const auto code = QrCode::of(ticket.text());
    ASSERT_TRUE(code) << code.error();
    EXPECT_EQ(read_by_zbar(shown(*code)), ticket.text());
  }
}

TEST(QrCode, has_a_light_edge_as_wide_as_readers_need) {
  const auto code = QrCode::of("tutti");
  ASSERT_TRUE(code);
  const auto rows = shown(*code);
  EXPECT_EQ(code->size(), 21u);
  ASSERT_GE(rows.size(), code->size() + 2 * QrCode::quiet_zone);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    ASSERT_EQ(rows[row].size(), code->size() + 2 * QrCode::quiet_zone);
    for (std::size_t column = 0; column < rows[row].size(); ++column) {
      const bool inside = row >= QrCode::quiet_zone && column >= QrCode::quiet_zone;
      EXPECT_EQ(rows[row][column] == '#',
                inside && code->is_dark(row - QrCode::quiet_zone, column - QrCode::quiet_zone));
    }
  }
}

TEST(QrCode, of_too_much_or_nothing_is_an_error) {
  EXPECT_TRUE(QrCode::of(std::string(2331, 'x')));
  EXPECT_EQ(QrCode::of(std::string(2332, 'x')).error(), "2332 bytes do not fit into a QR code");
  EXPECT_FALSE(QrCode::of(""));
}

}  // namespace
}  // namespace tutti
