// A chunked body, decoded by Boost.Beast. Private to this folder.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "serve/http/head.hpp"

namespace upkeep::serve {

// Trailers are read and dropped (RFC 9110, 6.5.1); extensions are, too, and may not be long.
class Chunks {
 public:
  explicit Chunks(std::size_t max_body_bytes);
  ~Chunks();
  Chunks(Chunks&&) noexcept;
  Chunks& operator=(Chunks&&) noexcept;

  // How many of `bytes` are used up; the others come again, with more behind them.
  std::expected<std::size_t, BadHead> read(std::string_view bytes);
  bool done() const;
  std::string take_body();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace upkeep::serve
