#include "serve/http/chunks.hpp"

#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>

#include "base/format.hpp"

namespace upkeep::serve {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Failure = boost::system::error_code;

static constexpr std::size_t kMostExtra = 16 << 10;  // of all extensions of a body together, and of its trailers

struct Chunks::State {
  explicit State(std::size_t max_body_bytes) : most(max_body_bytes) {
    parser.eager(true);
    parser.header_limit(kMostExtra);
    parser.body_limit(max_body_bytes);
    parser.on_chunk_header(on_chunk);
    static constexpr std::string_view kHead =
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";  // the request's own was read by read_head()
    Failure failure;
    parser.put(asio::buffer(kHead), failure);
  }

  std::size_t most, extensions = 0;
  std::function<void(std::uint64_t, boost::beast::string_view, Failure&)> on_chunk = [this](std::uint64_t, boost::beast::string_view text,
                                                                                            Failure& failure) {
    extensions += text.size();
    const bool control = std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t'; });
    if (extensions > kMostExtra || control) failure = http::error::bad_chunk_extension;
  };
  http::request_parser<http::string_body> parser;
};

Chunks::Chunks(std::size_t max_body_bytes) : state_(std::make_unique<State>(max_body_bytes)) {}
Chunks::~Chunks() = default;
Chunks::Chunks(Chunks&&) noexcept = default;
Chunks& Chunks::operator=(Chunks&&) noexcept = default;

std::expected<std::size_t, BadHead> Chunks::read(std::string_view bytes) {
  Failure failure;
  const std::size_t used = state_->parser.put(asio::buffer(bytes.data(), bytes.size()), failure);
  if (failure == http::error::need_more) failure = {};
  if (failure == http::error::body_limit)
    return std::unexpected(BadHead{413, upkeep::format("the body is larger than {} bytes", state_->most)});
  if (!failure && !done() && bytes.size() - used > kMostExtra) failure = http::error::bad_chunk_extension;
  if (failure) return std::unexpected(BadHead{400, "the chunked body is broken: " + failure.message()});
  return used;
}

bool Chunks::done() const { return state_->parser.is_done(); }
std::string Chunks::take_body() { return std::move(state_->parser.get().body()); }

}  // namespace upkeep::serve
