#include "maintain/monitor/traffic.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "maintain/monitor/log_testing.hpp"

namespace upkeep {
namespace {

using testing::ElementsAre;
using testing::Pair;
using testing_logs::kSecond;

Traffic of(const std::vector<testing_logs::Row>& rows) { return measure_traffic(join_labels(testing_logs::predictions(rows), {})); }

TEST(Traffic, CountsABatchAsOneRequest) {
  const Traffic traffic = of({{.request = "a", .row = 0}, {.request = "a", .row = 1}, {.request = "b", .row = 0, .time_us = 5}});
  EXPECT_EQ(traffic.all.requests, 2);
  EXPECT_EQ(traffic.all.rows, 3);
}

TEST(Traffic, CountsARetryUnderTheSameIdAgain) {
  EXPECT_EQ(of({{.request = "a", .time_us = 1}, {.request = "a", .time_us = 2}}).all.requests, 2);
}

TEST(Traffic, TakesLatenciesPerAnsweredRequestByNearestRank) {
  std::vector<testing_logs::Row> rows;
  for (int i = 1; i <= 100; ++i) rows.push_back({.request = std::to_string(i), .time_us = i, .latency_us = 10 * i});
  rows.push_back({.request = "failed", .time_us = 101, .latency_us = 99'999, .error = "no such model"});
  rows.push_back({.request = "100", .row = 1, .time_us = 100, .latency_us = 1000});  // a second row of a request weighs nothing
  const Traffic traffic = of(rows);
  EXPECT_EQ(traffic.all.latency.p50_us, 500);
  EXPECT_EQ(traffic.all.latency.p95_us, 950);
  EXPECT_EQ(traffic.all.latency.p99_us, 990);
}

TEST(Traffic, ListsErrorsByFrequency) {
  const Traffic traffic =
      of({{.request = "a", .error = "rare"}, {.request = "b", .error = "often"}, {.request = "c", .error = "often"}, {.request = "d"}});
  EXPECT_EQ(traffic.all.failed, 3);
  EXPECT_THAT(traffic.errors, ElementsAre(Pair("often", 2), Pair("rare", 1)));
}

TEST(Traffic, SeparatesVersions) {
  const Traffic traffic = of({{.request = "a", .version = 2}, {.request = "b", .version = 1}, {.request = "c", .version = 2}});
  ASSERT_EQ(traffic.versions.size(), 2U);
  EXPECT_EQ(traffic.versions[0].first, 1);
  EXPECT_EQ(traffic.versions[1].second.requests, 2);
}

TEST(Traffic, ShowsPausesAsEmptyBuckets) {
  const Traffic traffic = of({{.request = "a", .time_us = 0}, {.request = "b", .time_us = 50 * kSecond}});
  EXPECT_EQ(traffic.bucket.count(), 1);
  ASSERT_EQ(traffic.buckets.size(), 51U);
  EXPECT_EQ(traffic.buckets[25].second.requests, 0);
  EXPECT_TRUE(std::isnan(traffic.buckets[25].second.latency.p50_us));
  EXPECT_EQ(traffic.buckets[50].second.requests, 1);
}

TEST(Traffic, OfAnEmptyLogIsZeroAndNull) {
  const Json json = to_json(measure_traffic({}));
  EXPECT_EQ(json["requests"], 0);
  EXPECT_TRUE(json["latency_us"]["p99"].is_null());
  EXPECT_TRUE(json["first"].is_null());
}

}  // namespace
}  // namespace upkeep
