// PNG, by libspng.

#include <spng.h>

#include <cstdlib>
#include <memory>

#include "data/images/decoders.hpp"

namespace upkeep::images {

namespace {

struct FreePng {
  void operator()(spng_ctx* context) const { spng_ctx_free(context); }
};
using Context = std::unique_ptr<spng_ctx, FreePng>;

Context png_context(int flags) {
  Context context(spng_ctx_new(flags));
  if (!context) throw Error(ErrorCode::kResourceExhausted, "libspng cannot start");
  return context;
}

void expect_read(int code) {
  if (code != 0) throw damaged("PNG", spng_strerror(code));
}

void expect_written(int code) {
  if (code != 0) throw Error(ErrorCode::kInternal, std::string("libspng: ") + spng_strerror(code));
}

}  // namespace

bool is_png(std::string_view bytes) { return bytes.starts_with("\x89PNG\r\n\x1A\n"); }

Picture decode_png(std::string_view bytes, int channels) {
  const Context context = png_context(0);
  constexpr std::size_t kMostChunkBytes = std::size_t{1} << 24;  // of texts and profiles, which are not kept
  expect_read(spng_set_chunk_limits(context.get(), kMostChunkBytes, kMostChunkBytes));
  expect_read(spng_set_png_buffer(context.get(), bytes.data(), bytes.size()));
  spng_ihdr header{};
  expect_read(spng_get_ihdr(context.get(), &header));
  Picture picture = blank(header.height, header.width, 3);
  expect_read(spng_decode_image(context.get(), picture.pixels.data(), picture.pixels.size(), SPNG_FMT_RGB8, 0));
  return channels == 1 ? to_grey(picture) : picture;
}

std::string encode_png(const Picture& picture) {
  const Context context = png_context(SPNG_CTX_ENCODER);
  expect_written(spng_set_option(context.get(), SPNG_ENCODE_TO_BUFFER, 1));
  spng_ihdr header{};
  header.width = static_cast<std::uint32_t>(picture.width);
  header.height = static_cast<std::uint32_t>(picture.height);
  header.bit_depth = 8;
  header.color_type = picture.channels == 1 ? SPNG_COLOR_TYPE_GRAYSCALE : SPNG_COLOR_TYPE_TRUECOLOR;
  expect_written(spng_set_ihdr(context.get(), &header));
  expect_written(spng_encode_image(context.get(), picture.pixels.data(), picture.pixels.size(), SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE));
  std::size_t size = 0;
  int code = 0;
  const std::unique_ptr<void, decltype(&std::free)> bytes(spng_get_png_buffer(context.get(), &size, &code), std::free);
  expect_written(code);
  return {static_cast<const char*>(bytes.get()), size};
}

}  // namespace upkeep::images
