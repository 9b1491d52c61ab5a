#include "tutti/symmetric/selftest.hpp"

#include <array>
#include <cstddef>
#include <new>

#include <fmt/ranges.h>

namespace tutti::symmetric {

std::string describe(const SelfTestFault& fault) {
  std::string text = fmt::format("at tick {}: {}", fault.tick.value(), fault.what);
  if (!fault.fields.empty()) text += fmt::format("\n  fields that differ: {}", fmt::join(fault.fields, ", "));
  if (!fault.bytes.empty())
    text += fmt::format("\n  bytes of the state that differ: {}", describe(fault.bytes));
  if (!fault.pages.empty()) text += fmt::format("\n  in its pages: {}", describe_pages(fault.pages));
  return text;
}

[[gnu::noinline]] void scribble_on_stack(std::uint8_t value) {
  std::array<volatile std::uint8_t, std::size_t{64} * 1024> rubbish;
  for (auto& byte : rubbish) byte = value;
}

HeapShift::HeapShift() {
  std::size_t bytes = 8;
  for (auto& block : taken_) {
    block = ::operator new(bytes);
    bytes += 16;
  }
}

HeapShift::~HeapShift() {
  for (auto* const block : taken_) ::operator delete(block);
}

}  // namespace tutti::symmetric
