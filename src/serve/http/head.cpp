#include "serve/http/head.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/format.hpp"
#include "base/names.hpp"
#include "serve/http/message.hpp"

namespace upkeep::serve {

using Checked = std::expected<void, BadHead>;

static std::unexpected<BadHead> bad(std::string message, int status = 400) { return std::unexpected(BadHead{status, std::move(message)}); }

// RFC 9110, 5.6.2: what a method and the name of a header are made of.
static bool is_token_char(char c) {
  static const auto table = [] {
    std::array<bool, 256> made{};
    for (const char one : std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))
      made[static_cast<unsigned char>(one)] = true;
    return made;
  }();
  return table[static_cast<unsigned char>(c)];
}

static bool is_token(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_token_char); }

static bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

std::expected<std::size_t, BadHead> HeadFinder::find(std::string_view bytes) {
  if (seen_ == 0 && bytes.starts_with("\x16\x03")) return bad("this is TLS, and the port speaks plain HTTP");
  if (seen_ == 0 && !bytes.empty() && !is_token_char(bytes[0])) return bad("not HTTP/1.1: a request begins with its method");
  while (true) {
    const std::size_t end = bytes.find_first_of(std::string_view("\r\n\0", 3), seen_);
    if (end == bytes.npos) break;
    if (bytes[end] != '\r') return bad("not HTTP/1.1: lines end with CR LF, and a head has no NUL");
    if (end + 1 == bytes.size()) {
      seen_ = end;
      return 0;
    }
    if (bytes[end + 1] != '\n') return bad("not HTTP/1.1: a CR without its LF");
    seen_ = end + 2;
    if (end == line_) return seen_;
    line_ = seen_;
  }
  seen_ = bytes.size();
  return 0;
}

static Checked read_request_line(std::string_view line, Head& head) {
  const std::size_t first = line.find(' '), second = line.find(' ', first == line.npos ? first : first + 1);
  if (second == line.npos || !is_token(line.substr(0, first))) return bad("the request line is METHOD TARGET HTTP/1.1");
  head.method = line.substr(0, first);
  head.target = line.substr(first + 1, second - first - 1);
  const std::string_view version = line.substr(second + 1);
  const bool visible = std::ranges::all_of(head.target, [](char c) { return c > 0x20 && c < 0x7f; });
  if (head.target.empty() || !visible) return bad("the target of the request has a character that must be escaped");
  if (version == "HTTP/1.1" || version == "HTTP/1.0") {
    head.http10 = version.ends_with('0');
    return {};
  }
  const auto digit = [&](std::size_t i) { return version[i] >= '0' && version[i] <= '9'; };
  if (version.size() == 8 && version.starts_with("HTTP/") && version[6] == '.' && digit(5) && digit(7))
    return bad(upkeep::format("{} is not spoken here, HTTP/1.1 is", version), 505);
  return bad("the request line is METHOD TARGET HTTP/1.1");
}

static Checked read_header(std::string_view line, Head& head) {
  if (line[0] == ' ' || line[0] == '\t') return bad("a header goes on in a second line, which is obsolete (RFC 9112, 5.2)");
  const std::size_t colon = line.find(':');
  if (colon == line.npos || !is_token(line.substr(0, colon))) return bad("a header is NAME: VALUE, without a space before the colon");
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
  if (std::ranges::any_of(value, is_control)) return bad("a header has a control character");
  head.headers.emplace_back(line.substr(0, colon), value);
  return {};
}

// RFC 3986, 3.2.2 and 3.2.3, loosely: nothing in it may end the host for one reader and not for another.
static bool is_host(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return is_token_char(c) || std::string_view("()=;:[]").contains(c); });
}

static Checked check_host(const Head& head) {
  int count = 0;
  for (const auto& [name, value] : head.headers) {
    if (!equal_ignoring_case(name, "Host")) continue;
    if (++count > 1) return bad("there are two Host headers");
    if (!is_host(value)) return bad("the Host header is no HOST:PORT");
  }
  if (count == 0 && !head.http10) return bad("HTTP/1.1 needs a Host header");
  return {};
}

static Checked read_content_length(std::string_view value, Head& head) {
  const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), head.content_length);
  if (value.empty() || value[0] == '-' || problem == std::errc::invalid_argument || end != value.data() + value.size())
    return bad("Content-Length is one whole number of bytes");
  if (problem != std::errc{}) return bad("Content-Length is larger than any body may be", 413);
  return {};
}

// The last header that tells where the body ends decides nothing: two of them are refused.
static Checked read_framing(Head& head) {
  bool has_length = false;
  std::string_view coding;
  for (const auto& [name, value] : head.headers) {
    if (equal_ignoring_case(name, "Content-Length")) {
      if (std::exchange(has_length, true)) return bad("there are two Content-Length headers");
      if (Checked read = read_content_length(value, head); !read) return read;
    } else if (equal_ignoring_case(name, "Transfer-Encoding")) {
      if (!coding.empty() || value.empty()) return bad("Transfer-Encoding is one header: chunked");
      coding = value;
    }
  }
  if (coding.empty()) return {};
  if (has_length) return bad("Transfer-Encoding and Content-Length contradict each other");
  if (head.http10) return bad("HTTP/1.0 has no Transfer-Encoding");
  head.chunked = equal_ignoring_case(coding, "chunked");
  if (head.chunked) return {};
  const std::string_view last = trim(coding.substr(coding.rfind(',') + 1));
  if (equal_ignoring_case(last, "chunked") && !equal_ignoring_case(trim(coding.substr(0, coding.find(','))), "chunked"))
    return bad("of transfer codings, chunked alone is understood; to compress a body, use Content-Encoding", 501);
  return bad("where the body ends cannot be told: the last transfer coding is not chunked, or it is given twice (RFC 9112, 6.3)");
}

static Checked read_connection(Head& head) {
  head.keep_alive = !head.http10;
  bool close = false;
  for (const auto& [name, value] : head.headers) {
    if (equal_ignoring_case(name, "Expect")) {
      if (!equal_ignoring_case(value, "100-continue")) return bad("of expectations, 100-continue alone is understood", 417);
      head.wants_continue = !head.http10;
    }
    if (!equal_ignoring_case(name, "Connection")) continue;
    for (std::string_view rest = value; !rest.empty();) {
      const std::string_view option = trim(rest.substr(0, rest.find(',')));
      rest = rest.contains(',') ? rest.substr(rest.find(',') + 1) : std::string_view();
      if (equal_ignoring_case(option, "close")) close = true;
      if (equal_ignoring_case(option, "keep-alive")) head.keep_alive = true;
    }
  }
  head.keep_alive = head.keep_alive && !close;
  return {};
}

std::expected<void, BadHead> read_head(std::string_view text, Head& head) {
  Head found;
  found.headers = std::move(head.headers);  // its memory
  found.headers.clear();
  Checked done = read_request_line(text.substr(0, text.find("\r\n")), found);
  text.remove_prefix(text.find("\r\n") + 2);
  while (done && text != "\r\n") {
    const std::size_t end = text.find("\r\n");
    done = read_header(text.substr(0, end), found);
    text.remove_prefix(end + 2);
  }
  if (done) done = check_host(found);
  if (done) done = read_framing(found);
  if (done) done = read_connection(found);
  head = std::move(found);
  return done;
}

}  // namespace upkeep::serve
