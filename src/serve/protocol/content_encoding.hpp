// gzip and deflate (a zlib stream), both ways.
#pragma once

#include <string>
#include <string_view>

#include "serve/protocol/refusal.hpp"

namespace upkeep::serve {

// 415: another encoding; 400: not such a stream; 413: it would become larger than `limit_bytes`, noticed before that much is made.
Answer<std::string> decompress(std::string_view bytes, std::string_view encoding, std::size_t limit_bytes);
std::string compress(std::string_view bytes, std::string_view encoding);

// What to answer with, by the client's Accept-Encoding: "gzip", "deflate" or "".
std::string_view best_encoding(std::string_view accepted);

}  // namespace upkeep::serve
