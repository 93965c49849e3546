#include "serve/fixture.hpp"

namespace upkeep::serve {
namespace {

using testing::HasSubstr;
using RepositoryIndexTest = ServeTest;

TEST_F(RepositoryIndexTest, ListsWhatServesAndWhyTheRestDoesNot) {
  put("bad", shift_model(1));
  put("good", shift_model(1));
  start();
  put_broken("bad", shift_model(2));
  engine->refresh();
  const Json index = json(200, "POST", "/v2/repository/index");
  ASSERT_EQ(index.size(), 3U);
  EXPECT_EQ(index[0], Json::parse(R"({"name":"bad","version":"1","state":"READY","reason":""})"));
  EXPECT_EQ(index[1]["version"], "2");
  EXPECT_EQ(index[1]["state"], "UNAVAILABLE");
  EXPECT_THAT(index[1]["reason"].get<std::string>(), HasSubstr("damaged"));
  EXPECT_EQ(index[2]["name"], "good");
  EXPECT_EQ(json(200, "POST", "/v2/repository/index", R"({"ready":true})").size(), 2U);
  EXPECT_EQ(json(200, "POST", "/v2/repository/index", "{}").size(), 3U);
}

TEST_F(RepositoryIndexTest, RefusesABodyThatIsNoJson) {
  for (const std::string_view body : {"{", R"({"ready":"yes"})"}) EXPECT_EQ(ask("POST", "/v2/repository/index", body).status, 400) << body;
}

}  // namespace
}  // namespace upkeep::serve
