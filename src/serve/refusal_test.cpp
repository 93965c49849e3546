#include "serve/refusal.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"

namespace upkeep::serve {

TEST(Refusal, IsAJsonErrorWithItsStatus) {
  const HttpResponse response = to_response({404, "no \"m\"\n\xff"});
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(Json::parse(response.body)["error"], "no \"m\"\n?");
}

TEST(Refusal, ComesFromAnErrorByItsCause) {
  EXPECT_EQ(to_refusal(Error(ErrorCode::kNotFound, "x")).status, 404);
  EXPECT_EQ(to_refusal(Error(ErrorCode::kInvalidArgument, "x", "y")).status, 400);
  EXPECT_EQ(to_refusal(Error(ErrorCode::kInternal, "x")).status, 500);
  EXPECT_EQ(to_refusal(Error(ErrorCode::kInvalidArgument, "x", "y")).message, "x (y)");
}

}  // namespace upkeep::serve
