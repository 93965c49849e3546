#include "graph/stop_gradient.hpp"

#include <gtest/gtest.h>

#include "graph/onnx.hpp"
#include "graph/opset.hpp"

namespace upkeep {
namespace {

// y = stop_gradient(x) + Identity(x)
Model with_stop() {
  Model model;
  model.graph.name = "g";
  Ops ops(model, "a/");
  const Value x = ops.input("x", DType::kFloat32, {"n", 2});
  const Value stopped = stop_gradient(ops, x);
  ops.output(ops.add(stopped, ops.identity(x)), "y");
  return model;
}

std::vector<bool> stopping(const Model& model) {
  std::vector<bool> all;
  for (const Node& node : model.graph.nodes) all.push_back(stops_gradient(node));
  return all;
}

const std::vector<bool> kFirst = {true, false, false};

}  // namespace

TEST(StopGradient, IsNoOtherIdentity) { EXPECT_EQ(stopping(with_stop()), kFirst); }

TEST(StopGradient, StaysInFilesTextAndOtherOperatorSets) {
  EXPECT_EQ(stopping(model_from_bytes(model_to_bytes(with_stop()))), kFirst);
  EXPECT_EQ(stopping(model_from_text(model_to_text(with_stop()))), kFirst);
  for (const int opset : {13, 18}) {
    Model model = with_stop();
    set_opset(model, opset);
    EXPECT_EQ(stopping(model), kFirst) << opset;
  }
}

TEST(StopGradient, IsNoReasonAgainstAnOlderIrVersion) {
  Model model = with_stop();
  set_ir_version(model, 8);
  EXPECT_EQ(stopping(model), kFirst);
}

}  // namespace upkeep
