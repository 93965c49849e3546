#include "registry/name.hpp"

#include <algorithm>
#include <charconv>

#include "base/format.hpp"
#include "registry/registry.hpp"

namespace upkeep {

static constexpr std::size_t kLongestName = 128;

// Not <cctype>: names do not depend on the locale.
static bool alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
static bool inner(char c) { return alphanumeric(c) || c == '.' || c == '_' || c == '-'; }

static std::string printable(std::string_view text) {
  std::string shown;
  for (const char c : text.substr(0, 60)) {
    if (c >= ' ' && c <= '~') shown += c;
    else shown += upkeep::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  return text.size() > 60 ? shown + "..." : shown;
}

bool RegistryName::valid(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && alphanumeric(text.front()) && std::ranges::all_of(text, inner);
}

RegistryName::RegistryName(std::string_view what, std::string_view text) : text_(text) {
  if (what == "alias" && !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; }))
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" cannot be the name of an alias", printable(text)),
                "a number names a version");
  if (valid(text)) return;
  throw Error(ErrorCode::kInvalidArgument,
              upkeep::format("\"{}\" cannot be the name of {} {}", printable(text), what == "alias" ? "an" : "a", what),
              "a letter or digit first, then at most 127 letters, digits, dots, dashes and underscores");
}

static std::optional<std::int64_t> version_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size() || number < 1 || text.front() == '0') return std::nullopt;
  return number;
}

std::optional<RegistryReference> parse_reference(std::string_view text) {
  const std::size_t mark = text.find_first_of("@:");
  RegistryReference reference{.model = std::string(text.substr(0, mark))};
  if (!RegistryName::valid(reference.model)) return std::nullopt;
  if (mark == std::string_view::npos) return reference;
  const std::string_view rest = text.substr(mark + 1);
  if (text[mark] == ':') {
    reference.version = rest.empty() ? std::nullopt : version_number(rest);
    return reference.version ? std::optional(reference) : std::nullopt;
  }
  if (!RegistryName::valid(rest)) return std::nullopt;
  reference.alias = rest;
  return reference;
}

bool is_registry_reference(std::string_view text) {
  const auto reference = parse_reference(text);
  return reference && (reference->version || !reference->alias.empty());
}

}  // namespace upkeep
