#include "tutti/lab/interruption.hpp"

#include <csignal>

namespace tutti::lab {
namespace {

volatile std::sig_atomic_t stop_asked = 0;

}  // namespace

Interruption::Interruption() {
  stop_asked = 0;
  struct sigaction action{};
  action.sa_handler = [](int) { stop_asked = 1; };
  ::sigaction(SIGINT, &action, &before_[0]);
  ::sigaction(SIGTERM, &action, &before_[1]);
}

Interruption::~Interruption() {
  ::sigaction(SIGINT, &before_[0], nullptr);
  ::sigaction(SIGTERM, &before_[1], nullptr);
}

bool Interruption::asked() {
  return stop_asked != 0;
}

}  // namespace tutti::lab
