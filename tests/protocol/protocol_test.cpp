// Whether docs/protocol.md is true: real peers talk to each other, and what they write is read by the
// document alone.
#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include <gtest/gtest.h>
#include <xxhash.h>

#include "transcript.hpp"
#include "tutti/lab/aggregation.hpp"
#include "tutti/link/link_manager.hpp"
#include "tutti/net/model/models.hpp"
#include "tutti/net/signature.hpp"
#include "tutti/net/virtual/virtual_transport.hpp"
#include "tutti/overlay/flood.hpp"
#include "tutti/symmetric/performer.hpp"

namespace tutti::protocol_test {
namespace {

using namespace std::chrono_literals;

struct Request {
  std::uint32_t number = 0;
};
struct Doubled {
  std::uint32_t number = 0;
};

}  // namespace
}  // namespace tutti::protocol_test

template <>
struct tutti::MessageTraits<tutti::protocol_test::Request> {
  static constexpr MessageId id{0x7101};
};
template <>
struct tutti::MessageTraits<tutti::protocol_test::Doubled> {
  static constexpr MessageId id{0x7102};
};

namespace tutti::protocol_test {
namespace {

/// Answers the questions of others.
class Doubler final : public Peerlet {
 public:
  Doubled request_asked(PeerId, const Request& request) { return {2 * request.number}; }
  static constexpr auto handlers = tutti::handlers<&Doubler::request_asked>;
};

/// Adds up what users say. On a broken machine it goes wrong at a tick, so that peers have something to
/// compare.
template <bool broken>
struct Sum {
  static constexpr std::string_view name = "sum";
  static constexpr std::uint32_t version = 3;
  static constexpr std::int64_t bad_tick = 437;
  struct State {
    std::int64_t ticks = 0;
    std::uint64_t sum = 0;
  };
  using Event = std::variant<std::uint32_t>;

  static void start(State&) {}
  static void tick(State& state) {
    if (++state.ticks == bad_tick && broken) state.sum += 1;
  }
  static void apply(State& state, PeerId, const Event& event) { state.sum += std::get<0>(event); }
};

std::string text_of(Raw bytes) {
  return {bytes.begin(), bytes.end()};
}

std::uint64_t beginning_of_sha256(Raw bytes) {
  const auto digest = sha256(bytes);
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i) value = value * 256 + digest[i];
  return value;
}

class Protocol : public testing::Test {
 protected:
  /// Three peers in a row, of whom the second comes late and the third is broken; and at last a newcomer, who
  /// is linked with the first and finds a past that is folded.
  static void SetUpTestSuite() {
    auto read = Document::read(TUTTI_PROTOCOL_DOCUMENT);
    ASSERT_TRUE(read) << read.error();
    document() = *std::move(read);
    talk();
    said() = transcribe(document(), records());
  }

  static Document& document() {
    static Document document;
    return document;
  }
  static std::vector<Record>& records() {
    static std::vector<Record> records;
    return records;
  }
  static std::vector<Said>& said() {
    static std::vector<Said> said;
    return said;
  }

  template <typename App>
  static std::unique_ptr<Peer> peer(Simulator& simulator, VirtualNetwork& network, std::uint32_t index,
                                    measure::Recorder& recorder, std::optional<std::uint32_t> target = {}) {
    auto& node = simulator.node(index);
    const auto id = VirtualNetwork::peer_id(1, index);
    LinkOptions links{.network = symmetric::network_name<App>(), .name = "somebody"};
    if (target) links.targets.push_back({VirtualNetwork::endpoint_of(*target), {}});
    return Peer::build(node, id)
        .add<LinkManager>(std::make_unique<RecordingTransport>(network.attach(node, id), records()),
                          std::move(links))
        .template add<Flood>()
        .template add<symmetric::Session>(symmetric::SessionOptions{.name = "somebody"})
        .template add<symmetric::Performer<App>>()
        .template add<lab::Aggregation>()
        .template add<Doubler>()
        .measure(recorder)
        .start();
  }
  static void submit(Peer& peer, std::uint32_t number) {
    ASSERT_TRUE(peer.find<symmetric::Performer<Sum<false>>>()->replica().submit(number));
  }

