#include "serve/http/post.hpp"

#include <gtest/gtest.h>

#include <atomic>

#include "serve/http/listen_http_testing.hpp"
#include "upkeep/error.hpp"

namespace upkeep::serve {
namespace {

TEST(Post, SendsTheBodyAndGivesTheStatus) {
  std::string seen;
  const Listener server = listen_http([&](const HttpRequest& request, Responder respond) {
    seen = std::string(request.method) + " " + std::string(request.path) + " " + std::string(request.body) + " " +
           std::string(request.header("X-Test"));
    respond({.status = 503});
  });
  const std::string url = "http://127.0.0.1:" + std::to_string(server.port()) + "/a/b";
  EXPECT_EQ(post({.url = url, .body = "{}", .headers = {{"X-Test", "yes"}}}), 503);
  EXPECT_EQ(seen, "POST /a/b {} yes");
}

TEST(Post, RefusesWhatIsNoAddress) {
  for (const char* url : {"", "ftp://x/", "http://", "http:///path", "http://a b/", "http://host:/"})
    EXPECT_THROW(post({.url = url}), Error) << url;
}

TEST(Post, SaysThatNobodyAnswers) {
  try {
    post({.url = "http://127.0.0.1:1/", .timeout = std::chrono::seconds(2)});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
  }
}

}  // namespace
}  // namespace upkeep::serve
