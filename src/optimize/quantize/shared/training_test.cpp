#include "optimize/quantize/shared/training.hpp"

#include "graph/notes.hpp"
#include "optimize/quantize/quantize_testing.hpp"

namespace upkeep::quantization {

namespace {

Model quantized_net(Json settings) {
  Model model = residual_net();
  quantize(model, {"static", std::move(settings)}, rows_for(model));
  return model;
}

std::map<std::string, Tensor> integers_of(const Model& model) {
  std::map<std::string, Tensor> all;
  for (const Node& node : model.graph.nodes)
    if (node.op == "Conv" || node.op == "Gemm")
      for (const Node& from : model.graph.nodes)
        if (from.outputs[0] == node.inputs[1]) all.emplace(node.name, *model.graph.initializer(from.inputs[0]));
  return all;
}

std::int64_t largest_of(const Tensor& integers) {
  std::int64_t most = 0;
  for (const std::int8_t value : integers.data<std::int8_t>()) most = std::max<std::int64_t>(most, std::abs(value));
  return most;
}

Dataset rows_of(const Model& model) {
  Dataset data;
  data.inputs = rows_for(model, 128).rows;
  data.targets = {normal_rows({128, 4}, 9)};
  return data;
}

}  // namespace

TEST(TrainingOfIntegers, OpensAndClosesToTheSameIntegers) {
  for (const Json& settings : {Json::object(), Json{{"weight_bits", 4}}, Json{{"per_channel", false}}}) {
    const Model model = quantized_net(settings);
    const auto before = integers_of(model), after = integers_of(closed(*opened(model)));
    ASSERT_EQ(before.size(), 4U);
    for (const auto& [name, integers] : before) EXPECT_TRUE(integers == after.at(name)) << name;
    const Tensors rows = rows_for(model, 8).rows;
    const Tensors one = Session(model).run(rows), other = Session(closed(*opened(model))).run(rows);
    EXPECT_TRUE(one.begin()->second == other.begin()->second);
  }
}

TEST(TrainingOfIntegers, KeepsWeightsInsideTheirBitsWhileTheyTrain) {
  const Model model = quantized_net({{"weight_bits", 3}});
  Trainer trainer(*opened(model), {.optimizer = {"sgd", {{"learning_rate", 0.5}}}, .loss = {"mse", Json::object()}});
  trainer.fit(rows_of(model), {.epochs = 4, .batch_size = 32, .seed = 1});
  const Model trained = trainer.model();
  const Model integers = closed(trained);
  std::size_t changed = 0;
  const auto before = integers_of(model);
  for (const auto& [name, values] : integers_of(integers)) {
    EXPECT_LE(largest_of(values), 4) << name;
    changed += values == before.at(name) ? 0 : 1;
  }
  EXPECT_GT(changed, 0U);
  const Tensors rows = rows_for(model, 32).rows;
  EXPECT_GT(least_of(sqnr_of(Session(trained).run(rows), Session(integers).run(rows))), 30);
}

TEST(TrainingOfIntegers, LeavesFloatsAlone) {
  EXPECT_FALSE(opened(residual_net()));
  EXPECT_FALSE(has_integers(residual_net().graph));
  EXPECT_TRUE(has_integers(quantized_net(Json::object()).graph));
}

}  // namespace upkeep::quantization
