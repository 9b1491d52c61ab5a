#include "tutti/wire/text_form.hpp"

#include <algorithm>
#include <utility>

namespace tutti {

// One byte more than fits is kept, so that it shows that something was cut away.
void TextForm::add(std::string_view piece) {
  if (full()) return;
  text_ += piece.substr(0, bytes_max_ + 1 - text_.size());
}

void TextForm::add_quoted(std::string_view text) {
  add("\"");
  for (const char letter : text) {
    if (full()) return;
    const auto byte = static_cast<unsigned char>(letter);
    if (letter == '"' || letter == '\\')
      add(fmt::format("\\{}", letter));
    else if (letter == '\n')
      add("\\n");
    else if (byte < 0x20 || byte >= 0x7f)  // whoever sent this may want to play with a terminal
      add(fmt::format("\\x{:02x}", byte));
    else
      add(std::string_view(&letter, 1));
  }
  add("\"");
}

void TextForm::add_hex(ByteView bytes) {
  add("0x");
  add(to_hex(bytes.first(std::min(bytes.size(), bytes_max_))));
}

std::string TextForm::finish() && {
  if (!full()) return std::move(text_);
  text_.resize(bytes_max_);
  text_ += "...";
  return std::move(text_);
}

}  // namespace tutti