  static void talk() {
    Simulator simulator(1);
    for (int i = 0; i < 4; ++i) simulator.add_node();
    VirtualNetwork network(simulator, constant_delay(20ms));
    std::array recorders{measure::Recorder(simulator.now()), measure::Recorder(simulator.now()),
                         measure::Recorder(simulator.now()), measure::Recorder(simulator.now())};
    const auto first = peer<Sum<false>>(simulator, network, 0, recorders[0]);
    for (std::uint32_t i = 0; i < 5; ++i) {
      submit(*first, i + 1);
      simulator.run_for(300ms);
    }
    const auto second = peer<Sum<false>>(simulator, network, 1, recorders[1], 0);
    const auto third = peer<Sum<true>>(simulator, network, 2, recorders[2], 1);
    simulator.run_for(2s);
    for (std::uint32_t i = 0; i < 20; ++i) {
      submit(i % 2 == 0 ? *first : *second, 1000 * (i + 1));
      simulator.run_for(500ms);
    }
    simulator.run_for(10s);
    first->find<Flood>()->pulse(encode(symmetric::StabilityWords{.voided = Sequence(1),
                                                                 .after = Sequence(15),
                                                                 .until = symmetric::Tick(1234),
                                                                 .complete = symmetric::Tick(1000)}));
    ASSERT_TRUE(first->find<lab::Aggregation>()->ask(lab::Scope::totals, [](const auto&, std::uint32_t) {}));
    for (const auto priority : {Priority::high, Priority::medium, Priority::low})
      ASSERT_TRUE(first->ask<Doubled>(
          *first->find<Doubler>(), second->id(), Request{21}, 1s,
          [](const auto& doubled) { EXPECT_EQ(doubled->number, 42u); }, priority));
    simulator.run_for(30s);
    const auto newcomer = peer<Sum<false>>(simulator, network, 3, recorders[3], 0);
    simulator.run_for(10s);
  }

