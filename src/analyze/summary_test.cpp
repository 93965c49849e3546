#include "analyze/summary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_testing.hpp"
#include "graph/onnx.hpp"
#include "layers/view/architecture.hpp"

namespace upkeep {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

Model summary_model(std::string_view yaml) {
  const Architecture net = architecture_from_yaml(yaml);
  return build_model(net, initial_weights(net, 1));
}

constexpr const char* kTwoHeads = R"(
  layers:
    - input: {shape: [5, 4], name: x}
    - lstm: {units: 3, name: steps}
    - dropout: {rate: 0.5, name: drop}
    - dense: {units: 2, name: unused, inputs: drop}
    - dense: {units: 1, name: out, inputs: drop}
  outputs: [out]
)";

const SummaryRow& row_of(const Summary& summary, std::string_view name) {
  return *std::ranges::find(summary.list, name, &SummaryRow::name);
}

}  // namespace

TEST(Summary, HasARowForEachLayer) {
  const Summary summary = summarise(summary_model(kTwoHeads), {.rows = 2});
  EXPECT_EQ(summary.by, "layers");
  ASSERT_EQ(summary.list.size(), 5U);
  const SummaryRow& steps = row_of(summary, "steps");
  EXPECT_EQ(steps.parameters, 4 * 3 * (4 + 3 + 1));
  EXPECT_EQ(steps.flops.multiply_adds, 2 * 5 * 4 * 3 * (4 + 3));
  EXPECT_EQ(steps.weight_bytes, 4 * steps.parameters);
  EXPECT_EQ(steps.output_bytes, 2 * 3 * 4);
  EXPECT_EQ(row_of(summary, "drop").output_bytes, 0);  // what it hands on is counted above
  EXPECT_FALSE(row_of(summary, "out").reads_above);
  EXPECT_TRUE(row_of(summary, "drop").reads_above);
  EXPECT_EQ(row_of(summary, "unused").parameters, 8);
  EXPECT_THAT(summary.uncounted, IsEmpty());
}

TEST(Summary, MeasuresLayersThatNobodyReadsToo) {
  const Summary summary = summarise(summary_model(kTwoHeads), {.timing = Timing::kMeasured, .threads = 1});
  EXPECT_TRUE(row_of(summary, "steps").time_us);
  EXPECT_FALSE(row_of(summary, "drop").time_us);
  EXPECT_GT(*summary.run_us, 0);
}

TEST(Summary, GoesByNodesWhereTheGraphHasNoLayers) {
  const Model model = model_from_text(R"(
    <ir_version: 10, opset_import: ["" : 21]>
    g (float[n, 3] x) => (float[n, 4] y) <float[3,4] w = {1,2,3,4,5,6,7,8,9,10,11,0}> {
      c = Cos(x) h = MatMul(c, w) s = Cos(h) y = Mul(s, h)
    })");
  const Summary summary = summarise(model);
  EXPECT_EQ(summary.by, "nodes");
  EXPECT_EQ(row_of(summary, "h").parameters, 12);
  EXPECT_EQ(row_of(summary, "h").zeros, 1);
  EXPECT_EQ(row_of(summary, "h").flops.total(), 24);
  EXPECT_EQ(row_of(summary, "h").output, "[n, 4]");
  EXPECT_THAT(row_of(summary, "y").inputs, ElementsAre("s", "h"));
  EXPECT_TRUE(row_of(summary, "s").reads_above);
  const Summary operators = summarise(model, {.by = "operators"});
  ASSERT_EQ(operators.list.size(), 3U);
  EXPECT_EQ(row_of(operators, "Cos").nodes, 2U);
  EXPECT_EQ(row_of(operators, "Cos").flops.total(), 3 + 4);
  EXPECT_THAT(message_of([&] { summarise(model, {.by = "layers"}); }), HasSubstr("no layer view"));
}

// A function of the model's own costs what its body costs; who knows what a stranger's operator does.
TEST(Summary, CountsBodiesOfFunctionsAndNamesWhatItCannotCount) {
  const Model model = model_from_text(R"(
    <ir_version: 10, opset_import: ["" : 21, "own" : 1, "strange" : 1]>
    g (float[n, 3] x) => (float[n, 3] y) { d = own.twice(x) y = strange.thing(d) }
    <domain: "own", opset_import: ["" : 21]>
    twice (a) => (c) { b = Add(a, a) c = Exp(b) })");
  const Summary summary = summarise(model, {.by = "nodes", .rows = 2});
  EXPECT_EQ(summary.flops.total(), 2 * 2 * 3);
  EXPECT_THAT(summary.uncounted, ElementsAre(std::pair<const std::string, int>{"strange.thing", 1}));
}

}  // namespace upkeep
