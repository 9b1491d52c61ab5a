#include "tutti/wire/text_form.hpp"

#include <array>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace tutti {
namespace {

struct Turn {
  std::int32_t dx = 0, dy = 0;
};
struct Pause {};
struct Write {
  std::string text;
  std::optional<std::uint8_t> column;
  std::vector<Turn> turns;
  Bytes raw;
  double weight = 0;
  bool bold = false;
  Priority priority{};
  PeerId to;
};
template <typename T>
struct Boxed {
  T content;
  struct Lid {};
};
using Event = std::variant<Turn, Pause, Write, Boxed<Turn>>;

TEST(TextForm, names_the_kind_and_its_fields) {
  EXPECT_EQ(text_form(Event(Turn{1, -2})), "Turn{1, -2}");
  EXPECT_EQ(text_form(Event(Pause{})), "Pause{}");
  EXPECT_EQ(text_form(Event(Boxed<Turn>{{3, 4}})), "Boxed{Turn{3, 4}}");
  EXPECT_EQ(text_form(Boxed<Boxed<Turn>>::Lid{}), "Lid{}");
}

TEST(TextForm, says_every_kind_of_field) {
  const Write write{.text = "hi",
                    .column = 7,
                    .turns = {{1, 2}, {3, 4}},
                    .raw = {0xab, 0x01},
                    .weight = 0.5,
                    .bold = true,
                    .priority = Priority::low,
                    .to = {{0xfe}}};
  EXPECT_EQ(text_form(Event(write)),
            R"(Write{"hi", 7, [Turn{1, 2}, Turn{3, 4}], 0xab01, 0.5, true, 2, fe000000})");
  EXPECT_EQ(text_form(std::optional<int>{}), "-");
}

TEST(TextForm, escapes_what_could_play_with_a_terminal) {
  EXPECT_EQ(text_form(std::string("a\"\\\n\x1b[2J\xc3\xa4")), R"("a\"\\\n\x1b[2J\xc3\xa4")");
}

TEST(TextForm, ends_at_its_limit) {
  EXPECT_EQ(text_form(std::string("abcdef"), 8), "\"abcdef\"");
  EXPECT_EQ(text_form(std::string("abcdefg"), 8), "\"abcdefg...");
  EXPECT_EQ(text_form(std::vector<int>(1'000'000), 7), "[0, 0, ...");
  EXPECT_EQ(text_form(Bytes(1'000'000, 0x11), 6), "0x1111...");
}

RC_GTEST_PROP(TextForm, of_any_text_is_one_line_of_ascii_within_its_limit, (const std::string& text)) {
  const auto form = text_form(text);
  RC_ASSERT(form.size() <= text_form_bytes_max + 3);
  for (const char letter : form) RC_ASSERT(letter >= 0x20 && letter < 0x7f);
}

}  // namespace
}  // namespace tutti
