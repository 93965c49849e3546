// A connection of HTTP/1.1: each request is read or refused, and the same whether its bytes come at once or one by one.
#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "serve/http/chunks.hpp"
#include "serve/http/head.hpp"
#include "serve/http/message.hpp"
#include "serve/http/target.hpp"

namespace {

using namespace upkeep::serve;

constexpr std::size_t kMostBody = 4096;

// What a connection makes of `bytes` that come `step` at a time: a line for each request, the last one says how it ended.
std::vector<std::string> requests_of(std::string_view bytes, std::size_t step) {
  std::vector<std::string> read;
  std::string waiting;
  const auto more = [&] {
    if (bytes.empty()) return false;
    waiting += bytes.substr(0, step);
    bytes.remove_prefix(std::min(step, bytes.size()));
    return true;
  };
  while (true) {
    HeadFinder finder;
    std::expected<std::size_t, BadHead> size = 0;
    do size = finder.find(waiting);
    while (size && *size == 0 && more());
    if (!size || *size == 0) return read.emplace_back(size ? "more" : "refused"), read;
    const std::string text = waiting.substr(0, *size);
    waiting.erase(0, *size);
    Head head;
    if (!read_head(text, head)) return read.emplace_back("refused"), read;
    if (head.chunked && head.content_length > 0) std::abort();  // two ways to tell where the body ends
    const auto hosts = std::ranges::count_if(head.headers, [](const auto& header) { return equal_ignoring_case(header.first, "host"); });
    if (hosts > 1 || (hosts == 0 && !head.http10)) std::abort();
    Target target;
    if (target.parse(head.target) && target.path().size() > head.target.size() + 1) std::abort();
    std::string body;
    if (head.chunked) {
      Chunks chunks(kMostBody);
      while (!chunks.done()) {
        const auto used = chunks.read(waiting);
        if (!used) return read.emplace_back("refused"), read;
        waiting.erase(0, *used);
        if (!chunks.done() && !more()) return read.emplace_back("more"), read;
      }
      body = chunks.take_body();
    } else {
      if (head.content_length > kMostBody) return read.emplace_back("too large"), read;
      while (waiting.size() < head.content_length)
        if (!more()) return read.emplace_back("more"), read;
      body = waiting.substr(0, head.content_length);
      waiting.erase(0, head.content_length);
    }
    read.push_back(text + body);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::vector<std::string> whole = requests_of(bytes, bytes.size() + 1), single = requests_of(bytes, 1);
  // Of what is refused, more may be asked for first when it comes byte by byte.
  if (whole.back() == "refused" && single.back() == "more") single.back() = "refused";
  if (whole != single) std::abort();
  return 0;
}
