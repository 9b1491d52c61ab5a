#include "tutti/peer/peer.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

#include "tutti/base/require.hpp"

namespace tutti {

/// Layers to be exchanged when the present handler has returned.
struct Peer::Exchanges {
  explicit Exchanges(Peer& peer)
      : moment(peer.runtime(), [this, &peer] {
          for (auto& [fresh, is_old] : std::exchange(waiting, {}))
            peer.exchange_now(std::move(fresh), is_old);
        }) {}

  std::vector<std::pair<Newcomer, IsOld>> waiting;
  Timer moment;
};

Peer::Peer(Runtime& runtime, PeerId id) : runtime_(runtime), origin_{id, runtime.random()()} {}

Peer::~Peer() {
  ending_ = true;
  exchanges_.reset();
  for (auto& resident : residents_ | std::views::reverse) resident.peerlet->stop();
  questions_.reset();
  runtime_.set_home({});
  // The top floor goes first: a peerlet may still hold references to those below it.
  while (!residents_.empty()) {
    auto& top = *residents_.back().peerlet;
    residents_.pop_back();
    ground_.destroy(top);
  }
}

Peer::Builder Peer::build(Runtime& runtime, PeerId id) {
  return Builder(std::unique_ptr<Peer>(new Peer(runtime, id)));
}

std::unique_ptr<Peer> Peer::Builder::start() && {
  peer_->runtime_.set_home(peer_->ground_.together_with(*peer_));
  for (auto& resident : peer_->residents_) resident.peerlet->init(*peer_);
  for (auto& resident : peer_->residents_) resident.peerlet->find_others(*peer_);
  for (auto& resident : peer_->residents_) resident.peerlet->start();
  return std::move(peer_);
}

Carrier& Peer::carrier() const {
  require(carrier_ != nullptr, "a peer that sends has a peerlet that keeps links");
  return *carrier_;
}

std::expected<void, std::string> Peer::command(std::string_view peerlet, std::string_view method,
                                               std::span<const CommandValue> values) {
  bool named = false;
  for (auto& resident : residents_) {
    if (!resident.type->answers_to(peerlet)) continue;
    named = true;
    for (const auto& entry : resident.type->commands)
      if (entry.signature.name == method) return entry.call(*resident.peerlet, values);
  }
  return std::unexpected(named ? fmt::format("{} has no command {}", quote(peerlet), quote(method))
                               : fmt::format("there is no peerlet {}", quote(peerlet)));
}

std::vector<const PeerletType*> Peer::peerlet_types() const {
  std::vector<const PeerletType*> types;
  types.reserve(residents_.size());
  for (const auto& resident : residents_) types.push_back(resident.type);
  return types;
}

void Peer::exchange_soon(Newcomer fresh, IsOld is_old) {
  if (!exchanges_) exchanges_ = std::make_unique<Exchanges>(*this);
  exchanges_->waiting.emplace_back(std::move(fresh), is_old);
  exchanges_->moment.arm({});
}

void Peer::exchange_now(Newcomer fresh, IsOld is_old) {
  const auto place = std::ranges::find_if(residents_, [&](const auto& one) { return is_old(*one.peerlet); });
  require(place != residents_.end(), "a layer that is exchanged is there");
  require(carrier_ == nullptr || dynamic_cast<Carrier*>(place->peerlet) != carrier_,
          "what keeps the links is not exchanged");
  auto& old = *place->peerlet;
  old.stop();
  if (questions_) questions_->forget(old);
  auto& peerlet = *fresh.peerlet;
  peerlet.init(*this);
  const bool has_links = peerlet.take_over(old);
  *place = {fresh.peerlet.release(), fresh.type};
  for (auto& resident : residents_) resident.peerlet->find_others(*this);
  ground_.destroy(old);
  peerlet.start();
  if (has_links || carrier_ == nullptr) return;
  for (const auto neighbour : carrier_->neighbours()) peerlet.link_up(neighbour);
}

void Peer::link_up(PeerId peer) {
  for (auto& resident : residents_) resident.peerlet->link_up(peer);
}

void Peer::link_down(PeerId peer) {
  for (auto& resident : residents_) resident.peerlet->link_down(peer);
  if (questions_) questions_->link_down(peer);
}

bool Peer::insists_on(PeerId peer) const {
  return std::ranges::any_of(residents_,
                             [&](const Resident& resident) { return resident.peerlet->insists_on(peer); });
}

void Peer::writable_again(PeerId peer, Priority priority) {
  for (auto& resident : residents_) resident.peerlet->writable_again(peer, priority);
}

std::expected<void, DecodeError> Peer::deliver(PeerId from, const Received& message) {
  if (drop_messages_) return {};
  for (auto& resident : residents_)
    for (const auto& handler : resident.type->handlers)
      if (handler.id == message.id() && handler.told != nullptr)
        return handler.told(*resident.peerlet, from, message);
  std::expected<void, DecodeError> result;
  std::expected<void, DecodeError> opened;
  if (message.id() == MessageTraits<AskQuestion>::id)
    opened = message.open<AskQuestion>([&](const AskQuestion& question) { result = asked(from, question); });
  else if (message.id() == MessageTraits<AskAnswer>::id)
    opened = message.open<AskAnswer>([&](const AskAnswer& answer) {
      if (questions_) result = questions_->answered(from, answer.number, answer.message.received());
    });
  else
    ++unknown_message_count_;
  return opened ? result : opened;
}

std::expected<void, DecodeError> Peer::asked(PeerId from, const AskQuestion& question) {
  const auto message = question.message.received();
  const detail::AnswerSlip slip(*this, from, question.number, question.priority);
  for (auto& resident : residents_)
    for (const auto& handler : resident.type->handlers)
      if (handler.id == message.id() && handler.asked != nullptr)
        return handler.asked(*resident.peerlet, slip, message);
  ++unknown_message_count_;
  return {};
}

bool Peer::ask(const Peerlet& owner, PeerId to, Envelope question, Duration timeout,
               OpenQuestions::Handler handler, Priority priority) {
  if (!questions_) questions_ = std::make_unique<OpenQuestions>(runtime_, AskNumber(origin_.incarnation));
  if (questions_->full()) return false;
  if (!send(to, AskQuestion{questions_->next(), priority, Enclosed(std::move(question))}, priority))
    return false;
  questions_->open(owner, to, timeout, std::move(handler));
  return true;
}

}  // namespace tutti
