#include "natlab/network_namespace.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include "tutti/base/require.hpp"

namespace tutti::natlab {
namespace {

/// The one that the calling thread is in.
Descriptor current() {
  Descriptor descriptor(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  if (descriptor.get() < 0) throw std::system_error(errno, std::generic_category(), "no network namespaces");
  return descriptor;
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

NetworkNamespace::NetworkNamespace() {
  const auto home = current();
  if (::unshare(CLONE_NEWNET) != 0)
    throw std::system_error(errno, std::generic_category(), "cannot make a network namespace");
  descriptor_ = current();
  require(::setns(home.get(), CLONE_NEWNET) == 0, "who has left a network namespace may come back");
}

std::string NetworkNamespace::path() const {
  return fmt::format("/proc/{}/fd/{}", ::getpid(), descriptor_.get());
}

NetworkNamespace::Visit::Visit(int target) : home_(current()) {
  if (::setns(target, CLONE_NEWNET) != 0)
    throw std::system_error(errno, std::generic_category(), "cannot enter a network namespace");
}

NetworkNamespace::Visit::~Visit() {
  require(::setns(home_.get(), CLONE_NEWNET) == 0, "who has left a network namespace may come back");
}

}  // namespace tutti::natlab
