#include "tutti/net/identity.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tutti/base/bytes.hpp"
#include "tutti/base/temporary_folder.hpp"

namespace tutti {
namespace {

/// A folder of its own for each test, gone afterwards.
class IdentityFile : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path file() const { return folder_ / "key.pem"; }

 private:
  TemporaryFolder folder_;
};

TEST(Identity, derives_the_public_key_of_rfc_8032) {
  // RFC 8032, 7.1, test 1.
  const auto secret = from_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
  Identity::Seed seed{};
  std::ranges::copy(*secret, seed.begin());
  const auto identity = Identity::from_seed(seed);
  EXPECT_EQ(to_hex(identity.public_key()),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  EXPECT_EQ(identity.peer(), peer_id_of(identity.public_key()));
  EXPECT_EQ(identity.peer().text(), "21fe31dfa154a261626bf854046fd227");  // of sha256sum
  EXPECT_EQ(to_hex(identity.sign({})),
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
            "d25bf5f0595bbe24655141438e7a100b");
}

RC_GTEST_PROP(Identity, signs_what_nobody_else_could,
              (const Identity::Seed& seed, const Identity::Seed& other, const Bytes& text,
               const Bytes& another)) {
  RC_PRE(seed != other && text != another);
  const auto identity = Identity::from_seed(seed);
  const auto signature = identity.sign(text);
  RC_ASSERT(signature == identity.sign(text));
  RC_ASSERT(verify(identity.public_key(), text, signature));
  RC_ASSERT(!verify(identity.public_key(), another, signature));
  RC_ASSERT(!verify(Identity::from_seed(other).public_key(), text, signature));
  auto damaged = signature;
  const auto at = *rc::gen::inRange<std::size_t>(0, damaged.size());
  damaged[at] ^= static_cast<std::uint8_t>(1u << *rc::gen::inRange(0, 8));
  RC_ASSERT(!verify(identity.public_key(), text, damaged));
}

TEST(Identity, is_another_one_each_time_it_is_generated) {
  EXPECT_NE(Identity::generate().peer(), Identity::generate().peer());
}

RC_GTEST_PROP(Identity, survives_its_pem_form, (const std::array<std::uint8_t, 32>& seed)) {
  const auto identity = Identity::from_seed(seed);
  const auto again = Identity::from_pem(identity.to_pem());
  RC_ASSERT(again.has_value());
  RC_ASSERT((again->public_key() == identity.public_key()));
  RC_ASSERT((again->private_key_der() == identity.private_key_der()));
}

RC_GTEST_PROP(Identity, is_not_read_from_arbitrary_text, (const std::string& text)) {
  RC_ASSERT(!Identity::from_pem(text).has_value());
}

TEST_F(IdentityFile, is_made_when_missing_and_read_afterwards) {
  const auto first = Identity::load_or_create(file());
  ASSERT_TRUE(first.has_value()) << first.error();
  const auto second = Identity::load_or_create(file());
  ASSERT_TRUE(second.has_value()) << second.error();
  EXPECT_EQ(first->peer(), second->peer());
  struct stat status{};
  ASSERT_EQ(::stat(file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0600u);
}

TEST_F(IdentityFile, that_is_damaged_is_an_error_and_stays_as_it_is) {
  ASSERT_TRUE(Identity::load_or_create(file()).has_value());
  std::filesystem::resize_file(file(), 60);
  const auto identity = Identity::load_or_create(file());
  ASSERT_FALSE(identity.has_value());
  EXPECT_NE(identity.error().find("key.pem is damaged"), std::string::npos) << identity.error();
  EXPECT_EQ(std::filesystem::file_size(file()), 60u);
}

TEST_F(IdentityFile, cannot_be_made_in_a_folder_that_is_not_there) {
  const auto identity = Identity::load_or_create(file().parent_path() / "nowhere" / "key.pem");
  ASSERT_FALSE(identity.has_value());
  EXPECT_NE(identity.error().find("cannot create"), std::string::npos) << identity.error();
}

TEST_F(IdentityFile, that_holds_a_key_of_another_kind_is_an_error) {
  // A P-256 key, made with: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256
  std::ofstream(file()) << R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgbSmuoNzorp9O5ztD
63c/UPI5WHl/JoBbiZ468a7VAPyhRANCAAQCiaUwXKSF/EN418LprFApe4bi65Q/
aI5KGFOIourq6CkebUf3j7LwynCY7vtqrKi9fZBevtlZe+jLBQkjMXVa
-----END PRIVATE KEY-----
)";
  const auto identity = Identity::load_or_create(file());
  ASSERT_FALSE(identity.has_value());
  EXPECT_NE(identity.error().find("not of the kind Ed25519"), std::string::npos) << identity.error();
}

}  // namespace
}  // namespace tutti
