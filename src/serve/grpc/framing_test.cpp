#include "serve/grpc/framing.hpp"

#include "serve/protocol/content_encoding.hpp"

namespace upkeep::serve {

using namespace std::string_literals;

static Answer<bool> take_all(GrpcMessages& messages, std::string_view bytes, std::string& message) { return messages.take(bytes, message); }

TEST(GrpcFrame, IsAFlagALengthAndTheMessage) {
  EXPECT_EQ(grpc_frame("abc", ""), "\0\0\0\0\3abc"s);
  EXPECT_EQ(grpc_frame("", "gzip"), "\0\0\0\0\0"s);
  EXPECT_EQ(grpc_frame(std::string(70'000, 'x'), "").substr(0, 5), "\0\0\1\x11\x70"s);
}

TEST(GrpcMessages, ComeInPieces) {
  const std::string bytes = grpc_frame("first", "") + grpc_frame("", "") + grpc_frame("third", "");
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    GrpcMessages messages("", 100);
    std::vector<std::string> found;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      std::string_view rest = std::string_view(bytes).substr(at, piece);
      while (!rest.empty()) {
        std::string message;
        if (*messages.take(rest, message)) found.push_back(message);
      }
    }
    EXPECT_THAT(found, testing::ElementsAre("first", "", "third")) << piece;
    EXPECT_FALSE(messages.within_message());
  }
}

TEST(GrpcMessages, AreUnpacked) {
  const std::string text(10'000, 'x');
  for (const std::string encoding : {"gzip", "deflate"}) {
    const std::string frame = grpc_frame(text, encoding);
    EXPECT_LT(frame.size(), 200u);
    EXPECT_EQ(frame[0], 1);
    GrpcMessages messages(encoding, text.size());
    std::string message;
    EXPECT_TRUE(take_all(messages, frame, message).value());
    EXPECT_EQ(message, text);
  }
}

TEST(GrpcMessages, BeyondTheLimitAreRefusedBeforeTheyCome) {
  std::string message;
  GrpcMessages plain("", 100);
  const auto large = take_all(plain, "\0\0\0\0\x65"s, message);
  EXPECT_EQ(large.error().code, RefusalCode::kTooLarge);
  EXPECT_EQ(large.error().message, "a message of 101 bytes is larger than 100 bytes");
  GrpcMessages packed("gzip", 5'000);
  EXPECT_EQ(take_all(packed, grpc_frame(std::string(1 << 20, 'x'), "gzip"), message).error().code, RefusalCode::kTooLarge);
}

TEST(GrpcMessages, ThatCannotBeReadAreRefused) {
  std::string message;
  GrpcMessages flag("", 100), unnamed("", 100), broken("gzip", 100);
  EXPECT_EQ(take_all(flag, "\2\0\0\0\0"s, message).error().code, RefusalCode::kInvalid);
  EXPECT_EQ(take_all(unnamed, "\1\0\0\0\1x"s, message).error().message, "a message is compressed, but the call names no grpc-encoding");
  EXPECT_EQ(take_all(broken, "\1\0\0\0\1x"s, message).error().code, RefusalCode::kInvalid);
}

}  // namespace upkeep::serve
