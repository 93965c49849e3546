#include "serve/grpc/status.hpp"

namespace upkeep::serve {

TEST(GrpcStatus, TextTravelsAsPrintableAscii) {
  EXPECT_EQ(percent_encoded("input \"x\" is 100% wrong\n"), "input \"x\" is 100%25 wrong%0A");
  EXPECT_EQ(percent_encoded("\xc3\xa4"), "%C3%A4");
}

TEST(GrpcStatus, FollowsFromTheRefusal) {
  const GrpcStatus status = to_status({.code = RefusalCode::kBusy, .message = "the queue is full", .retry_after_s = 2});
  EXPECT_EQ(status.code, GrpcCode::kUnavailable);
  EXPECT_EQ(status.message, "the queue is full");
  EXPECT_EQ(status.retry_after_s, 2);
}

}  // namespace upkeep::serve