  /// A structure inside bytes.
  static Value inside(const std::string& type, const Value& bytes) {
    auto value = decode_plainly(document(), type, bytes.content);
    EXPECT_TRUE(value) << type << ": " << value.error();
    return value.value_or(Value{});
  }
  /// Every item that was flooded, alone or in a batch.
  static std::vector<const Value*> items() {
    std::vector<const Value*> items;
    for (const auto& [record, name, value] : said()) {
      if (name == "FloodEvent") items.push_back(&value["item"]);
      if (name == "FloodBatch")
        for (const auto& item : value["items"].elements) items.push_back(&item);
    }
    return items;
  }
  /// What was said in comparing states, of one kind.
  static std::vector<const Value*> compared(const std::string& type) {
    std::vector<const Value*> found;
    for (const auto& [record, name, value] : said())
      if ((name == "ComparisonEnvelope" || name == "PageEnvelope") &&
          value["message"].elements[1].type == type)
        found.push_back(&value["message"].elements[1]);
    return found;
  }
  static PeerId newcomer() { return VirtualNetwork::peer_id(1, 3); }
  static std::size_t count(const std::string& name) {
    return static_cast<std::size_t>(std::ranges::count(said(), name, &Said::name));
  }
};

/// Messages of peers who look for each other: introductions_protocol_test.cpp.
constexpr std::uint16_t introductions_begin = 0x0004;
constexpr std::uint16_t introductions_end = 0x0010;

TEST_F(Protocol, every_message_of_the_document_is_said_on_each_of_its_ways_and_no_other_is) {
  std::map<std::string, std::set<std::string>> ways;
  for (const auto& [record, name, value] : said()) ways[name].insert(record.way);
  std::map<std::string, std::set<std::string>> documented;
  for (const auto& [id, message] : document().messages)
    if (id < introductions_begin || id >= introductions_end) documented[message.name] = message.ways;
  EXPECT_EQ(ways, documented);
  EXPECT_EQ(said().size(), records().size());
  for (const auto* type : {"SettledReport", "FingerprintQuery", "FingerprintAnswer", "PageHashQuery",
                           "PageHashAnswer", "PageQuery", "PageAnswer"})
    EXPECT_FALSE(compared(type).empty()) << type;
}

TEST_F(Protocol, every_stream_begins_with_the_same_hello) {
  std::map<std::pair<PeerId, ChannelId>, std::map<std::string, const Said*>> beginnings;
  for (const auto& message : said())
    if (message.record.way != "DATAGRAM")
      beginnings[{message.record.from, message.record.channel}].try_emplace(message.record.way, &message);
  EXPECT_EQ(beginnings.size(), 6u);  // three links with two ends
  for (const auto& [channel, streams] : beginnings) {
    for (const auto* way : {"high", "medium", "low"}) {
      ASSERT_TRUE(streams.contains(way));
      const auto& first = *streams.at(way);
      ASSERT_EQ(first.name, "Hello");
      EXPECT_EQ(first.record.bytes, streams.at("high")->record.bytes);
      EXPECT_EQ(first.value["protocol"].natural, 6u);
      EXPECT_EQ(first.value["network"].text(), "sum 3");
      EXPECT_EQ(first.value["name"].text(), "somebody");
      EXPECT_TRUE(first.value["proof"].text().empty());
    }
  }
  EXPECT_EQ(count("Hello"), 18u);
}

TEST_F(Protocol, nothing_is_flooded_on_a_link_before_the_digests_and_then_what_the_other_lacks) {
  std::set<std::pair<PeerId, PeerId>> digested;  // who has told whom
  for (const auto& [record, name, value] : said()) {
    if (name == "FloodDigest") {
      // The newcomer begins anew with its foundation.
      EXPECT_TRUE(digested.emplace(record.from, record.to).second || record.from == newcomer())
          << "a second digest on one link";
    } else if (name.starts_with("Flood")) {
      EXPECT_TRUE(digested.contains({record.from, record.to}));
      EXPECT_TRUE(digested.contains({record.to, record.from}));
    }
  }
  EXPECT_EQ(digested.size(), 6u);
  const auto first = VirtualNetwork::peer_id(1, 0);
  const auto digest = std::ranges::find_if(said(), [&](const Said& message) {
    return message.name == "FloodDigest" && message.record.from == first;
  });
  const auto& entries = digest->value["entries"].elements;
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(text_of(entries[0]["origin"]["peer"]["id"].content), text_of(first.bytes));
  ASSERT_EQ(entries[0]["intervals"].elements.size(), 1u);
  EXPECT_EQ(entries[0]["intervals"].elements[0]["first"].natural, 1u);
  EXPECT_EQ(entries[0]["intervals"].elements[0]["last"].natural, 5u);
  const auto batch = std::ranges::find(said(), "FloodBatch", &Said::name);
  EXPECT_EQ(batch->value["items"].elements.size(), 5u);
}

TEST_F(Protocol, an_event_goes_over_each_link_once_by_stream_and_once_by_datagram) {
  std::map<std::tuple<PeerId, PeerId, std::string, std::string>, int> times;
  for (const auto& [record, name, value] : said())
    if (name == "FloodEvent") {
      const auto& item = value["item"];
      ++times[{record.from, record.to, record.way,
               text_of(item["origin"].raw) + text_of(item["sequence"].raw)}];
    }
  EXPECT_EQ(times.size(), 20u * 2 * 2);  // links, ways
  for (const auto& [key, number] : times) EXPECT_EQ(number, 1);
}

TEST_F(Protocol, sequences_count_from_1_and_payloads_are_stamped_events) {
  std::map<std::string, std::set<std::uint64_t>> sequences;
  for (const auto* item : items()) {
    sequences[text_of((*item)["origin"].raw)].insert((*item)["sequence"].natural);
    const auto stamped = inside("StampedEvent", (*item)["payload"]);
    EXPECT_GE(stamped["tick"].whole(), 1);
    auto event = decode_plainly(document(), "choice of (uint32)", stamped["event"].content);
    ASSERT_TRUE(event) << event.error();
    EXPECT_GT(event->elements[1].natural, 0u);
  }
  std::set<std::size_t> sizes;
  for (const auto& [origin, numbers] : sequences) {
    EXPECT_EQ(*numbers.begin(), 1u);
    EXPECT_EQ(*numbers.rbegin(), numbers.size());
    sizes.insert(numbers.size());
  }
  EXPECT_EQ(sizes, (std::set<std::size_t>{10, 15}));
}

TEST_F(Protocol, announcements_say_who_is_there_and_number_themselves) {
  std::map<std::pair<PeerId, std::string>, std::uint64_t> newest;
  for (const auto& [record, name, value] : said()) {
    if (name != "FloodAnnouncement") continue;
    EXPECT_EQ(inside("Presence", value["payload"])["name"].text(), "somebody");
    auto& number = newest[{record.from, text_of(value["origin"].raw) + text_of(record.to.bytes)}];
    EXPECT_GT(value["number"].natural, number);
    number = value["number"].natural;
  }
  EXPECT_GE(newest.size(), 6u);
}

TEST_F(Protocol, a_pulse_is_words_about_the_past_and_reaches_everybody) {
  std::set<PeerId> heard;
  for (const auto& [record, name, value] : said()) {
    if (name != "FloodPulse") continue;
    EXPECT_EQ(value["number"].natural, 1u);
    const auto words = inside("StabilityWords", value["payload"]);
    EXPECT_EQ(words["after"].natural, 15u);
    EXPECT_EQ(words["until"].whole(), 1234);
    heard.insert(record.to);
  }
  EXPECT_EQ(heard.size(), 2u);
}

TEST_F(Protocol, a_pong_answers_a_ping_and_says_whose_time_it_is) {
  std::set<std::tuple<PeerId, PeerId, std::int64_t>> pings;
  std::set<std::string> incarnations;
  for (const auto& [record, name, value] : said()) {
    if (name == "Hello") incarnations.insert(text_of(value["incarnation"].raw));
    if (name == "ClockPing") pings.emplace(record.from, record.to, value["sent"].whole());
    if (name != "ClockPong") continue;
    EXPECT_TRUE(pings.contains({record.to, record.from, value["ping"].whole()}));
    EXPECT_LE(value["received"].whole(), value["sent"].whole());
    EXPECT_TRUE(incarnations.contains(text_of(value["status"]["reference"]["incarnation"].raw)));
    EXPECT_LT(value["status"]["hops"].natural, 3u);
    // The beat, and how long ago it was by the sender's network time.
    const auto age =
        value["sent"].whole() + value["status"]["offset"].whole() - value["status"]["beat"].whole();
    if (value["status"]["hops"].natural == 0) {
      EXPECT_EQ(age, 0);
    } else {
      EXPECT_LT(std::abs(age), 8'000'000'000);
      EXPECT_EQ(value["status"]["followed"].whole(), value["status"]["beat"].whole());
    }
  }
  EXPECT_GT(count("ClockPong"), 100u);
}

/// By the document, from what was said to all: what a peer that is not broken must report for a tick.
std::pair<std::uint64_t, std::uint64_t> history_and_state(
    const std::vector<std::pair<Value, const Value*>>& events, std::int64_t tick) {
  std::uint64_t history = 0;
  std::uint64_t sum = 0;
  for (const auto& [stamped, item] : events) {
    if (stamped["tick"].whole() > tick) continue;
    Bytes bytes{0x93};
    for (const Raw raw :
         {stamped["tick"].raw, (*item)["origin"].raw, (*item)["sequence"].raw, stamped["event"].content})
      bytes.insert(bytes.end(), raw.begin(), raw.end());
    history += XXH3_64bits(bytes.data(), bytes.size());
    sum +=
        decode_plainly(*item->document, "choice of (uint32)", stamped["event"].content)->elements[1].natural;
  }
  std::array<std::uint8_t, 16> state{};
  for (unsigned i = 0; i < 8; ++i) {
    state[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(tick) >> 8 * i);
    state[8 + i] = static_cast<std::uint8_t>(sum >> 8 * i);
  }
  return {history, XXH3_64bits(state.data(), state.size())};
}

TEST_F(Protocol, fingerprints_are_what_the_document_says_until_a_peer_diverges) {
  std::vector<std::pair<Value, const Value*>> events;
  std::set<std::string> known;
  for (const auto* item : items())
    if (known.insert(text_of((*item)["origin"].raw) + text_of((*item)["sequence"].raw)).second)
      events.emplace_back(inside("StampedEvent", (*item)["payload"]), item);
  ASSERT_EQ(events.size(), 25u);

  const auto broken = VirtualNetwork::peer_id(1, 2);
  std::size_t diverged = 0;
  std::size_t with_events = 0;
  for (const auto& [record, name, value] : said()) {
    if (name != "ComparisonEnvelope" || value["message"].elements[1].type != "SettledReport") continue;
    const auto& fingerprint = value["message"].elements[1]["fingerprint"];
    const auto tick = fingerprint["tick"].whole();
    EXPECT_EQ(tick % 50, 0) << "a whole second";
    const auto [history, state] = history_and_state(events, tick);
    EXPECT_EQ(fingerprint["history"].natural, history) << tick;
    with_events += history != 0;
    if (record.from == broken && tick >= Sum<true>::bad_tick) {
      EXPECT_NE(fingerprint["state"].natural, state);
      ++diverged;
    } else {
      EXPECT_EQ(fingerprint["state"].natural, state) << tick;
    }
  }
  EXPECT_GT(with_events, 10u);
  EXPECT_GT(diverged, 0u);
  for (const auto* query : compared("FingerprintQuery")) EXPECT_LE((*query)["ticks"].elements.size(), 32u);
}

TEST_F(Protocol, peers_that_diverged_ask_each_other_for_the_pages_of_their_states) {
  const auto queries = compared("PageHashQuery");
  const auto hashes = compared("PageHashAnswer");
  const auto page_queries = compared("PageQuery");
  const auto pages = compared("PageAnswer");
  ASSERT_EQ(queries.size(), 2u);
  ASSERT_EQ(hashes.size(), 2u);
  ASSERT_EQ(page_queries.size(), 2u);
  ASSERT_EQ(pages.size(), 2u);
  std::set<std::uint64_t> asked;
  std::set<std::uint64_t> shown;
  std::set<std::uint64_t> sums;
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ((*queries[i])["state"]["tick"].whole(), Sum<true>::bad_tick);
    asked.insert((*queries[i])["state"]["state"].natural);
    EXPECT_EQ((*hashes[i])["bytes"].natural, 16u);
    ASSERT_EQ((*hashes[i])["hashes"].elements.size(), 1u);
    shown.insert((*hashes[i])["hashes"].elements[0].natural);
  }
  for (std::size_t i = 0; i < 2; ++i) {
    ASSERT_EQ((*page_queries[i])["pages"].elements.size(), 1u);
    EXPECT_EQ((*page_queries[i])["pages"].elements[0].natural, 0u);
    ASSERT_EQ((*pages[i])["pages"].elements.size(), 1u);
    const auto state = (*pages[i])["pages"].elements[0].content;
    ASSERT_EQ(state.size(), 16u);
    EXPECT_TRUE(shown.contains(XXH3_64bits(state.data(), state.size())));
    Bytes sum(state.begin() + 8, state.end());
    std::ranges::reverse(sum);
    sums.insert(number_of(sum));
  }
  EXPECT_EQ(shown, asked);
  ASSERT_EQ(sums.size(), 2u);
  EXPECT_EQ(*sums.rbegin() - *sums.begin(), 1u) << "the broken one has added one";
}

TEST_F(Protocol, a_foundation_is_what_was_offered_and_counts_what_was_said) {
  std::vector<std::pair<Value, const Value*>> events;
  std::set<std::string> known;
  for (const auto* item : items())
    if (known.insert(text_of((*item)["origin"].raw) + text_of((*item)["sequence"].raw)).second)
      events.emplace_back(inside("StampedEvent", (*item)["payload"]), item);
  const auto request = std::ranges::find(said(), "FoundationRequest", &Said::name);
  ASSERT_NE(request, said().end());
  const auto hash = request->value["hash"].natural;
  const auto offer = std::ranges::find_if(said(), [&](const Said& message) {
    return message.name == "FoundationOffer" && message.value["hash"].natural == hash;
  });
  ASSERT_NE(offer, said().end());
  EXPECT_EQ(offer->value["replaces"].kind, Value::Kind::nothing);
  std::map<std::uint64_t, Raw> parts;
  for (const auto& message : said())
    if (message.name == "FoundationPart" && message.value["hash"].natural == hash)
      parts[message.value["part"].natural] = message.value["bytes"].content;
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(beginning_of_sha256(parts[0]), hash);
  const auto hashes = decode_plainly(document(), "list of uint64", parts[0]);
  ASSERT_TRUE(hashes) << hashes.error();
  ASSERT_EQ(hashes->elements.size(), 1u);
  EXPECT_EQ(hashes->elements[0].natural, beginning_of_sha256(parts[1]));
  EXPECT_EQ(offer->value["bytes"].natural, parts[1].size());
  const auto foundation = decode_plainly(document(), "Foundation", parts[1]);
  ASSERT_TRUE(foundation) << foundation.error();
  const auto tick = (*foundation)["tick"].whole();
  EXPECT_GE(tick, 500);
  EXPECT_EQ(tick % 500, 0) << "ten seconds of ticks";
  EXPECT_EQ(offer->value["name"]["tick"].whole(), tick);
  const auto [history, state] = history_and_state(events, tick);
  EXPECT_GT((*foundation)["account"]["events"].natural, 0u);
  EXPECT_EQ((*foundation)["account"]["history"].natural, history);
  EXPECT_EQ((*foundation)["timeline"].natural, history);
  EXPECT_EQ(offer->value["name"]["history"].natural, history);
  const auto image = (*foundation)["image"].content;
  EXPECT_EQ(XXH3_64bits(image.data(), image.size()), state);
  EXPECT_EQ((*foundation)["folded"].elements.size(), 2u);
  EXPECT_TRUE(std::ranges::any_of(said(), [&](const Said& message) {
    return message.name == "FloodAnnouncement" &&
           inside("Presence", message.value["payload"])["foundation"]["hash"].natural == hash;
  })) << "everybody is told what it rests on";
}

TEST_F(Protocol, promises_hold) {
  std::map<std::string, std::vector<std::pair<std::uint64_t, std::int64_t>>> promises;
  for (const auto& [record, name, value] : said()) {
    if (name != "FloodAnnouncement") continue;
    const auto presence = inside("Presence", value["payload"]);
    const auto& past = presence["past"];
    promises[text_of(value["origin"].raw)].emplace_back(past["after"].natural, past["until"].whole());
    EXPECT_LE(past["complete"].whole(), past["until"].whole());
  }
  EXPECT_EQ(promises.size(), 4u);
  for (const auto* item : items()) {
    const auto stamped = inside("StampedEvent", (*item)["payload"]);
    for (const auto& [after, until] : promises[text_of((*item)["origin"].raw)]) {
      if ((*item)["sequence"].natural > after) {
        EXPECT_GT(stamped["tick"].whole(), until);
      }
    }
  }
}

TEST_F(Protocol, answers_add_up_along_the_row) {
  std::vector<const Said*> answers;
  for (const auto& message : said())
    if (message.name == "AggregationAnswer") answers.push_back(&message);
  ASSERT_EQ(answers.size(), 2u);
  std::vector<std::uint64_t> submitted;
  for (const auto* answer : answers)
    for (const auto& measure : answer->value["contribution"]["measures"]["all"].elements)
      if (measure["name"].text() == "session.submitted") {
        ASSERT_EQ(measure["value"].elements[1].type, "Counter");
        submitted.push_back(measure["value"].elements[1]["count"].natural);
      } else if (measure["value"].elements[1].type != "Counter") {
        const auto& sketch = measure["value"].elements[1].elements[0];
        EXPECT_EQ(sketch["sum"]["words"].elements.size(), 3u);
        EXPECT_LE(sketch["least"].real, sketch["greatest"].real);
      }
  EXPECT_EQ(answers[0]->value["contribution"]["peers"].natural, 1u);
  EXPECT_EQ(answers[1]->value["contribution"]["peers"].natural, 2u);
  EXPECT_EQ(submitted, (std::vector<std::uint64_t>{0, 10}));
}

TEST_F(Protocol, questions_are_numbered_on_from_the_incarnation_and_answered_on_their_stream) {
  std::map<std::string, const Said*> questions;
  std::uint64_t number = 0;
  for (const auto& message : said()) {
    const auto& [record, name, value] = message;
    if (name == "Hello" && record.from == VirtualNetwork::peer_id(1, 0))
      number = value["incarnation"].natural;
    if (name == "AskQuestion") {
      EXPECT_EQ(value["number"].natural, number++);
      EXPECT_EQ(value["priority"].natural, questions.size());
      EXPECT_EQ(value["message"]["message"].natural, 0x7101u);
      EXPECT_EQ(text_of(value["message"]["body"].content), "\x91\x15");
      questions[record.way] = &message;
    } else if (name == "AskAnswer") {
      ASSERT_TRUE(questions.contains(record.way));
      EXPECT_EQ(value["number"].natural, questions[record.way]->value["number"].natural);
      EXPECT_EQ(record.from, questions[record.way]->record.to);
      EXPECT_EQ(value["message"]["message"].natural, 0x7102u);
      EXPECT_EQ(text_of(value["message"]["body"].content), "\x91\x2a");
    }
  }
  EXPECT_EQ(questions.size(), 3u);
}

}  // namespace
}  // namespace tutti::protocol_test
