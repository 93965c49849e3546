#include "base/sha256.hpp"
#include "cli/command_testing.hpp"
#include "serve/access/tokens.hpp"

namespace upkeep {

using testing::HasSubstr;

TEST(TokenCommand, PrintsASecretAndTheLinesThatLetItIn) {
  const Json made = run("token shop --json").json();
  EXPECT_EQ(made["sha256"], sha256(made["token"].get<std::string>()));
  EXPECT_NE(run("token shop --json").json()["token"], made["token"]);
  const Ran ran = run("token shop");
  ASSERT_EQ(ran.code, 0) << ran.err;
  const auto tokens = serve::parse_tokens(ran.out.substr(ran.out.rfind("tokens:")));
  EXPECT_EQ(tokens.tokens.at(0).grant.name, "shop");
  const std::string secret = ran.out.substr(ran.out.find("upk_"), 47);
  EXPECT_EQ(tokens.by_token(secret), &tokens.tokens[0].grant);
  EXPECT_THAT(run("token").err, HasSubstr("name"));
}

}  // namespace upkeep
