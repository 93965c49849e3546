#include <cmath>

#include "base/format.hpp"
#include "layers/shared/convolution_testing.hpp"
#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

// One pixel, one channel, one filter: an LSTM by hand. Gates i, f, c, o.
struct ByHand {
  double kernel[4];
  double recurrent[4];
  double bias[4];

  std::vector<float> outputs(const std::vector<float>& x) const {
    double h = 0, c = 0;
    std::vector<float> all;
    for (const float one : x) {
      double gate[4];
      for (int g = 0; g < 4; ++g) gate[g] = kernel[g] * static_cast<double>(one) + recurrent[g] * h + bias[g];
      c = logistic(gate[1]) * c + logistic(gate[0]) * std::tanh(gate[2]);
      h = logistic(gate[3]) * std::tanh(c);
      all.push_back(static_cast<float>(h));
    }
    return all;
  }
};

const ByHand kCell{{0.5, -0.3, 1.2, 0.7}, {0.2, 0.9, -0.4, 0.1}, {0.1, 1, -0.2, 0.3}};

Weights cell_weights(const Shape& window) {
  const auto floats = [](const double(&from)[4]) { return std::vector<float>(from, from + 4); };
  Shape kernel = window;
  kernel.insert(kernel.end(), {1, 4});
  return {{"l/kernel", Tensor(kernel, floats(kCell.kernel))},
          {"l/recurrent_kernel", Tensor(kernel, floats(kCell.recurrent))},
          {"l/bias", Tensor({4}, floats(kCell.bias))}};
}

TEST(ConvLstm, OfOnePixelIsAnLstm) {
  const std::vector<float> x = {1, -2, 0.5F};
  const std::vector<float> y = kCell.outputs(x);
  const std::string layer = "{conv_lstm2d: {filters: 1, kernel_size: 1, name: l";
  EXPECT_THAT(values(apply(layer + "}}", Tensor({1, 3, 1, 1, 1}, x), cell_weights({1, 1}))), Near({y[2]}));
  EXPECT_THAT(values(apply(layer + ", return_sequences: true}}", Tensor({1, 3, 1, 1, 1}, x), cell_weights({1, 1}))), Near(y));
  EXPECT_THAT(values(apply("{conv_lstm1d: {filters: 1, kernel_size: 1, name: l}}", Tensor({1, 3, 1, 1}, x), cell_weights({1}))),
              Near({y[2]}));
}

TEST(ConvLstm, ReadsFromTheEnd) {
  const std::vector<float> y = kCell.outputs({0.5F, -2, 1});
  EXPECT_THAT(values(apply("{conv_lstm2d: {filters: 1, kernel_size: 1, name: l, go_backwards: true, return_sequences: true}}",
                           Tensor({1, 3, 1, 1, 1}, std::vector<float>{1, -2, 0.5F}), cell_weights({1, 1}))),
              Near(y));
}

// Two steps over 4 x 3 pixels, stride 2 and padding same: the input is convolved with the stride, the state without.
TEST(ConvLstm, ConvolvesInputAndState) {
  const Tensor x = numbers({1, 2, 4, 3, 2}, 1);
  const Tensor kernel = numbers({3, 2, 2, 8}, 2);
  const Tensor recurrent = numbers({3, 2, 2, 8}, 3);
  std::vector<double> h(2 * 2 * 2), c(2 * 2 * 2);
  for (int step = 0; step < 2; ++step) {
    const auto begin = x.floats().begin() + step * 24;
    const std::vector<float> of_input =
        naive_convolution(Tensor({4, 3, 2}, std::vector<float>(begin, begin + 24)), kernel, {.stride = 2, .same = true});
    const std::vector<float> of_state =
        naive_convolution(Tensor({2, 2, 2}, std::vector<float>(h.begin(), h.end())), recurrent, {.same = true});
    for (std::size_t pixel = 0; pixel < 4; ++pixel)
      for (std::size_t filter = 0; filter < 2; ++filter) {
        const auto gate = [&](std::size_t g) {
          return static_cast<double>(of_input[pixel * 8 + g * 2 + filter]) + static_cast<double>(of_state[pixel * 8 + g * 2 + filter]);
        };
        const std::size_t at = pixel * 2 + filter;
        c[at] = logistic(gate(1)) * c[at] + logistic(gate(0)) * std::tanh(gate(2));
        h[at] = logistic(gate(3)) * std::tanh(c[at]);
      }
  }
  const Tensor y = apply("{conv_lstm2d: {filters: 2, kernel_size: [3, 2], strides: 2, padding: same, use_bias: false, name: l}}", x,
                         {{"l/kernel", kernel}, {"l/recurrent_kernel", recurrent}});
  EXPECT_THAT(values(y), Near(std::vector<float>(h.begin(), h.end()), 40));
}

