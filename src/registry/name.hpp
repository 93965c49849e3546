// What a model or an alias may be called. Names come from users and from URLs and become folder names, so there is one type that has
// checked them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace upkeep {

// [A-Za-z0-9][A-Za-z0-9._-]{0,127}
class RegistryName {
 public:
  // Throws Error{kInvalidArgument} that says which character is wrong. `what` is "model" or "alias".
  RegistryName(std::string_view what, std::string_view text);
  const std::string& text() const { return text_; }
  static bool valid(std::string_view text);

 private:
  std::string text_;
};

// "name", "name@alias" or "name:version", taken apart.
struct RegistryReference {
  std::string model;
  std::string alias;  // empty: none given
  std::optional<std::int64_t> version;
};
std::optional<RegistryReference> parse_reference(std::string_view text);  // nullopt: not one

}  // namespace upkeep
