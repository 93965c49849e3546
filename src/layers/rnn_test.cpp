#include "layers/convolution_testing.hpp"
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

TEST(Rnn, SaysWhatItNeeds) {
  EXPECT_THAT(message_of([] { apply("rnn", kSteps); }), testing::HasSubstr("an rnn needs cells"));
  EXPECT_THAT(message_of([] {
                apply("{rnn: {cell: {class_name: StackedRNNCells, config: {cells: [{class_name: MyCell, config: {units: 3}}]}}}}", kSteps);
              }),
              testing::HasSubstr("MyCell"));
  EXPECT_THAT(message_of([] { apply(stacked(", stateful: true"), kSteps); }), testing::HasSubstr("rnn.stateful"));
}

}  // namespace
}  // namespace upkeep::layers