TEST(ConvLstm, DropsInputsAndStateOfEachGateInTraining) {
  const Tensor x({1, 2, 1, 1, 1}, std::vector<float>{1, 2});
  const Tensor chances({1, 4, 1, 1, 1}, std::vector<float>{0.1F, 0.9F, 0.9F, 0.1F});  // below 0.5: dropped; else twice as large
  ByHand cell = kCell;
  for (double(&weights)[4] : {std::ref(cell.kernel), std::ref(cell.recurrent)})
    for (int gate = 0; gate < 4; ++gate) weights[gate] *= gate == 1 || gate == 2 ? 2 : 0;
  Tensors given = {{"l/dropout", chances}, {"l/recurrent_dropout", chances}};
  for (const auto& [name, weight] : cell_weights({1, 1})) given.emplace(name, weight);
  const Tensors y = apply_training("{conv_lstm2d: {filters: 1, kernel_size: 1, name: l, dropout: 0.5, recurrent_dropout: 0.5}}", x, given);
  EXPECT_THAT(values(y.at("y")), Near({cell.outputs({1, 2})[1]}));
}

// Reading four steps at once is reading two of them, and two more from the state that these leave.
TEST(ConvLstm, GoesOnFromAState) {
  for (const char* order : {"channels_last", "channels_first"}) {
    const std::string lstm =
        upkeep::format("{{conv_lstm1d: {{filters: 3, kernel_size: 2, padding: same, return_state: true, data_format: {}, ", order);
    const Architecture net = architecture_from_yaml(
        "layers: [{input: {shape: [2, 3, 3], name: x}}, {input: {shape: [2, 3, 3], name: rest}}, " + lstm + "name: a, inputs: x}}, " +
        lstm + "name: b, shares: a, inputs: [rest, 'a:1', 'a:2']}}, {concatenate: {axis: 1, inputs: [x, rest], name: all}}, " + lstm +
        "name: c, shares: a, inputs: all}}]\noutputs: [b, c, 'b:1', 'c:1', 'b:2', 'c:2']");
    const Model model = build_model(net, initial_weights(net, 3));
    verify(model);
    const Tensors y = Session(model, {.threads = 1}).run({{"x", numbers({2, 2, 3, 3}, 1)}, {"rest", numbers({2, 2, 3, 3}, 2)}});
    for (const char* value : {"", ":1", ":2"})
      EXPECT_THAT(values(y.at(std::string("b") + value)), Near(values(y.at(std::string("c") + value)))) << order << value;
    EXPECT_THAT(values(y.at("b:1")), Near(values(y.at("b"))));
  }
}

TEST(ConvLstm, SaysWhatItDoesNotDo) {
  const Tensor x({1, 2, 1, 1, 1}, std::vector<float>{1, 2});
  const auto refusal = [&](const std::string& setting) {
    return message_of([&] { apply("{conv_lstm2d: {filters: 1, kernel_size: 1, " + setting + "}}", x); });
  };
  EXPECT_THAT(refusal("activation: softmax"), testing::HasSubstr("softmax is not supported"));
  EXPECT_THAT(message_of([&] { apply("{conv_lstm2d: {filters: 1, kernel_size: 1}}", Tensor({1, 2, 1, 1}, std::vector<float>{1, 2})); }),
              testing::HasSubstr("5 axes"));
}

}  // namespace
}  // namespace upkeep::layers
