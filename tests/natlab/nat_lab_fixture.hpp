// What tests in a NatLab begin with.
#pragma once

#include <optional>
#include <string_view>

#include <gtest/gtest.h>

#include "natlab/nat_lab.hpp"

namespace tutti::natlab {

/// A test with a laboratory of its own; it is skipped, and says so, where there can be none.
class NatLabTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto what = NatLab::missing())
      GTEST_SKIP() << "\n*** NOT TESTED: this machine cannot have NATs of its own: " << *what << " ***\n";
    lab_.emplace();
  }

  NatLab& lab() { return *lab_; }
  /// Plugged into the internet, of a kind by its name.
  NatLab::Network add_nat(std::string_view kind) {
    return lab_->add_nat(lab_->internet(), parse_nat_kind(kind).value());
  }

 private:
  std::optional<NatLab> lab_;
};

}  // namespace tutti::natlab
