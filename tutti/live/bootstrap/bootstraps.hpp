// All the ways in which one peer finds others, at work together: what they find goes to the links, within
// bounds for each of them, so that a hostile one is no hindrance for the others.
#pragma once

#include <span>

#include "tutti/live/bootstrap/bootstrap.hpp"

namespace tutti {

class Bootstraps {
 public:
  /// Opens all; the first error ends it. `links` and the runtime outlive the result.
  static std::expected<std::unique_ptr<Bootstraps>, std::string> open(
      RealRuntime& runtime, LinkManager& links, const Announcement& self,
      std::span<const BootstrapOpener> openers);

  /// Tells all of a link that is up.
  void linked(const LinkTarget& peer);
  /// Tells all what others are told of this peer from now on.
  void announce(const Announcement& self);

 private:
  std::vector<std::unique_ptr<Bootstrap>> all_;
};

}  // namespace tutti
