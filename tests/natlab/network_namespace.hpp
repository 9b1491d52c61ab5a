// A network of its own within the machine: devices, addresses, routes, firewall and ports that nobody outside
// of it sees (network_namespaces(7)).
//
// It has no name in /run/netns but is held by a file descriptor. So the kernel itself removes it, with all
// that is in it, when its last holder is gone: this object, the sockets opened and the processes started in
// it. However a test ends, nothing is left behind, and two tests at a time never meet.
#pragma once

#include <string>
#include <utility>

namespace tutti::natlab {

/// A file descriptor, closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor();
  [[nodiscard]] int get() const { return number_; }
  /// Somebody else closes it from now on.
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

class NetworkNamespace {
 public:
  /// An empty one. Throws std::system_error where that is not allowed.
  NetworkNamespace();

  /// Calls `function` with the calling thread moved into this namespace, and returns what it returns. Sockets
  /// that it opens, and threads and processes that it starts, stay there.
  template <typename Function>
  decltype(auto) inside(Function&& function) const {
    const Visit visit(descriptor_.get());
    return std::forward<Function>(function)();
  }

  /// By which another process of the same user finds it, as long as this object lives.
  [[nodiscard]] std::string path() const;

 private:
  /// Moves the calling thread there, and back.
  class Visit {
   public:
    explicit Visit(int target);
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;
    ~Visit();

   private:
    Descriptor home_;
  };

  Descriptor descriptor_;
};

}  // namespace tutti::natlab
