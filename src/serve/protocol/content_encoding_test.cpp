#include "serve/protocol/content_encoding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace upkeep::serve {
namespace {

// `printf hello | gzip -n`, and Python's zlib.compress(b"hello").
constexpr std::string_view kGzipHello{
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36\x05\x00\x00\x00", 25};
constexpr std::string_view kZlibHello{"\x78\x9c\xcb\x48\xcd\xc9\xc9\x07\x00\x06\x2c\x02\x15", 13};

TEST(ContentEncoding, ReadsWhatOthersWrite) {
  EXPECT_EQ(decompress(kGzipHello, "gzip", 100).value(), "hello");
  EXPECT_EQ(decompress(kZlibHello, "deflate", 100).value(), "hello");
  EXPECT_EQ(decompress(kGzipHello, "GZIP", 5).value(), "hello");
}

TEST(ContentEncoding, ReadsBackWhatItWrites) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += std::to_string(i);
  for (const std::string_view encoding : {"gzip", "deflate"}) {
    const std::string packed = compress(text, encoding);
    EXPECT_LT(packed.size(), text.size() / 2);
    EXPECT_EQ(decompress(packed, encoding, text.size()).value(), text);
    EXPECT_EQ(decompress(packed, encoding, text.size() - 1).error().code, RefusalCode::kTooLarge);
  }
}

TEST(ContentEncoding, StopsABombBeforeItIsMade) {
  const std::string bomb = compress(std::string(200'000'000, '\0'), "gzip");
  EXPECT_LT(bomb.size(), 1'000'000U);
  EXPECT_EQ(decompress(bomb, "gzip", 1 << 20).error().code, RefusalCode::kTooLarge);
}

TEST(ContentEncoding, RefusesWhatIsNoSuchStream) {
  EXPECT_EQ(decompress("hello", "gzip", 100).error().code, RefusalCode::kInvalid);
  EXPECT_EQ(decompress("", "gzip", 100).error().code, RefusalCode::kInvalid);
  EXPECT_EQ(decompress(kGzipHello.substr(0, 20), "gzip", 100).error().code, RefusalCode::kInvalid);
  EXPECT_EQ(decompress("hello", "br", 100).error().code, RefusalCode::kUnsupportedMedia);
}

TEST(ContentEncoding, AnswersInTheClientsEncoding) {
  EXPECT_EQ(best_encoding("gzip, deflate"), "gzip");
  EXPECT_EQ(best_encoding("deflate"), "deflate");
  EXPECT_EQ(best_encoding("br;q=1.0, gzip;q=0.8"), "gzip");
  EXPECT_EQ(best_encoding("gzip;q=0"), "");
  EXPECT_EQ(best_encoding("identity"), "");
  EXPECT_EQ(best_encoding(""), "");
}

}  // namespace
}  // namespace upkeep::serve
