#include "optimize/quantize/quantize_testing.hpp"

namespace upkeep::quantization {

TEST(Finish, MakesIntegersThatAnswerAsTheTrainedModelDid) {
  Model model = residual_net();
  const QuantizeContext context = rows_for(model);
  quantize(model, {"static", {{"trainable", true}}}, context);
  const auto floats = [&] {
    return std::ranges::count_if(model.graph.initializers,
                                 [](const auto& one) { return one.second.dtype() == DType::kFloat32 && one.second.rank() >= 2; });
  };
  EXPECT_EQ(floats(), 4);
  const Change change = quantize(model, {"finish", Json::object()}, context);
  EXPECT_EQ(floats(), 0);
  EXPECT_EQ(change.facts["integer_operators"],
            Json({{"QGemm", 1}, {"QLinearAdd", 1}, {"QLinearConv", 3}, {"QLinearGlobalAveragePool", 1}}));
  EXPECT_GT(change.facts["sqnr"].begin()->get<double>(), 30);
}

TEST(Finish, RefusesAModelWithoutTrainedLayers) {
  Model model = three_layers();
  EXPECT_THAT(message_of([&] { quantize(model, {"finish", Json::object()}, {}); }), testing::HasSubstr("finish"));
}

}  // namespace upkeep::quantization
