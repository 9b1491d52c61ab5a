#include "tutti/symmetric/history_text.hpp"

#include <gtest/gtest.h>

namespace tutti::symmetric {
namespace {

TEST(HistoryText, names_the_three_policies) {
  EXPECT_TRUE(std::holds_alternative<HorizonHistory>(*parse_history("horizon")));
  EXPECT_TRUE(std::holds_alternative<FullHistory>(*parse_history("full")));
  const auto recent = parse_history("90s");
  ASSERT_TRUE(recent && std::holds_alternative<RecentHistory>(*recent));
  EXPECT_EQ(std::get<RecentHistory>(*recent).span, std::chrono::seconds(90));
}

TEST(HistoryText, refuses_what_is_none_of_them_by_a_sentence) {
  for (const auto* text : {"", "Full", "0s", "-3s", "half", "10"}) {
    const auto kept = parse_history(text);
    ASSERT_FALSE(kept) << text;
    EXPECT_TRUE(kept.error().contains("neither horizon, nor full")) << kept.error();
  }
}

}  // namespace
}  // namespace tutti::symmetric
