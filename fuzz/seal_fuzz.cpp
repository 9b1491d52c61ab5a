// Seals that anybody may have made, under statements that others have made. Nothing may crash, and what is
// found right must be what was sealed: this program knows no key but its own.
#include <array>
#include <cstddef>
#include <cstdint>

#include "tutti/base/require.hpp"
#include "tutti/overlay/seal.hpp"

namespace {

using namespace tutti;

constexpr std::string_view network = "a session";
constexpr std::array<std::uint8_t, 3> payload{1, 2, 3};
constexpr std::size_t batch = 5;

struct World {
  Identity issuer = Identity::from_seed({1});
  Identity author = Identity::from_seed({2});
  std::array<Statement, batch> statements;
  std::vector<Bytes> seals;

  World() {
    for (std::size_t i = 0; i < batch; ++i)
      statements[i] = {Utterance::broadcast, {author.peer(), 7}, Sequence(i + 1), payload};
    seals =
        Sealer({author, std::string(network), issuer.public_key(), authorize(issuer, author.peer(), network)})
            .seal(statements);
  }
};

}  // namespace

// The first byte picks a statement, the second one of its batch whose seal is written over from the place
// that the third one names; or, if that lies behind its end, the seal is the rest as it is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const World world;
  if (size < 3) return 0;
  const auto& statement = world.statements[data[0] % batch];
  const auto& original = world.seals[data[1] % batch];
  const std::size_t at = std::size_t{data[2]} * 2;
  const ByteView rest(data + 3, size - 3);
  Bytes seal = original;
  if (at >= seal.size())
    seal.assign(rest.begin(), rest.end());
  else
    for (std::size_t i = 0; i < rest.size() && at + i < seal.size(); ++i) seal[at + i] = rest[i];
  Sealer sealer({Identity::from_seed({3}), std::string(network), world.issuer.public_key(), {}});
  const auto checked = sealer.check(statement, seal);
  require(checked || !checked.error().empty(), "an error has words");
  require(!checked || seal == world.seals[data[0] % batch], "nobody else can seal it, nor in another way");
  return 0;
}
