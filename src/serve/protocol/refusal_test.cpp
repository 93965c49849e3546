#include "serve/protocol/refusal.hpp"

#include <gtest/gtest.h>

#include <new>
#include <stdexcept>

namespace upkeep::serve {
namespace {

TEST(Refusal, ErrorsAreSortedByWhoseMistakeTheyAre) {
  EXPECT_EQ(to_refusal(Error(ErrorCode::kNotFound, "x")).code, RefusalCode::kNotFound);
  EXPECT_EQ(to_refusal(Error(ErrorCode::kInvalidArgument, "x", "y")).code, RefusalCode::kInvalid);
  EXPECT_EQ(to_refusal(Error(ErrorCode::kInvalidArgument, "x", "y")).message, "x (y)");
  EXPECT_EQ(to_refusal(Error(ErrorCode::kInternal, "x")).code, RefusalCode::kInternal);
}

TEST(Refusal, ExceptionsBecomeRefusals) {
  const auto of = [](const auto& thrown) {
    try {
      throw thrown;
    } catch (const std::exception&) {
      return refusal_of_exception();
    }
  };
  EXPECT_EQ(of(Error(ErrorCode::kNotFound, "x")).code, RefusalCode::kNotFound);
  EXPECT_EQ(of(std::bad_alloc()).code, RefusalCode::kBusy);
  EXPECT_EQ(of(std::runtime_error("see /usr/b")).code, RefusalCode::kInternal);
  EXPECT_EQ(of(std::runtime_error("see /usr/b")).message, "see [path]");
}

TEST(Refusal, EveryCodeHasAStatusOfBothProtocols) {  // RFC 9110; google.rpc.Code
  EXPECT_EQ(http_status(RefusalCode::kInvalid), 400);
  EXPECT_EQ(grpc_status(RefusalCode::kInvalid), 3);
  EXPECT_EQ(http_status(RefusalCode::kBusy), 503);
  EXPECT_EQ(grpc_status(RefusalCode::kBusy), 14);
  EXPECT_EQ(http_status(RefusalCode::kTimeout), 504);
  EXPECT_EQ(grpc_status(RefusalCode::kTimeout), 4);
  for (int code = 0; code <= static_cast<int>(RefusalCode::kTimeout); ++code) {
    EXPECT_GE(http_status(static_cast<RefusalCode>(code)), 400);
    EXPECT_GE(grpc_status(static_cast<RefusalCode>(code)), 1);
  }
}

}  // namespace
}  // namespace upkeep::serve
