#include "serve/engine/served_version.hpp"

#include <latch>

#include "serve/fixture.hpp"

namespace upkeep::serve {
namespace {

std::unique_ptr<ServedVersion> load(const Model& model) {
  static Telemetry telemetry;
  return std::make_unique<ServedVersion>(ModelVersion{.model = "m", .version = 3}, model, ServedVersion::Loaded{warm_session(model, 1), 1},
                                         nullptr, VersionOptions{}, telemetry.version("m", 3));
}

TEST(ServedVersion, KnowsItsNameVersionAndFeatures) {
  const auto version = load(shift_model(1, {"age", "size"}));
  EXPECT_EQ(version->name(), "m");
  EXPECT_EQ(version->version_text(), "3");
  ASSERT_EQ(version->signature()->inputs.at(0).features.size(), 2U);
  EXPECT_EQ(version->signature()->inputs[0].features[1].column, "size");
}

TEST(ServedVersion, IgnoresFeaturesThatAreNotAList) {
  Model model = shift_model(1);
  set(model.metadata, "upkeep.features", "{\"not\": \"a list\"}");
  EXPECT_TRUE(load(model)->signature()->inputs.at(0).features.empty());
}

TEST(ServedVersion, WarmsUpEveryTypeOfInput) {
  for (const DType dtype : {DType::kFloat32, DType::kFloat16, DType::kInt64, DType::kBool, DType::kString})
    EXPECT_NO_THROW(load(identity_model(dtype)));
}

// Reshaping [batch, 2] to [3] cannot work for any batch; with an open second dimension it might.
Model reshaping(Dims dims) {
  Model model;
  Ops ops(model);
  ops.output(ops.reshape(ops.input("x", DType::kFloat32, std::move(dims)), std::vector<std::int64_t>{3}), "y");
  return model;
}

TEST(ServedVersion, RefusesAModelThatCannotRunThoughItsShapesAreKnown) { EXPECT_THROW(load(reshaping({"batch", 2})), Error); }

TEST(ServedVersion, TakesAModelWhoseOpenDimensionsMayNotBeOne) { EXPECT_NO_THROW(load(reshaping({"batch", "width"}))); }

// Submits requests while the only thread is busy, so that they meet in one run.
std::vector<JobResult> together(const ServedVersion& version, std::vector<Tensors> requests) {
  std::latch begun(1), go(1), done(static_cast<std::ptrdiff_t>(requests.size()) + 1);
  Job first{.inputs = requests.front(), .wanted = {"y"}, .done = [&](const JobResult&) {
              begun.count_down();
              go.wait();
              done.count_down();
            }};
  EXPECT_TRUE(version.submit(first));
  begun.wait();
  std::vector<JobResult> results(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    Job job{.inputs = requests[i], .rows = rows_of(requests[i]), .done = [&, i](JobResult result) {
              results[i] = std::move(result);
              done.count_down();
            }};
    EXPECT_TRUE(version.submit(job));
  }
  go.count_down();
  done.wait();
  return results;
}

Tensors row(std::vector<float> values) {
  const std::int64_t rows = std::ssize(values) / 2;
  return {{"x", Tensor({rows, 2}, std::move(values))}};
}

TEST(ServedVersion, AnswersSeveralRequestsInOneRun) {
  const auto version = load(shift_model(10));
  const std::vector<JobResult> results = together(*version, {row({1, 2}), row({3, 4, 5, 6}), row({7, 8})});
  EXPECT_THAT(results[0].outputs->at("y").floats(), testing::ElementsAre(11, 12));
  EXPECT_THAT(results[1].outputs->at("y").floats(), testing::ElementsAre(13, 14, 15, 16));
  EXPECT_THAT(results[2].outputs->at("y").floats(), testing::ElementsAre(17, 18));
  for (const JobResult& result : results) EXPECT_EQ(result.batch_rows, 4);
  EXPECT_EQ(version->batch_counts().at(4).runs, 1U);
}

// y = x - mean of the whole batch: a row's answer depends on its company.
Model centred() {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {"batch", 2});
  ops.output(ops.sub(x, ops.node("ReduceMean", {x}, {{"keepdims", std::int64_t{1}}})), "y");
  return model;
}

TEST(ServedVersion, DoesNotMergeWhereThatWouldChangeAnswers) {
  const auto version = load(centred());
  EXPECT_TRUE(version->batching().open_axis);
  EXPECT_FALSE(version->batching().merges);
  EXPECT_THAT(version->batching().why_not, testing::HasSubstr("works along the rows"));
  const std::vector<JobResult> results = together(*version, {row({1, 3}), row({10, 20})});
  EXPECT_THAT(results[0].outputs->at("y").floats(), testing::ElementsAre(-1, 1));
  EXPECT_THAT(results[1].outputs->at("y").floats(), testing::ElementsAre(-5, 5));
}

}  // namespace
}  // namespace upkeep::serve
