#include "tutti/peer/command.hpp"

#include <fmt/format.h>

namespace tutti {

std::string describe(const CommandSignature& signature) {
  std::string out(signature.name);
  std::string_view separator = "(";
  for (const auto& parameter : signature.parameters) {
    (out += separator) += parameter.form;
    separator = ", ";
  }
  return out += signature.parameters.empty() ? "()" : ")";
}

namespace detail {

std::string wrong_type(ValueType needed, const CommandValue& value) {
  const bool is_text = std::holds_alternative<std::string>(value);
  return fmt::format("needs {}, not {}", describe(needed), is_text ? quote(text(value)) : text(value));
}

std::string wrong_count(std::size_t needed, std::size_t count) {
  return fmt::format("takes {} argument{}, not {}", needed, needed == 1 ? "" : "s", count);
}

std::string describe(const CommandSignature& signature, const BadArgument& bad) {
  return fmt::format("{}: {}", describe(signature), bad.what);
}

}  // namespace detail
}  // namespace tutti
