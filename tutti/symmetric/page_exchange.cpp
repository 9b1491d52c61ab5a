#include "tutti/symmetric/page_exchange.hpp"

#include <algorithm>

#include "tutti/base/hash.hpp"
#include "tutti/memory/arena.hpp"

namespace tutti::symmetric {
namespace {

constexpr std::uint32_t page_queries_each = pages_fetched_max / pages_per_query_max;
static_assert(page_queries_each * pages_per_query_max == pages_fetched_max, "the last query is a full one");
static_assert(pages_fetched_max <= page_hashes_max);

std::size_t compared_pages(std::uint64_t bytes) {
  return std::min(memory::pages_of(bytes), page_hashes_max);
}

/// The last page may be shorter.
std::size_t page_size(std::uint64_t bytes, std::uint32_t page) {
  const std::uint64_t begin = std::uint64_t{page} * memory::page_bytes;
  return begin < bytes ? std::min<std::uint64_t>(memory::page_bytes, bytes - begin) : 0;
}

}  // namespace

// ---- what is known

std::size_t StateDifference::pages_missing() const {
  return static_cast<std::size_t>(std::ranges::count_if(pages, [this](std::uint32_t page) {
    return page_size(their_bytes, page) > 0 && !theirs.contains(page);
  }));
}

bool StateDifference::whole() const {
  return memory::pages_of(their_bytes) <= pages_compared && pages_missing() == 0;
}

Bytes StateDifference::their_state() const {
  const auto size = std::min<std::uint64_t>(their_bytes, pages_compared * memory::page_bytes);
  Bytes state(size);
  const auto put = [&](std::size_t page, ByteView content) {
    const std::size_t begin = page * memory::page_bytes;
    if (begin < size)
      std::ranges::copy(content.first(std::min<std::size_t>(content.size(), size - begin)),
                        state.begin() + static_cast<std::ptrdiff_t>(begin));
  };
  for (std::size_t page = 0; page < std::min(ours.pages(), pages_compared); ++page)
    put(page, ours.page(page));
  for (const auto& [page, content] : theirs) put(page, content);
  return state;
}

// ---- asking

std::optional<PageMessage> PageExchange::inquire(const Divergence& divergence) {
  if (inquiry_ || over_) return std::nullopt;
  auto ours = own_(divergence.ours);
  if (!ours) {
    over_ = true;
    return std::nullopt;
  }
  inquiry_.emplace(Inquiry{divergence.peer, divergence.theirs, *std::move(ours)});
  return PageHashQuery{divergence.theirs};
}

std::optional<PageMessage> PageExchange::received(PeerId from, const PageMessage& message) {
  return std::visit([&](const auto& content) { return take(from, content); }, message);
}

std::optional<PageMessage> PageExchange::take(PeerId from, const PageHashAnswer& answer) {
  if (!inquiry_ || from != inquiry_->peer || difference_) return std::nullopt;
  if (answer.bytes > memory::arena_bytes_max || answer.hashes.size() != compared_pages(answer.bytes))
    return std::nullopt;
  if (answer.hashes.size() == memory::pages_of(answer.bytes) &&
      memory::hash_of_pages(answer.hashes) != inquiry_->theirs.state_hash)
    return std::nullopt;
  const auto& ours = inquiry_->ours;
  difference_ = {.peer = from,
                 .ours = ours,
                 .their_bytes = answer.bytes,
                 .pages_compared = std::max(compared_pages(ours.bytes()), answer.hashes.size())};
  for (std::size_t page = 0; page < difference_->pages_compared; ++page)
    if (page >= ours.pages() || page >= answer.hashes.size() || ours.page_hash(page) != answer.hashes[page])
      difference_->pages.push_back(static_cast<std::uint32_t>(page));
  inquiry_->hashes = answer.hashes;
  return next_query();
}

std::optional<PageMessage> PageExchange::take(PeerId from, const PageAnswer& answer) {
  if (!inquiry_ || from != inquiry_->peer || !difference_) return std::nullopt;
  const auto& asked = inquiry_->asked;
  if (answer.pages.size() != asked.size()) return std::nullopt;
  for (std::size_t i = 0; i < asked.size(); ++i)
    if (answer.pages[i].size() != page_size(difference_->their_bytes, asked[i]) ||
        hash_bytes(answer.pages[i]) != inquiry_->hashes[asked[i]])
      return std::nullopt;
  for (std::size_t i = 0; i < asked.size(); ++i) difference_->theirs.emplace(asked[i], answer.pages[i]);
  return next_query();
}

std::optional<PageMessage> PageExchange::next_query() {
  auto& [peer, theirs, ours, hashes, asked, ends] = *inquiry_;
  ends.reset();
  asked.clear();
  for (const auto page : difference_->pages)
    if (page < hashes.size() && !difference_->theirs.contains(page) && asked.size() < pages_per_query_max)
      asked.push_back(page);
  if (asked.empty() || difference_->theirs.size() >= pages_fetched_max) {
    end();
    return std::nullopt;
  }
  return PageQuery{theirs, asked};
}

void PageExchange::wait(TimePoint now) {
  if (!inquiry_) return;
  if (!inquiry_->ends)
    inquiry_->ends = now + page_patience;
  else if (now >= *inquiry_->ends)
    end();
}

void PageExchange::end() {
  inquiry_.reset();
  over_ = true;
}

// ---- answering

std::optional<PageMessage> PageExchange::take(PeerId from, const PageHashQuery& query) {
  if (!inquirers_.contains(from) && inquirers_.size() >= inquirers_max) return std::nullopt;
  auto& queries = inquirers_[from].hash_queries;
  if (queries == inquiries_answered_max) return std::nullopt;
  ++queries;
  const auto* image = shown(query.state);
  if (image == nullptr) return std::nullopt;
  PageHashAnswer answer{image->bytes(), {}};
  for (std::size_t page = 0; page < compared_pages(image->bytes()); ++page)
    answer.hashes.push_back(image->page_hash(page));
  return answer;
}

std::optional<PageMessage> PageExchange::take(PeerId from, const PageQuery& query) {
  const auto inquirer = inquirers_.find(from);
  if (inquirer == inquirers_.end() || query.pages.size() > pages_per_query_max) return std::nullopt;
  auto& [hash_queries, page_queries] = inquirer->second;
  if (page_queries >= hash_queries * page_queries_each) return std::nullopt;
  ++page_queries;
  const auto* image = shown(query.state);
  if (image == nullptr) return std::nullopt;
  PageAnswer answer;
  for (const auto page : query.pages) {
    if (page >= image->pages()) return std::nullopt;
    const auto content = image->page(page);
    answer.pages.emplace_back(content.begin(), content.end());
  }
  return answer;
}

const memory::Image* PageExchange::shown(const Fingerprint& fingerprint) {
  if (!shown_ || shown_->fingerprint != fingerprint) {
    auto image = own_(fingerprint);
    if (!image) return nullptr;
    shown_ = Shown{fingerprint, *std::move(image)};
  }
  return &shown_->image;
}

}  // namespace tutti::symmetric
