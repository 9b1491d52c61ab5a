// Any bytes as a measured network, in each format that is read: a model comes of it, or an error that names
// line and column. The first byte chooses the reader and its options. A model's delays keep its own least.
#include <string_view>

#include "tutti/base/require.hpp"
#include "tutti/net/model/delays.hpp"
#include "tutti/net/model/files/readers.hpp"

namespace tutti {
namespace {

void check_error(const std::string& error) {
  require(error.starts_with("file:") && error.size() < 400, "an error names the place and stays short");
}

void check_model(const NetworkModel& model) {
  for (std::uint64_t node = 0; node < 8; ++node)
    for (const Duration delay : carry(model, 1, {.source = node, .target = 3 * node + 1}))
      require(delay >= model.delay_min(), "no packet is faster than the fastest");
}

void check_matrix(std::expected<DelayMatrix, std::string> matrix) {
  if (!matrix) return check_error(matrix.error());
  const std::size_t rows = matrix->rows;
  check_model(*matrix_delay(*std::move(matrix), Placement(rows, 7)));
}

void check(std::uint8_t choice, std::string_view text) {
  const DelayFileOptions options{.unit = std::chrono::milliseconds(1),
                                 .missing = static_cast<MissingDelays>(choice / 8 % 3),
                                 .one_way = choice % 2 == 0,
                                 .symmetric = choice >= 224};
  switch (choice % 5) {
    case 0: {
      auto places = read_coordinates("file", text);
      if (!places) return check_error(places.error());
      const std::size_t rows = places->size();
      return check_model(*coordinate_delay(*std::move(places), Placement(rows)));
    }
    case 1:
      return check_matrix(read_delay_matrix("file", text, options));
    case 2:
      return check_matrix(read_delay_regions("file", text, options));
    case 3:
      return check_matrix(read_delay_pairs("file", text, options));
    default: {
      auto losses = read_loss_matrix("file", text, choice < 128 ? LossUnit::percent : LossUnit::probability);
      if (!losses) return check_error(losses.error());
      const std::size_t rows = losses->rows;
      const auto model =
          with_loss_matrix(*std::move(losses), Placement(rows), constant_delay(std::chrono::milliseconds(1)));
      return check_model(*model);
    }
  }
}

}  // namespace
}  // namespace tutti

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 0) tutti::check(data[0], {reinterpret_cast<const char*>(data + 1), size - 1});
  return 0;
}
