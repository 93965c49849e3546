#include "serve/fixture.hpp"

namespace upkeep::serve {
namespace {

using PageTest = ServeTest;

TEST_F(PageTest, IsOneFileThatAsksOnlyThisServer) {
  const HttpResponse page = ask("GET", "/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  EXPECT_THAT(page.body, testing::HasSubstr("<title>Upkeep server</title>"));
  EXPECT_THAT(page.body, testing::Not(testing::HasSubstr("http://")));
  EXPECT_THAT(page.body, testing::Not(testing::HasSubstr("https://")));
  EXPECT_THAT(page.headers, testing::Contains(testing::Pair("Content-Security-Policy", testing::HasSubstr("default-src 'none'"))));
}

}  // namespace
}  // namespace upkeep::serve
