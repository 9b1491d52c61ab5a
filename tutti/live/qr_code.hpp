// A text as a QR code (ISO/IEC 18004), to be photographed from a terminal: how a ticket gets from a screen
// into a telephone.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace tutti {

/// A square of modules, row after row.
class QrCode {
 public:
  /// Light modules that have to be around it, on each side.
  static constexpr std::size_t quiet_zone = 4;

  /// In the smallest version that holds it, at level M: 15% of it may be unreadable. The error is a sentence:
  /// nothing, or more than 2331 bytes.
  static std::expected<QrCode, std::string> of(std::string_view text);

  [[nodiscard]] std::size_t size() const { return size_; }
  /// Outside of the code, everything is light.
  [[nodiscard]] bool is_dark(std::size_t row, std::size_t column) const {
    return row < size_ && column < size_ && dark_[row * size_ + column];
  }

  /// With its quiet zone, two rows a line by half blocks. Black on white whatever the terminal's colours are,
  /// since many cameras do not read the inverse.
  [[nodiscard]] std::string terminal_text() const;

 private:
  std::size_t size_ = 0;
  std::vector<bool> dark_;
};

}  // namespace tutti
