#include "tutti/live/qr_code.hpp"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>

#include <fmt/format.h>
#include <qrencode.h>

namespace tutti {

std::expected<QrCode, std::string> QrCode::of(std::string_view text) {
  if (text.empty()) return std::unexpected("there is no QR code of nothing");
  constexpr int smallest_that_fits = 0;
  const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
      QRcode_encodeData(static_cast<int>(text.size()), reinterpret_cast<const unsigned char*>(text.data()),
                        smallest_that_fits, QR_ECLEVEL_M),
      &QRcode_free);
  if (!code && errno == ERANGE)
    return std::unexpected(fmt::format("{} bytes do not fit into a QR code", text.size()));
  if (!code) return std::unexpected(fmt::format("the QR code cannot be made: {}", std::strerror(errno)));
  QrCode result;
  result.size_ = static_cast<std::size_t>(code->width);
  for (std::size_t i = 0; i < result.size_ * result.size_; ++i)
    result.dark_.push_back((code->data[i] & 1) != 0);
  return result;
}

std::string QrCode::terminal_text() const {
  static constexpr std::string_view black_on_white = "\x1b[38;5;16;48;5;231m";
  static constexpr std::string_view plain = "\x1b[0m";
  std::string text;
  const auto edge = size_ + 2 * quiet_zone;
  // Beyond the code's edges, on either side, everything is light.
  const auto dark = [&](std::size_t row, std::size_t column) {
    return row >= quiet_zone && column >= quiet_zone && is_dark(row - quiet_zone, column - quiet_zone);
  };
  for (std::size_t row = 0; row < edge; row += 2) {
    text += black_on_white;
    for (std::size_t column = 0; column < edge; ++column) {
      const bool upper = dark(row, column);
      const bool lower = dark(row + 1, column);
      text += upper ? (lower ? "█" : "▀") : (lower ? "▄" : " ");
    }
    text += plain;
    text += '\n';
  }
  return text;
}

}  // namespace tutti
