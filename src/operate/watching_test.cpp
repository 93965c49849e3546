#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.hpp"
#include "upkeep/error.hpp"
#include "upkeep/layers.hpp"
#include "upkeep/maintain.hpp"
#include "upkeep/sequential.hpp"

namespace upkeep::operate {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

// y = 2 a - b on a grid, published as "line".
class OperateTest : public testing::Test {
 protected:
  OperateTest() {
    api::Sequential model({api::Input({.shape = {2}}), api::Dense({.units = 1})}, 1);
    std::string csv = "a,b,y\n";
    for (int i = 0; i < 80; ++i)
      csv += std::to_string(i % 8) + "," + std::to_string(i / 8 % 5) + "," + std::to_string(2 * (i % 8) - i / 8 % 5) + "\n";
    write_file(folder / "line.csv", csv);
    model.set_weights({{"dense/kernel", Tensor({2, 1}, std::vector<float>{2, -1})}, {"dense/bias", Tensor({1}, std::vector<float>{0})}});
    model.save(folder / "line.onnx");
    publish({.registry = folder / "reg",
             .name = "line",
             .model_file = folder / "line.onnx",
             .reference = folder / "line.csv",
             .targets = {"y"},
             .alias = "production"});
  }
  void log(float shift) {
    const auto signature = std::make_shared<const Signature>(published_signature(folder / "reg", "line", 1));
    PredictionLog log({.folder = folder / "reg/log"});
    std::vector<Label> labels;
    for (int i = 0; i < 80; ++i) {
      const float a = static_cast<float>(i % 8) + shift, b = static_cast<float>(i / 8 % 5);
      log.offer({.request_id = std::to_string(i),
                 .time = std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()),
                 .model = "line",
                 .version = 1,
                 .latency_us = 100,
                 .inputs = {{signature->inputs.front().name, Tensor({1, 2}, std::vector<float>{a, b})}},
                 .outputs = {{signature->outputs.front().name, Tensor({1, 1}, std::vector<float>{2 * a - b})}},
                 .signature = signature});
      labels.push_back(
          {.request_id = std::to_string(i), .row = {}, .value = static_cast<double>(2 * a - b) + 0.5, .time = {}, .source = {}});
    }
    log.flush();
    append_labels(folder / "reg/log", "line", labels);
  }

  TemporaryFolder folder;
};

TEST_F(OperateTest, OpensWhatIsPublished) {
  const Tensor x({1, 2}, std::vector<float>{3, 1});
  EXPECT_THAT(published_model(folder / "reg", "line@production").predict(x).floats(), testing::ElementsAre(5));
  EXPECT_THAT(published_model(folder / "reg", "line:1").predict(x).floats(), testing::ElementsAre(5));
  EXPECT_THROW(published_model(folder / "reg", "line:7"), Error);
  EXPECT_THROW(published_model(folder / "reg", "lime@production"), Error);
}

TEST_F(OperateTest, AReportIsAValue) {
  log(0);
  const Report report = monitor({.model = "line", .registry = folder / "reg", .per = "day", .metrics = {"mae"}});
  EXPECT_EQ(report.rows, 80);
  EXPECT_EQ(report.traffic.requests, 80);
  EXPECT_EQ(report.traffic.latency.p95_us, 100);
  ASSERT_THAT(report.features, SizeIs(2));
  EXPECT_EQ(report.features[0].name, "a");
  EXPECT_EQ(report.features[0].verdict, Verdict::kOk);
  ASSERT_THAT(report.quality, SizeIs(1));
  EXPECT_NEAR(report.quality[0].metrics.at(0).value, 0.5, 1e-6);
  EXPECT_NEAR(report.quality[0].reference.at(0).value, 0, 1e-6);
  EXPECT_EQ(report.timeline.back().rows + (report.timeline.size() > 1 ? report.timeline.front().rows : 0), 80);
  EXPECT_THAT(report.json, HasSubstr("\"health\""));
  EXPECT_THAT(report.page, HasSubstr("<html"));
}

TEST_F(OperateTest, AShiftIsAnAlarm) {
  log(6);
  const Report report = monitor({.model = "line@production", .registry = folder / "reg"});
  EXPECT_EQ(report.health, Health::kAlarm);
  EXPECT_EQ(report.features[0].verdict, Verdict::kAlarm);
  EXPECT_EQ(report.features[1].verdict, Verdict::kOk);
  EXPECT_EQ(report.version, 1);
}

TEST_F(OperateTest, APassIsAValue) {
  log(0);
  const MaintainOptions options{.registry = folder / "reg",
                                .model = "line",
                                .triggers = {"quality:metric=mae,bound=0.1"},
                                .actions = {"retrain:epochs=1"},
                                .gates = {"better:metric=mae"},
                                .min_new_rows = 1000};
  const Pass pass = maintain(options);
  EXPECT_EQ(pass.outcome, Outcome::kDeferred) << pass.reason;
  EXPECT_EQ(pass.version, 1);
  EXPECT_EQ(pass.steps.at(0).name, "quality");
  EXPECT_TRUE(pass.steps.at(0).yes);
  EXPECT_THAT(pass.events, SizeIs(2));
  EXPECT_EQ(pass.report.rows, 80);
}

TEST_F(OperateTest, WhatIsWrongIsSaid) {
  const auto reason = [](auto&& call) -> std::string {
    try {
      call();
    } catch (const Error& error) {
      return error.what();
    }
    return "nothing";
  };
  EXPECT_THAT(reason([&] { monitor({.model = "line", .registry = folder / "none"}); }), HasSubstr("no registry"));
  EXPECT_THAT(reason([&] { monitor({.model = "line", .registry = folder / "reg"}); }), HasSubstr("no predictions"));
  EXPECT_THAT(reason([&] {
                maintain(MaintainOptions{
                    .registry = folder / "reg", .model = "line", .triggers = {"qualty"}, .actions = {"retrain"}, .gates = {"better"}});
              }),
              HasSubstr("quality"));
  EXPECT_THAT(reason([&] { publish({.registry = folder / "new", .name = "m", .model_file = folder / "nothing.onnx"}); }),
              HasSubstr("nothing.onnx"));
  EXPECT_FALSE(std::filesystem::exists(folder / "new"));
}

}  // namespace
}  // namespace upkeep::operate
