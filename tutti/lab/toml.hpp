// The parser of TOML files, a library of headers alone, without exceptions; and tables whose mistakes are
// collected while they are read: whoever reads takes out key after key, and whatever is left is unknown.
//
//   TomlTable table(parsed, "topology", report);
//   table.take("degree", spec.degree, 1, 1000);
//   table.finish();                               // "there is no 'degre'; did you mean 'degree'?"
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tutti/lab/mistake.hpp"

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
// Some of the library's assertions (version 3.3) fail on hostile files, and with NDEBUG they become
// assumptions of the optimizer. Without them its next check reports the mistake.
#define TOML_ASSERT(expression) static_cast<void>(0)
#pragma push_macro("NDEBUG")
#undef NDEBUG
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

namespace tutti::lab {

/// Where mistakes go. A value that was set on the command line is not where the file has it.
class TomlReport {
 public:
  explicit TomlReport(std::string source) : source_(std::move(source)) {}

  /// From now on, mistakes in the value of this dotted key are those of `source`.
  void set_source(std::string key, std::string source) { sources_[std::move(key)] = std::move(source); }
  [[nodiscard]] bool is_set(std::string_view key) const { return sources_.contains(key); }

  void add(Mistake mistake) {
    ++count_;
    if (mistakes_.size() < mistakes_max) mistakes_.push_back(std::move(mistake));
  }
  void add(const toml::source_region& place, std::string_view key, std::string what);
  /// In a text; the offset counts if the text is written on one line without escapes.
  void add(const toml::node& text, std::string_view key, Fault fault);

  [[nodiscard]] const std::string& source() const { return source_; }
  /// Of all mistakes, also of those beyond mistakes_max.
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] Mistakes finish() &&;

 private:
  std::string source_;
  std::map<std::string, std::string, std::less<>> sources_;
  Mistakes mistakes_;
  std::size_t count_ = 0;
};

/// "a text", "a whole number": what a value is, for people.
std::string_view kind_of(const toml::node& node);

class TomlTable {
 public:
  /// A text of the file, the node that it was, and its dotted key, for what is found wrong with it later.
  using TextCheck =
      std::function<void(const std::string& text, const toml::node& node, const std::string& key)>;

  /// `path` is its dotted key, empty for the whole file.
  TomlTable(const toml::table& table, std::string path, TomlReport& report)
      : table_(table), path_(std::move(path)), report_(report) {}

  /// The value of `key`, if it is there; from now on the key is known.
  const toml::node* take(std::string_view key);
  /// Reads it if it is there. True if it was written, even if wrongly.
  bool take_text(std::string_view key, std::string& text, const TextCheck& check = {});
  bool take_number(std::string_view key, double& number, double least, double most);
  template <typename Whole>
  bool take_whole(std::string_view key, Whole& whole, std::int64_t least, std::int64_t most) {
    const auto* const node = take(key);
    if (node == nullptr) return false;
    const auto* const value = node->as_integer();
    if (value != nullptr && value->get() >= least && value->get() <= most)
      whole = static_cast<Whole>(value->get());
    else
      refuse_whole(*node, key, least, most);
    return true;
  }
  /// An array of at most `most` values, each of which `read` gets.
  bool take_all(std::string_view key, std::size_t most, const std::function<void(const toml::node&)>& read);
  /// The same, of texts.
  bool take_texts(std::string_view key, std::size_t most, std::vector<std::string>& texts,
                  const TextCheck& check = {});
  /// `[[key]]`.
  bool take_tables(std::string_view key, std::size_t most,
                   const std::function<void(const toml::table&)>& read);

  /// Says that `key` is needed, such as `example`.
  void need(std::string_view key, std::string_view example);
  void add(const toml::node& node, std::string_view key, std::string what) {
    report_.add(node.source(), path_of(key), std::move(what));
  }
  void expect(const toml::node& node, std::string_view key, std::string_view needed);
  [[nodiscard]] std::string path_of(std::string_view key) const;
  [[nodiscard]] TomlReport& report() { return report_; }
  [[nodiscard]] const toml::table& table() const { return table_; }
  /// Whatever was not taken is unknown.
  void finish();

 private:
  void refuse_whole(const toml::node& node, std::string_view key, std::int64_t least, std::int64_t most);

  const toml::table& table_;
  std::string path_;
  TomlReport& report_;
  std::vector<std::string_view> known_;
};

}  // namespace tutti::lab
