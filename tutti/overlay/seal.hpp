// Seals: the signatures under what peers broadcast, in sessions that ask for them. Whoever passes something
// on can then neither change it nor say it in another's name.
//
// A signature costs as much as a thousand other steps, so whatever a peer says within some milliseconds has
// one signature together: it is under the root of a Merkle tree, and each seal has its path to the root. So
// every broadcast can be checked alone, by whoever gets it in whatever company, and who has checked one of
// them needs but a few hashes for the others.
//
// A session may also ask that its authors are authorized: whoever has the session's private key, the issuer,
// signs their ids. All others may watch: they are heard, but broadcast nothing that counts. (It is what
// RFC 2693 calls an authorization certificate: it gives a right to a key, whosever that is.)
//
// What is signed names the network, so that nothing said in one session means anything in another.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tutti/base/ids.hpp"
#include "tutti/net/identity.hpp"

namespace tutti {

/// By the owner of the issuer's key: that this peer may broadcast in this network.
[[nodiscard]] Signature authorize(const Identity& issuer, const PeerId& author, std::string_view network);

/// How a session signs.
struct Signing {
  Identity identity;  ///< whose id is the peer's
  std::string network;
  /// Only whom this key's owner has authorized may broadcast; everybody if there is none.
  std::optional<PublicKey> issuer{};
  /// This peer's. Without one it says what need not be authorized.
  std::optional<Signature> authorization{};
};

/// What kind of thing is said; see broadcast.hpp.
enum class Utterance : std::uint8_t { broadcast, announcement, pulse };

/// What a seal is for.
struct Statement {
  Utterance kind{};
  Origin origin;
  Sequence number;
  ByteView payload;
};

/// Of an encoded seal.
inline constexpr std::size_t seal_bytes_max = 512;

/// Makes this peer's seals and checks those of others.
class Sealer {
 public:
  /// Statements with one signature.
  static constexpr std::size_t batch_max = 64;

  explicit Sealer(Signing signing) : signing_(std::move(signing)) {}

  [[nodiscard]] const Signing& signing() const { return signing_; }

  /// One seal for each statement of this peer, at most batch_max and at least one.
  [[nodiscard]] std::vector<Bytes> seal(std::span<const Statement> statements) const;
  [[nodiscard]] Bytes seal(const Statement& statement) const {
    return std::move(seal({&statement, 1}).front());
  }

  /// Whether it is what its origin says, and may say, by a seal that nobody vouches for. The error is a
  /// sentence.
  std::expected<void, std::string> check(const Statement& statement, ByteView seal);

  /// A peer shows that it is authorized: nobody needs to be shown it again. The error is a sentence.
  std::expected<void, std::string> show(const PeerId& author, const std::optional<Signature>& authorization);
  /// Whether this peer may broadcast, as far as has been shown.
  [[nodiscard]] bool is_author(const PeerId& peer) const {
    return !signing_.issuer || authors_.contains(peer);
  }

 private:
  /// Of each peer, the last that was found right: the next seal is most likely of the same batch.
  struct Checked {
    Digest root{};
    std::uint32_t leaves = 0;
    Signature signature{};
  };

  Signing signing_;
  std::set<PeerId> authors_;
  std::map<PeerId, Checked> checked_;
};

}  // namespace tutti
