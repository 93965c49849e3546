#include "layers/shared/convolution_testing.hpp"
#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

std::string stacked(const std::string& settings) {
  return R"({rnn: {name: r, cell: {class_name: StackedRNNCells, config: {cells: [
             {class_name: LSTMCell, config: {name: a, units: 3}}, {class_name: GRUCell, config: {name: b, units: 2}}]}})" +
         settings + "}}";
}

const Tensor kSteps = numbers({2, 4, 3}, 1);

// Weights of the cells, and the same ones of two layers.
Weights of_cells(const std::string& first, const std::string& second) {
  return {
      {first + "kernel", numbers({3, 12}, 2)}, {first + "recurrent_kernel", numbers({3, 12}, 3)}, {first + "bias", numbers({12}, 4)},
      {second + "kernel", numbers({3, 6}, 5)}, {second + "recurrent_kernel", numbers({2, 6}, 6)}, {second + "bias", numbers({2, 6}, 7)}};
}

std::vector<float> of_layers(const std::string& settings, const Tensor& x) {
  return values(
      apply("{lstm: {units: 3, return_sequences: true, name: a}}, {gru: {units: 2, name: b" + settings + "}}", x, of_cells("a/", "b/")));
}

TEST(Rnn, OfSeveralCellsIsAChainOfLayers) {
  EXPECT_THAT(values(apply(stacked(""), kSteps, of_cells("r/cell_0/", "r/cell_1/"))), Near(of_layers("", kSteps)));
  EXPECT_THAT(values(apply(stacked(", return_sequences: true"), kSteps, of_cells("r/cell_0/", "r/cell_1/"))),
              Near(of_layers(", return_sequences: true", kSteps)));
}

TEST(Rnn, ReadsFromTheEnd) {
  std::vector<float> turned;
  for (std::size_t row = 0; row < 2; ++row)
    for (std::size_t step = 4; step-- > 0;)
      for (std::size_t i = 0; i < 3; ++i) turned.push_back(kSteps.floats()[(row * 4 + step) * 3 + i]);
  EXPECT_THAT(values(apply(stacked(", return_sequences: true, go_backwards: true"), kSteps, of_cells("r/cell_0/", "r/cell_1/"))),
              Near(of_layers(", return_sequences: true", Tensor({2, 4, 3}, turned))));
}

TEST(Rnn, GivesTheStatesOfItsCells) {
  Architecture net = architecture_from_yaml("layers: [{input: {shape: [4, 3], name: x}}, " + stacked(", return_state: true") + "]");
  net.outputs = {"r", "r:1", "r:2", "r:3"};
  const Tensors y = Session(build_model(net, of_cells("r/cell_0/", "r/cell_1/")), {.threads = 1}).run({{"x", kSteps}});
  Architecture apart = architecture_from_yaml(
      "layers: [{input: {shape: [4, 3], name: x}}, {lstm: {units: 3, return_sequences: true, return_state: true, name: a}}, {gru: {units: "
      "2, name: b}}]");
  apart.outputs = {"a:1", "a:2", "b"};
  const Tensors expected = Session(build_model(apart, of_cells("a/", "b/")), {.threads = 1}).run({{"x", kSteps}});
  EXPECT_THAT(values(y.at("r:1")), Near(values(expected.at("a:1"))));
  EXPECT_THAT(values(y.at("r:2")), Near(values(expected.at("a:2"))));
  EXPECT_THAT(values(y.at("r:3")), Near(values(expected.at("b"))));
  EXPECT_THAT(values(y.at("r")), Near(values(expected.at("b"))));
}

TEST(Rnn, SaysWhatItNeeds) {
  EXPECT_THAT(message_of([] { apply("rnn", kSteps); }), testing::HasSubstr("an rnn needs cells"));
  EXPECT_THAT(message_of([] {
                apply("{rnn: {cell: {class_name: StackedRNNCells, config: {cells: [{class_name: MyCell, config: {units: 3}}]}}}}", kSteps);
              }),
              testing::HasSubstr("MyCell"));
}

}  // namespace
}  // namespace upkeep::layers
