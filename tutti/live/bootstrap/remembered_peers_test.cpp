#include "tutti/live/bootstrap/remembered_peers.hpp"

#include <fstream>
#include <iterator>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tutti/base/temporary_folder.hpp"
#include "tutti/live/bootstrap/sessions_test_world.hpp"
#include "tutti/live/session_database.hpp"

namespace tutti {
namespace {

using testing::HasSubstr;

LinkTarget target(std::uint8_t number) {
  return {Endpoint::v4(0x0a000000u + number, 5000), PeerId{{number}}};
}

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(PeerMemory, keeps_the_newest_of_each_session) {
  const TemporaryFolder folder;
  {
    auto memory = PeerMemory::open(folder / "peers");
    ASSERT_TRUE(memory) << memory.error();
    ASSERT_TRUE(memory->remember("a", target(1)));
    ASSERT_TRUE(memory->remember("a", target(2)));
    ASSERT_TRUE(memory->remember("b", target(3)));
    ASSERT_TRUE(memory->remember("a", target(1)));
  }
  auto memory = PeerMemory::open(folder / "peers");
  ASSERT_TRUE(memory) << memory.error();
  const auto peers = memory->recall("a");
  ASSERT_TRUE(peers) << peers.error();
  ASSERT_EQ(peers->size(), 2u);
  EXPECT_EQ((*peers)[0].peer, target(1).peer);
  EXPECT_EQ((*peers)[0].endpoint, target(1).endpoint);
  EXPECT_EQ((*peers)[1].peer, target(2).peer);
}

TEST(PeerMemory, forgets_the_oldest_beyond_its_bound) {
  const TemporaryFolder folder;
  auto memory = PeerMemory::open(folder / "peers");
  ASSERT_TRUE(memory) << memory.error();
  for (std::uint8_t i = 0; i < 150; ++i) ASSERT_TRUE(memory->remember(i < 75 ? "a" : "b", target(i)));
  EXPECT_EQ(memory->recall("b")->size(), 75u);
  EXPECT_EQ(memory->recall("a")->size(), 25u);
  EXPECT_EQ(memory->recall("a")->back().peer, target(50).peer);
}

TEST(PeerMemory, is_shared_by_two_who_have_it_open) {
  const TemporaryFolder folder;
  auto one = PeerMemory::open(folder / "peers");
  auto other = PeerMemory::open(folder / "peers");
  ASSERT_TRUE(one && other);
  ASSERT_TRUE(one->remember("a", target(1)));
  ASSERT_TRUE(other->remember("a", target(2)));
  EXPECT_EQ(one->recall("a")->size(), 2u);
}

TEST(PeerMemory, leaves_what_is_damaged_or_something_else_as_it_is) {
  const TemporaryFolder folder;
  std::ofstream(folder / "text") << std::string(5000, 'x');
  ASSERT_TRUE(SessionDatabase::open(folder / "store", {"counter 1", 50}));
  {
    auto memory = PeerMemory::open(folder / "broken");
    for (std::uint8_t i = 0; i < 100; ++i) ASSERT_TRUE(memory->remember("a", target(i)));
  }
  {
    std::fstream broken(folder / "broken", std::ios::in | std::ios::out | std::ios::binary);
    broken.seekp(4096);
    broken << std::string(2000, '\x55');
  }
  for (const auto& [file, why] :
       {std::pair("text", "holds no remembered peers"), std::pair("store", "but another database"),
        std::pair("broken", "damaged")}) {
    const auto before = bytes_of(folder / file);
    const auto memory = PeerMemory::open(folder / file);
    ASSERT_FALSE(memory) << file;
    EXPECT_THAT(memory.error(), HasSubstr(why));
    EXPECT_THAT(memory.error(), HasSubstr((folder / file).string()));
    EXPECT_EQ(bytes_of(folder / file), before) << file;
  }
}

TEST(LiveRememberedPeers, find_each_other_again_at_the_next_start) {
  const TemporaryFolder folder;
  const auto one = open_counter({.name = "one"});
  {
    const auto other = open_counter(
        {.links = {{one->peer().local_endpoint(), {}}}, .bootstraps = {remembered_peers(folder / "peers")}});
    ASSERT_TRUE(wait_until([&] { return other->peer().link_count() == 1 && one->peer().link_count() == 1; }));
  }
  ASSERT_TRUE(wait_until([&] { return one->peer().link_count() == 0; }));
  const auto back = open_counter({.bootstraps = {remembered_peers(folder / "peers")}});
  EXPECT_TRUE(wait_until([&] { return one->peer().link_count() == 1; }));
}

}  // namespace
}  // namespace tutti
