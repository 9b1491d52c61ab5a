#include "rectangle_view.hpp"
#include "tutti/play/run.hpp"

int main(int argc, char** argv) {
  return tutti::play::run<Rectangle, RectangleView>(argc, argv);
}
