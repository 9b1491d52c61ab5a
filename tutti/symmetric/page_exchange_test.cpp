#include "tutti/symmetric/page_exchange.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/symmetric/image.hpp"

namespace tutti::symmetric {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr std::size_t page = memory::page_bytes;

/// A peer with one state.
struct Side {
  Side(std::uint8_t name, const Bytes& bytes) : id{{name}}, image(image_of(bytes)) {}

  [[nodiscard]] Fingerprint fingerprint() const { return {Tick(7), 1, image.hash()}; }
  [[nodiscard]] Divergence divergence_from(const Side& other) const {
    return {other.id, Tick(7), fingerprint(), other.fingerprint()};
  }

  PeerId id;
  memory::Image image;
  std::size_t times_shown = 0;
  PageExchange pages{[this](const Fingerprint& wanted) -> std::optional<memory::Image> {
    if (wanted != fingerprint()) return std::nullopt;
    ++times_shown;
    return image;
  }};
};

/// The whole conversation; returns how many questions there were.
std::size_t inquire(Side& one, Side& other) {
  std::size_t questions = 0;
  for (auto query = one.pages.inquire(one.divergence_from(other)); query; ++questions) {
    const auto answer = other.pages.received(one.id, *query);
    query = answer ? one.pages.received(other.id, *answer) : std::nullopt;
  }
  return questions;
}

Bytes state(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i / page + i);
  return bytes;
}

TEST(PageExchange, brings_the_pages_that_differ_and_so_the_others_whole_state) {
  const Bytes ours = state(20 * page + 100);
  Bytes theirs = ours;
  theirs[5] ^= 1;
  theirs[7 * page] ^= 1;
  theirs[20 * page + 99] ^= 1;
  Side one(1, ours);
  Side other(2, theirs);
  EXPECT_EQ(inquire(one, other), 2u);
  EXPECT_TRUE(one.pages.over());
  const auto& found = one.pages.difference();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->peer, other.id);
  EXPECT_EQ(found->their_bytes, theirs.size());
  EXPECT_EQ(found->pages_compared, 21u);
  EXPECT_THAT(found->pages, ElementsAre(0u, 7u, 20u));
  EXPECT_TRUE(found->whole());
  EXPECT_EQ(found->their_state(), theirs);
  EXPECT_EQ(other.times_shown, 1u);
}

TEST(PageExchange, of_states_of_other_sizes_tells_what_only_one_has) {
  for (const auto& [ours, theirs] : {std::pair(3 * page, page + 10), std::pair(page + 10, 3 * page),
                                     std::pair(page, std::size_t{0}), std::pair(std::size_t{0}, page)}) {
    Side one(1, state(ours));
    Side other(2, state(theirs));
    inquire(one, other);
    ASSERT_TRUE(one.pages.over() && one.pages.difference());
    EXPECT_TRUE(one.pages.difference()->whole());
    EXPECT_EQ(one.pages.difference()->their_state(), state(theirs));
    EXPECT_EQ(one.pages.difference()->pages.back(), memory::pages_of(std::max(ours, theirs)) - 1);
  }
}

RC_GTEST_PROP(PageExchangeProperty, brings_the_whole_of_any_state_and_the_pages_that_differ, ()) {
  const auto size = rc::gen::inRange<std::size_t>(0, 12 * page);
  const Bytes ours = state(*size);
  Bytes theirs = state(*size);
  for (const auto at : *rc::gen::container<std::vector<std::size_t>>(size))
    if (at < theirs.size()) theirs[at] ^= 1;
  Side one(1, ours);
  Side other(2, theirs);
  inquire(one, other);
  const auto& found = one.pages.difference();
  RC_ASSERT(one.pages.over() && found);
  RC_ASSERT(found->whole());
  RC_ASSERT(found->their_state() == theirs);
  RC_ASSERT(found->pages == memory::differing_pages(one.image, other.image));
}

TEST(PageExchange, fetches_no_more_than_a_mebibyte_and_says_what_is_missing) {
  Side one(1, Bytes(300 * page, 1));
  Side other(2, Bytes(300 * page, 2));
  EXPECT_EQ(inquire(one, other), 1u + pages_fetched_max / pages_per_query_max);
  const auto& found = one.pages.difference();
  ASSERT_TRUE(one.pages.over() && found);
  EXPECT_EQ(found->pages.size(), 300u);
  EXPECT_EQ(found->theirs.size(), pages_fetched_max);
  EXPECT_EQ(found->pages_missing(), 300u - pages_fetched_max);
  EXPECT_FALSE(found->whole());
  Bytes known(300 * page, 1);
  std::fill_n(known.begin(), pages_fetched_max * page, std::uint8_t{2});
  EXPECT_EQ(found->their_state(), known);
}

TEST(PageExchange, of_huge_states_compares_the_first_pages_only) {
  Side one(1, Bytes((page_hashes_max + 3) * page, 1));
  Bytes theirs((page_hashes_max + 5) * page, 1);
  theirs[3 * page] = 2;
  theirs.back() = 2;
  Side other(2, theirs);
  inquire(one, other);
  const auto& found = one.pages.difference();
  ASSERT_TRUE(one.pages.over() && found);
  EXPECT_EQ(found->pages_compared, page_hashes_max);
  EXPECT_THAT(found->pages, ElementsAre(3u));
  EXPECT_FALSE(found->whole());
  EXPECT_EQ(found->their_state().size(), page_hashes_max * page);
}

