#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_testing.hpp"
#include "graph/onnx.hpp"
#include "graph/opset.hpp"

namespace upkeep {
namespace {

using testing::HasSubstr;

Model plain_graph() {
  return model_from_text("<ir_version: 8, opset_import: [\"\" : 13]> g (float[2] x) => (float[2] y) { y = Relu (x) }");
}

std::string refusal(Model model, std::int64_t version) {
  const std::string before = model_to_bytes(model);
  std::string message = message_of([&] { set_ir_version(model, version); });
  EXPECT_EQ(model_to_bytes(model), before);
  return message;
}

}  // namespace

TEST(SetIrVersion, GoesUpAndDown) {
  Model model = plain_graph();
  for (const std::int64_t version : {4, 10, 7}) {
    set_ir_version(model, version);
    EXPECT_EQ(model.ir_version, version);
  }
  EXPECT_THAT(refusal(model, 3), HasSubstr("4 to 10"));
  EXPECT_THAT(refusal(model, 99), HasSubstr("4 to 10"));
}

TEST(SetIrVersion, NamesWhatTheOlderOneHasNoFieldFor) {
  Model model = plain_graph();
  model.training_tensors.emplace_back("momentum/w", Tensor::scalar(1.0f));
  EXPECT_THAT(refusal(model, 6), HasSubstr("training tensors"));
  model = plain_graph();
  model.graph.nodes[0].metadata = {{"a", "b"}};
  EXPECT_THAT(refusal(model, 9), HasSubstr("metadata at node"));
  model = plain_graph();
  model.graph.initializers.emplace_back("w", Tensor::from_bytes(DType::kInt4, {2}, std::vector<std::byte>(1)));
  EXPECT_THAT(refusal(model, 9), testing::AllOf(HasSubstr("\"w\""), HasSubstr("int4")));
  EXPECT_THAT(
      refusal(model_from_text(R"(<ir_version: 8, opset_import: ["" : 13, "own" : 1]> g (float[2] x) => (float[2] y) { y = own.f (x) }
                       <domain: "own", opset_import: ["" : 13]> f (a) => (b) { b = Relu (a) })"),
              7),
      HasSubstr("functions"));
}

}  // namespace upkeep
