#include "serve/protocol/json_text.hpp"

#include "base/format.hpp"
#include "base/utf8.hpp"

namespace upkeep::serve {

void append_json(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') (out += '\\') += c;
    else if (static_cast<unsigned char>(c) < 0x20) out += upkeep::format("\\u{:04x}", static_cast<unsigned>(c));
    else out += c;
  }
  out += '"';
}

std::string printable(std::string_view text) {
  std::string shown;
  for (const char* at = text.data(); at != text.data() + text.size() && shown.size() < 200;) {
    const std::size_t length = utf8_length(at, text.data() + text.size());
    if (length == 0) shown += '?';
    else shown.append(at, length);
    at += std::max<std::size_t>(length, 1);
  }
  return shown;
}

}  // namespace upkeep::serve
