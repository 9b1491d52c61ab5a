#include "lab/lab.hpp"

#include <fmt/format.h>

#include "rectangle.hpp"
#include "tutti/lab/averaging_stack.hpp"
#include "tutti/lab/flooding_floor.hpp"
#include "tutti/lab/links_stack.hpp"
#include "tutti/lab/symmetric_stack.hpp"

namespace tutti::tools {
namespace {

std::expected<Rectangle::Event, std::string> read_event(std::string_view text) {
  if (text == "turn" || text == "right") return Rectangle::Turn{1, 0};
  if (text == "left") return Rectangle::Turn{-1, 0};
  if (text == "up") return Rectangle::Turn{0, -1};
  if (text == "down") return Rectangle::Turn{0, 1};
  if (text == "pause") return Rectangle::Pause{};
  return std::unexpected(
      fmt::format("'{}' is no event: turn, left, right, up, down or pause is needed", text));
}

}  // namespace

lab::Catalogue lab_catalogue() {
  lab::Catalogue catalogue;
  catalogue.add(lab::SymmetricStack<Rectangle>::type("rectangle", "the symmetric paper's example application",
                                                     &read_event));
  catalogue.add(lab::averaging_stack());
  catalogue.add(lab::links_stack());
  catalogue.add_reference("flooding_floor", &lab::flooding_floor);
  return catalogue;
}

}  // namespace tutti::tools
