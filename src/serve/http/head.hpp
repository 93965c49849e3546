// The head of a request of HTTP/1.1, read strictly: RFC 9112. Where that text lets a server choose, this one refuses, because a proxy in
// front may read the same bytes another way, and the two would not agree on where a request ends.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace upkeep::serve {

// What is wrong with it; the connection ends after that.
struct BadHead {
  int status = 400;
  std::string message;
};

// Finds the empty line that ends a head, piece by piece, so that no byte is looked at twice.
class HeadFinder {
 public:
  // `bytes`: all that have come since the head began. The size of the head with its empty line, 0 while it is not whole.
  std::expected<std::size_t, BadHead> find(std::string_view bytes);
  void reset() { *this = {}; }
  bool empty() const { return seen_ == 0; }  // nothing was looked at yet

 private:
  std::size_t seen_ = 0, line_ = 0;  // bytes looked at; where the line begins that they end in
};

struct Head {
  std::string_view method, target;
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  bool http10 = false;
  bool keep_alive = true;
  bool chunked = false;
  bool wants_continue = false;
  std::uint64_t content_length = 0;
};

// Of a whole head, as HeadFinder found it; views into it.
std::expected<void, BadHead> read_head(std::string_view text, Head& head);

}  // namespace upkeep::serve
