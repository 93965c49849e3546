#include "serve/protocol/content_encoding.hpp"

#include <zlib.h>

#include <algorithm>

#include "base/format.hpp"
#include "base/names.hpp"
#include "serve/http/message.hpp"

namespace upkeep::serve {

static constexpr int kGzip = 16;  // added to the window bits: a gzip header and trailer
static constexpr std::size_t kChunk = 64 << 10;

static Bytef* input_of(std::string_view bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
}  // zlib does not write to it

Answer<std::string> decompress(std::string_view bytes, std::string_view encoding, std::size_t limit_bytes) {
  const bool gzip = equal_ignoring_case(encoding, "gzip");
  if (!gzip && !equal_ignoring_case(encoding, "deflate"))
    return refuse(RefusalCode::kUnsupportedMedia, "the body's encoding is not supported (known: gzip, deflate)");
  z_stream stream{};
  if (inflateInit2(&stream, MAX_WBITS + (gzip ? kGzip : 0)) != Z_OK) return refuse(RefusalCode::kBusy, "out of memory");
  stream.next_in = input_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  int result = Z_OK;
  while (result == Z_OK && out.size() <= limit_bytes) {
    const std::size_t before = out.size();
    out.resize(before + std::min(kChunk, limit_bytes - before + 1));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream.avail_out = static_cast<uInt>(out.size() - before);
    result = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (out.size() > limit_bytes) return refuse(RefusalCode::kTooLarge, upkeep::format("the body becomes larger than {} bytes", limit_bytes));
  if (result != Z_STREAM_END)
    return refuse(RefusalCode::kInvalid, upkeep::format("the body is not a whole {} stream", gzip ? "gzip" : "deflate"));
  return out;
}

std::string compress(std::string_view bytes, std::string_view encoding) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + (encoding == "gzip" ? kGzip : 0), 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  std::string out(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  stream.next_in = input_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string_view best_encoding(std::string_view accepted) {
  bool deflate = false;
  for (const std::string& item : split(accepted, ',')) {
    const std::vector<std::string> words = split(item, ';');
    const std::string_view name = trim(words.front());
    const std::string_view quality = words.size() > 1 ? trim(words[1]) : std::string_view();
    if (quality == "q=0" || quality == "q=0.0") continue;
    if (equal_ignoring_case(name, "gzip")) return "gzip";
    deflate = deflate || equal_ignoring_case(name, "deflate");
  }
  return deflate ? "deflate" : "";
}

}  // namespace upkeep::serve
