#include "serve/protocol/without_paths.hpp"

#include <filesystem>
#include <system_error>

namespace upkeep::serve {

static bool begins_word(std::string_view text, std::size_t at) {
  return at == 0 || std::string_view(" \t\n\"'`([{<=,:;").contains(text[at - 1]);
}

static bool is_scheme_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

// Where the path or address that begins at `at` ends: at its closing quote, else at what a sentence puts behind it.
static std::size_t end_of_word(std::string_view text, std::size_t begin, std::size_t at) {
  const char before = begin > 0 ? text[begin - 1] : ' ';
  if (before == '"' || before == '\'' || before == '`') return std::min(text.find(before, at), text.size());
  std::size_t end = std::min(text.find_first_of(" \t\n\"'`)]}>,;", at), text.size());
  while (end > at + 1 && (text[end - 1] == ':' || text[end - 1] == '.')) --end;
  return end;
}

// "/srv" of "/srv/reg" is a folder of this machine; "/encoder" of the name of a node is not.
static bool begins_a_path(std::string_view text, std::size_t at) {
  const std::size_t end = std::min(text.find_first_of("/ \t\n\"'`)]}>,;:", at + 1), text.size());
  std::error_code none;
  return std::filesystem::exists(std::filesystem::path(text.substr(at, end - at)), none);
}

std::string without_paths(std::string_view text) {
  std::string made;
  for (std::size_t i = 0; i < text.size();) {
    const bool address = text.substr(i).starts_with("://") && i > 0 && is_scheme_char(text[i - 1]);
    const bool path = !address && text[i] == '/' && begins_word(text, i) && i + 1 < text.size() &&
                      !std::string_view(" \t\n\"').,").contains(text[i + 1]) && begins_a_path(text, i);
    if (!address && !path) {
      made += text[i++];
      continue;
    }
    std::size_t begin = i;
    while (address && begin > 0 && is_scheme_char(text[begin - 1])) --begin;
    made.resize(made.size() - (i - begin));
    made += address ? "[address]" : "[path]";
    i = end_of_word(text, begin, i);
  }
  return made;
}

}  // namespace upkeep::serve
