#include "graph/onnx_pieces.hpp"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>

#include "graph/ops.hpp"

namespace upkeep::proto {
namespace {

// A large weight, a small one, one of text, and an optimiser's; what a newer ONNX may have said about the graph.
Model model_with_all_sizes() {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {"N", 1024});
  const Value y =
      ops.mul(ops.add(x, ops.initializer("large", Tensor::full({1024}, 0.5F))), ops.initializer("small", Tensor::full({1}, 2.0F)));
  ops.output(y, "y");
  model.graph.initializers.emplace_back("words", Tensor({600}, std::vector<std::string>(600, "word")));
  model.graph.metadata = {{"key", "value"}};
  model.training_tensors = {{"m/large", Tensor::full({1024}, 3.0F)}, {"step", Tensor::scalar(std::int64_t{7})}};
  return model;
}

TEST(OnnxPieces, AreTheMessage) {
  const Model model = model_with_all_sizes();
  const Pieces pieces = pieces_of(model);
  onnx::ModelProto message;
  ASSERT_TRUE(message.ParseFromString(joined(pieces)));
  std::string report;
  google::protobuf::util::MessageDifferencer differencer;
  differencer.ReportDifferencesToString(&report);
  EXPECT_TRUE(differencer.Compare(message, to_message(model))) << report;
  EXPECT_EQ(joined(pieces).size(), pieces.size);
}

TEST(OnnxPieces, CopyNoLargeWeight) {
  const Model model = model_with_all_sizes();
  const Pieces pieces = pieces_of(model);
  for (const Tensor* tensor : {model.graph.initializer("large"), &model.training_tensors[0].second})
    EXPECT_EQ(std::ranges::count(pieces.views, static_cast<const void*>(tensor->bytes().data()),
                                 [](std::string_view view) { return static_cast<const void*>(view.data()); }),
              1);
}

}  // namespace
}  // namespace upkeep::proto
