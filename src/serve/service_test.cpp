#include "serve/service.hpp"

#include "serve/fixture.hpp"
#include "serve/protocol/content_encoding.hpp"

namespace upkeep::serve {
namespace {

using testing::HasSubstr;

using ServiceTest = ServeTest;

std::string header(const HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers)
    if (key == name) return value;
  return {};
}

TEST_F(ServiceTest, WhatIsNowhereIs404) {
  for (const std::string_view path :
       {"/v1", "/v2/nothing", "/v2/models", "/v2//m/infer", "/v2/models//infer", "/v2/models/a/b/c", "*", "/v2/../metrics"}) {
    EXPECT_THAT(json(404, "GET", path)["error"].get<std::string>(), HasSubstr("there is nothing at")) << path;
  }
}

TEST_F(ServiceTest, TheWrongVerbIs405AndNamesTheRightOne) {
  const HttpResponse response = ask("POST", "/v2/health/live");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(header(response, "Allow"), "GET, HEAD, OPTIONS");
  EXPECT_THAT(response.body, HasSubstr("POST is not for /v2/health/live"));
  EXPECT_EQ(header(ask("GET", "/v2/models/m/infer"), "Allow"), "POST, OPTIONS");
  EXPECT_EQ(ask("BREW", "/v2").status, 405);
}

TEST_F(ServiceTest, OptionsNamesTheVerbsAndHeadIsGet) {
  const HttpResponse response = ask("OPTIONS", "/v2/models/m/infer");
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(header(response, "Allow"), "POST, OPTIONS");
  EXPECT_EQ(ask("HEAD", "/v2").status, 200);
  EXPECT_EQ(ask("HEAD", "/v2/models/m/infer").status, 405);
}

TEST_F(ServiceTest, ASlashAtTheEndDoesNotMatter) { EXPECT_EQ(ask("GET", "/v2/health/live/").status, 200); }

TEST_F(ServiceTest, ALiteralPathComesBeforeAVariable) { EXPECT_TRUE(json(200, "GET", "/v2/models/stats").contains("model_stats")); }

TEST_F(ServiceTest, TakesCompressedBodiesWithinTheLimit) {
  put("m", shift_model(1));
  const std::string body = R"({"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]})";
  for (const std::string_view encoding : {"gzip", "deflate"}) {
    const HttpResponse response = ask("POST", "/v2/models/m/infer", compress(body, encoding), {{"Content-Encoding", encoding}});
    EXPECT_EQ(response.status, 200) << response.body;
  }
  EXPECT_EQ(ask("POST", "/v2/models/m/infer", compress(std::string(kMaxBody + 1, ' '), "gzip"), {{"Content-Encoding", "gzip"}}).status,
            413);
  EXPECT_EQ(ask("POST", "/v2/models/m/infer", body, {{"Content-Encoding", "gzip"}}).status, 400);
  const HttpResponse unknown = ask("POST", "/v2/models/m/infer", body, {{"content-encoding", "br"}});
  EXPECT_EQ(unknown.status, 415);
  EXPECT_EQ(header(unknown, "Accept-Encoding"), "gzip, deflate");
}

TEST_F(ServiceTest, CompressesLargeAnswersForThoseWhoAsk) {
  put("m", shift_model(1));
  const HttpResponse plain = ask("GET", "/metrics"), packed = ask("GET", "/metrics", {}, {{"accept-encoding", "gzip, deflate"}});
  EXPECT_EQ(header(packed, "Content-Encoding"), "gzip");
  EXPECT_LT(packed.body.size(), plain.body.size());
  EXPECT_THAT(decompress(packed.body, "gzip", kMaxBody).value(), HasSubstr("upkeep_build_info"));
  EXPECT_EQ(header(ask("GET", "/v2/health/live", {}, {{"Accept-Encoding", "gzip"}}), "Content-Encoding"), "");
}

TEST_F(ServiceTest, PagesOfOtherSitesMayNotUseTheServer) {
  put("m", shift_model(1));
  const auto unload = [&](std::string_view origin, std::string_view host) {
    const int status = ask("POST", "/v2/repository/models/m/unload", "{}", {{"Origin", origin}, {"Host", host}}).status;
    ask("POST", "/v2/repository/models/m/load");
    return status;
  };
  EXPECT_EQ(unload("http://evil.example", "localhost:8080"), 403);
  EXPECT_EQ(unload("null", "localhost:8080"), 403);
  EXPECT_EQ(unload("http://evil.example:8080", "evil.example:8080"), 403);  // whose name was made to mean this machine
  EXPECT_EQ(unload("http://localhost:8080", "localhost:8080"), 200);
  EXPECT_EQ(unload("http://127.0.0.1:8080", "127.0.0.1:8080"), 200);
  EXPECT_EQ(ask("GET", "/v2/health/live", {}, {{"Origin", "http://evil.example"}, {"Host", "localhost"}}).status, 200);
  EXPECT_EQ(ask("GET", "/v2/status", {}, {{"Origin", "https://models.example"}, {"Host", "models.example"}}).status, 200);
}

TEST_F(ServiceTest, CountsRequestsByEndpointAndStatus) {
  ask("GET", "/v2/health/live");
  ask("POST", "/v2/models/nobody/infer");
  ask("GET", "/nowhere");
  const std::string text = ask("GET", "/metrics").body;
  EXPECT_THAT(text, HasSubstr(R"(upkeep_http_requests_total{code="200",endpoint="health-live"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(upkeep_http_requests_total{code="404",endpoint="infer"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(upkeep_http_requests_total{code="404",endpoint="none"} 1)"));
  EXPECT_THAT(text, HasSubstr("upkeep_requests_in_flight 1"));  // the one that asks
}

}  // namespace
}  // namespace upkeep::serve
