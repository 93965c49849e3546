#include "maintain/notify.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serve/http/listen_http_testing.hpp"

namespace upkeep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// echo -n '{"outcome":"failed"}' | openssl dgst -sha256 -hmac secret
constexpr const char* kSignature = "sha256=997d8a7d2d00169f7cdf995db57e346351ba826a612871310ea1f440e982f051";

TEST(Notify, PostsASignedDocument) {
  std::string body, signature, type;
  const serve::Listener server = serve::listen_http([&](const serve::HttpRequest& request, serve::Responder respond) {
    body = request.body;
    signature = request.header("X-Upkeep-Signature");
    type = request.header("Content-Type");
    respond({.body = "{}"});
  });
  notify({{"outcome", "failed"}}, {.url = "http://127.0.0.1:" + std::to_string(server.port()) + "/hook?x=1", .secret = "secret"});
  EXPECT_EQ(body, R"({"outcome":"failed"})");
  EXPECT_EQ(signature, kSignature);
  EXPECT_EQ(type, "application/json");
}

TEST(Notify, TriesAgainWithLongerPauses) {
  std::vector<int> statuses = {503, 429, 200};
  std::vector<double> pauses;
  NotifyOptions options{.url = "hook", .wait = [&](double pause) { pauses.push_back(pause); }};
  options.post = [&](const std::string&, const std::string&) {
    const int status = statuses.front();
    statuses.erase(statuses.begin());
    return status;
  };
  notify(Json::object(), options);
  EXPECT_TRUE(statuses.empty());
  EXPECT_THAT(pauses, ElementsAre(1, 2));
}

TEST(Notify, SaysWhoTookNothing) {
  int calls = 0;
  NotifyOptions options{.url = "http://127.0.0.1:1/", .wait = [](double) {}};
  try {
    notify(Json::object(), options);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("http://127.0.0.1:1/ took no notification"));
  }
  options.post = [&](const std::string&, const std::string&) { return ++calls, 404; };
  EXPECT_THROW(notify(Json::object(), options), Error);
  EXPECT_EQ(calls, 1);  // an address that is wrong stays wrong
  options.post = nullptr;
  options.url = "ftp://nobody";
  EXPECT_THROW(notify(Json::object(), options), Error);
}

TEST(News, IsWhatChangesAndNotItsNumbers) {
  MaintainResult quiet{.outcome = Outcome::kQuiet};
  EXPECT_EQ(news(quiet), "");
  MaintainResult alarm{.outcome = Outcome::kDeferred};
  alarm.report.alarms = {"missing-share: b: 100 % of 200 values"};
  MaintainResult later = alarm;
  later.report.alarms = {"missing-share: b: 100 % of 201 values"};
  EXPECT_EQ(news(alarm), news(later));
  later.report.alarms.push_back("features drifted: a");
  EXPECT_NE(news(alarm), news(later));
}

}  // namespace
}  // namespace upkeep
