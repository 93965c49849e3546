#include "serve/client/url.hpp"

#include "upkeep/error.hpp"

namespace upkeep::serve {

TEST(ServerUrl, SaysProtocolAndPlace) {
  const ServerUrl plain = parse_server_url("http://localhost:8080/");
  EXPECT_FALSE(plain.grpc || plain.secure);
  EXPECT_EQ(plain.host, "localhost");
  EXPECT_EQ(plain.port, "8080");
  EXPECT_EQ(plain.authority, "localhost:8080");
  const ServerUrl secure = parse_server_url("grpcs://[::1]");
  EXPECT_TRUE(secure.grpc && secure.secure);
  EXPECT_EQ(secure.host, "::1");
  EXPECT_EQ(secure.port, "443");
}

TEST(ServerUrl, ElseIsRefused) {
  for (const char* text :
       {"", "localhost:80", "ftp://x", "http://", "http://:80", "http://x:", "http://x:8a", "http://x/y", "http://a b", "grpc://u@x"})
    EXPECT_THROW(parse_server_url(text), Error) << text;
}

}  // namespace upkeep::serve
