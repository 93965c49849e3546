#include "serve/http/target.hpp"

#include "serve/http/message.hpp"

namespace upkeep::serve {

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

static bool append_decoded(std::string& text, std::string_view part) {
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (part[i] != '%') {
      text += part[i];
      continue;
    }
    if (i + 2 >= part.size()) return false;
    const int high = hex_digit(part[i + 1]), low = hex_digit(part[i + 2]);
    if (high < 0 || low < 0) return false;
    text += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return true;
}

// "http://host:port/path" -> "/path"
static std::string_view without_authority(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!equal_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
    const std::string_view rest = target.substr(scheme.size());
    const std::size_t end = rest.find_first_of("/?#");
    if (end == 0 || rest.empty()) return {};  // no host
    if (end == rest.npos) return "/";
    return rest[end] == '/' ? rest.substr(end) : std::string_view();
  }
  return target;
}

bool Target::parse(std::string_view target) {
  path_.clear();
  query_.clear();
  parts_.clear();
  if (target == "*") {
    path_ = target;
    return true;
  }
  target = without_authority(target);
  if (!target.starts_with('/')) return false;
  target = target.substr(0, target.find('#'));
  if (const std::size_t mark = target.find('?'); mark != target.npos) {
    query_ = target.substr(mark + 1);
    target = target.substr(0, mark);
  }
  path_.reserve(target.size());  // decoding never lengthens: the parts stay where they are
  while (!target.empty()) {
    const std::size_t slash = target.find('/', 1);
    path_ += '/';
    const std::size_t begin = path_.size();
    if (!append_decoded(path_, target.substr(1, slash == target.npos ? slash : slash - 1))) return false;
    parts_.push_back(std::string_view(path_).substr(begin));
    target = slash == target.npos ? std::string_view() : target.substr(slash);
  }
  return true;
}

}  // namespace upkeep::serve
