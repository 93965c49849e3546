#include "serve/http/message.hpp"

#include <gtest/gtest.h>

namespace upkeep::serve {

TEST(HttpRequest, FindsAHeaderInAnyCase) {
  const HttpRequest request{.headers = {{"content-TYPE", "a"}, {"X", "b"}}};
  EXPECT_EQ(request.header("Content-Type"), "a");
  EXPECT_EQ(request.header("x"), "b");
  EXPECT_EQ(request.header("content"), "");
}

}  // namespace upkeep::serve