/// One that has asked for the hashes, and another that would answer.
struct Asked : testing::Test {
  Asked() { query = one.pages.inquire(one.divergence_from(other)); }
  [[nodiscard]] PageHashAnswer hashes() {
    return std::get<PageHashAnswer>(*other.pages.received(one.id, *query));
  }
  /// Whether it makes the one go on.
  bool takes(PeerId from, const PageMessage& message) {
    query = one.pages.received(from, message);
    return query.has_value();
  }

  Side one{1, Bytes(3 * page, 1)};
  Side other{2, Bytes(3 * page, 2)};
  std::optional<PageMessage> query;
};
using PageExchangeAsked = Asked;

TEST_F(PageExchangeAsked, takes_no_hashes_but_those_of_the_state_it_asked_for) {
  const auto right = hashes();
  auto wrong_hash = right;
  wrong_hash.hashes[1] ^= 1;
  auto too_few = right;
  too_few.hashes.pop_back();
  auto too_many = right;
  too_many.bytes = std::uint64_t{1} << 63;
  auto endless = right;
  endless.bytes = ~std::uint64_t{0};
  endless.hashes.clear();
  for (const auto& wrong : {wrong_hash, too_few, too_many, endless, PageHashAnswer{}})
    EXPECT_FALSE(takes(other.id, wrong));
  EXPECT_FALSE(takes(one.id, right)) << "it asked somebody else";
  EXPECT_FALSE(takes(other.id, PageAnswer{})) << "it asked for something else";
  EXPECT_FALSE(one.pages.difference());
  EXPECT_TRUE(takes(other.id, right));
  EXPECT_FALSE(takes(other.id, right)) << "it has them";
}

TEST_F(PageExchangeAsked, takes_no_pages_but_those_it_asked_for) {
  ASSERT_TRUE(takes(other.id, hashes()));
  const auto right = std::get<PageAnswer>(*other.pages.received(one.id, *query));
  auto wrong_bytes = right;
  wrong_bytes.pages[2][17] ^= 1;
  auto too_few = right;
  too_few.pages.pop_back();
  auto too_long = right;
  too_long.pages[0].push_back(0);
  for (const auto& wrong : {wrong_bytes, too_few, too_long, PageAnswer{}}) {
    EXPECT_FALSE(takes(other.id, wrong));
    EXPECT_TRUE(one.pages.difference()->theirs.empty());
  }
  takes(PeerId{{9}}, right);
  EXPECT_FALSE(one.pages.over());
  takes(other.id, right);
  EXPECT_TRUE(one.pages.over());
  EXPECT_TRUE(one.pages.difference()->whole());
}

TEST_F(PageExchangeAsked, waits_for_an_answer_five_seconds_and_no_longer) {
  one.pages.wait(TimePoint(10s));
  one.pages.wait(TimePoint(14s));
  ASSERT_TRUE(takes(other.id, hashes()));
  one.pages.wait(TimePoint(18s));
  one.pages.wait(TimePoint(22s));
  EXPECT_FALSE(one.pages.over());
  one.pages.wait(TimePoint(23s));
  EXPECT_TRUE(one.pages.over());
  EXPECT_EQ(one.pages.difference()->pages_missing(), 3u);
  EXPECT_FALSE(one.pages.inquire(one.divergence_from(other))) << "one inquiry is enough";
}

TEST(PageExchange, asks_nothing_about_a_state_of_its_own_that_it_cannot_show) {
  Side one(1, state(page));
  const Side other(2, state(10));
  auto divergence = one.divergence_from(other);
  divergence.ours.history = 2;
  EXPECT_FALSE(one.pages.inquire(divergence));
  EXPECT_TRUE(one.pages.over());
  EXPECT_FALSE(one.pages.difference());
}

TEST(PageExchange, shows_only_what_was_compared_and_no_page_to_who_did_not_ask_for_hashes) {
  Side other(2, state(3 * page));
  const PeerId asking{{1}};
  EXPECT_FALSE(other.pages.received(asking, PageQuery{other.fingerprint(), {0}}));
  EXPECT_FALSE(other.pages.received(asking, PageHashQuery{{Tick(8), 1, 5}}));
  EXPECT_TRUE(other.pages.received(asking, PageHashQuery{other.fingerprint()}));
  EXPECT_FALSE(other.pages.received(asking, PageQuery{other.fingerprint(), {3}}));
  EXPECT_FALSE(other.pages.received(
      asking, PageQuery{other.fingerprint(), std::vector<std::uint32_t>(pages_per_query_max + 1)}));
  EXPECT_TRUE(other.pages.received(asking, PageQuery{other.fingerprint(), {2, 0}}));
}

TEST(PageExchange, answers_each_neighbour_a_few_times_and_only_so_many_of_them) {
  Side other(2, state(3 * page));
  const auto answered = [&](PeerId asking, const PageMessage& query) {
    std::size_t answers = 0;
    for (int i = 0; i < 1000; ++i) answers += other.pages.received(asking, query).has_value();
    return answers;
  };
  for (const PeerId asking : {PeerId{{1}}, PeerId{{3}}}) {
    EXPECT_EQ(answered(asking, PageHashQuery{other.fingerprint()}), inquiries_answered_max);
    EXPECT_EQ(answered(asking, PageQuery{other.fingerprint(), {0}}),
              inquiries_answered_max * pages_fetched_max / pages_per_query_max);
  }
  std::size_t neighbours = 2;
  for (unsigned i = 0; i < 2 * inquirers_max; ++i) {
    const PeerId asking{{9, static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(i >> 8)}};
    neighbours += other.pages.received(asking, PageHashQuery{other.fingerprint()}).has_value();
  }
  EXPECT_EQ(neighbours, inquirers_max);
}

}  // namespace
}  // namespace tutti::symmetric
