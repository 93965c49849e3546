#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

// Expected numbers are those of Keras 3.15.

TEST(Bidirectional, PutsBothEndsSideBySide) {
  const Tensor y = apply(
      "{bidirectional: {layer: {lstm: {units: 1}}}}",
      Tensor({2, 3, 2}, std::vector<float>{0.75F, 0.375F, 0.125F, -0.75F, 0.5F, -0.5F, -0.125F, -1.125F, -1.25F, 1.375F, -0.5F, 0.25F}),
      {{"bidirectional/forward/kernel", Tensor({2, 4}, std::vector<float>{-0.125F, -1.125F, 0.625F, 0.125F, 0.5F, 1, 0.375F, -0.875F})},
       {"bidirectional/forward/recurrent_kernel", Tensor({1, 4}, std::vector<float>{-0.5F, -0.625F, -0.25F, 0.375F})},
       {"bidirectional/forward/bias", Tensor({4}, std::vector<float>{-1, 0.125F, -0.75F, 0.125F})},
       {"bidirectional/backward/kernel",
        Tensor({2, 4}, std::vector<float>{0.375F, -0.125F, 0.375F, -0.25F, -0.25F, -0.875F, 0.375F, 0.875F})},
       {"bidirectional/backward/recurrent_kernel", Tensor({1, 4}, std::vector<float>{1, 0.625F, 0.375F, -0.375F})},
       {"bidirectional/backward/bias", Tensor({4}, std::vector<float>{0.75F, 0.375F, 0.375F, -0.125F})}});
  EXPECT_EQ(y.shape(), (Shape{2, 2}));
  EXPECT_THAT(values(y), Near({-0.10570036F, 0.288514F, -0.24276212F, 0.050994106F}, 16));
}

TEST(Bidirectional, AddsSequencesInTheOrderOfTime) {
  const Tensor y = apply(
      "{bidirectional: {layer: {gru: {units: 2, return_sequences: true}}, merge_mode: sum}}",
      Tensor({2, 3, 2}, std::vector<float>{0.75F, 0.375F, 0.125F, -0.75F, 0.5F, -0.5F, -0.125F, -1.125F, -1.25F, 1.375F, -0.5F, 0.25F}),
      {{"bidirectional/forward/kernel",
        Tensor({2, 6}, std::vector<float>{0.375F, -0.25F, 0.375F, -0.5F, -0.125F, 1.125F, 0.375F, -0.125F, 0.25F, 0.375F, -0.5F, -0.125F})},
       {"bidirectional/forward/recurrent_kernel",
        Tensor({2, 6}, std::vector<float>{0.5F, 0.125F, 0.375F, 0.75F, -0.375F, 0.375F, -0.25F, 0.75F, -1, -0.375F, -0.25F, 0.375F})},
       {"bidirectional/forward/bias",
        Tensor({2, 6}, std::vector<float>{0.25F, 0.75F, -0.75F, 0.375F, -0.125F, -0.375F, 0.25F, -0.5F, -1, -0.125F, -0.75F, -0.375F})},
       {"bidirectional/backward/kernel",
        Tensor({2, 6}, std::vector<float>{0.125F, 0.125F, 0.75F, -0.125F, -0.75F, -0.375F, -0.5F, -0.625F, 0.25F, -0.375F, -1, 0.375F})},
       {"bidirectional/backward/recurrent_kernel",
        Tensor({2, 6}, std::vector<float>{0.375F, 0.125F, 0.375F, 0.375F, 0.375F, 0.625F, 0.25F, 0.25F, 0.25F, -0.75F, -0.125F, -0.125F})},
       {"bidirectional/backward/bias", Tensor({2, 6}, std::vector<float>{0.125F, -0.625F, 0.875F, 0.375F, -0.625F, -0.875F, -0.125F, 0.375F,
                                                                         -0.375F, 0.375F, -0.375F, 0.25F})}});
  EXPECT_EQ(y.shape(), (Shape{2, 3, 2}));
  EXPECT_THAT(values(y), Near({-0.79721266F, -0.54992193F, -0.24834765F, -0.6296465F, -0.2962778F, -0.36867604F, -0.116733745F, -0.5186157F,
                               -0.8193777F, -0.4660977F, -0.5086643F, -0.9630331F},
                              16));
}

TEST(Bidirectional, MultipliesWithMaskedSteps) {
  const Tensor y =
      apply("{masking: {mask_value: 99}}, {bidirectional: {layer: {simple_rnn: {units: 2, return_sequences: true}}, merge_mode: mul}}",
            Tensor({2, 3, 2}, std::vector<float>{99, 99, 0.125F, -0.75F, 99, 99, -0.125F, -1.125F, 99, 99, -0.5F, 0.25F}),
            {{"bidirectional/forward/kernel", Tensor({2, 2}, std::vector<float>{-0.375F, 0.375F, 0.5F, 1.25F})},
             {"bidirectional/forward/recurrent_kernel", Tensor({2, 2}, std::vector<float>{-0.5F, -0.25F, -0.375F, 0.375F})},
             {"bidirectional/forward/bias", Tensor({2}, std::vector<float>{-0.625F, -0.25F})},
             {"bidirectional/backward/kernel", Tensor({2, 2}, std::vector<float>{0.375F, -0.5F, -0.5F, -0.25F})},
             {"bidirectional/backward/recurrent_kernel", Tensor({2, 2}, std::vector<float>{-1, -0.75F, -0.25F, 0.125F})},
             {"bidirectional/backward/bias", Tensor({2}, std::vector<float>{-0.125F, -0.875F})}});
  EXPECT_EQ(y.shape(), (Shape{2, 3, 2}));
  EXPECT_THAT(values(y), Near({0, 0, -0.2251609F, 0.51740783F, 0, 0, -0.6031201F, 0.27014077F, 0, 0, -0.17219608F, 0.15847689F}, 16));
}

TEST(Bidirectional, AveragesWithAnotherLayerBackwards) {
  const Tensor y = apply(
      "{bidirectional: {layer: {lstm: {units: 2}}, backward_layer: {gru: {units: 2, go_backwards: true}}, merge_mode: ave}}",
      Tensor({2, 3, 2}, std::vector<float>{0.75F, 0.375F, 0.125F, -0.75F, 0.5F, -0.5F, -0.125F, -1.125F, -1.25F, 1.375F, -0.5F, 0.25F}),
      {{"bidirectional/forward/kernel", Tensor({2, 8}, std::vector<float>{-0.25F, 0.375F, 0.25F, 0.375F, -0.5F, 0.375F, -0.25F, -0.625F,
                                                                          -0.375F, 0.75F, 0.125F, 0.625F, -0.25F, 0.5F, -0.25F, -0.125F})},
       {"bidirectional/forward/recurrent_kernel",
        Tensor({2, 8}, std::vector<float>{1.25F, 0.375F, -0.25F, 0.375F, 0.125F, 0.625F, -0.25F, -0.875F, -0.125F, 0.375F, 0.375F, 0.625F,
                                          0.125F, 0.375F, -0.5F, 0.375F})},
       {"bidirectional/forward/bias", Tensor({8}, std::vector<float>{1, 0.375F, 0.125F, 0.125F, 0.875F, -0.5F, 0.375F, 0.25F})},
       {"bidirectional/backward/kernel", Tensor({2, 6}, std::vector<float>{0.375F, -0.25F, 0.125F, -0.125F, 0.375F, -0.125F, -0.625F,
                                                                           0.375F, 0.5F, -0.5F, -0.125F, 0.375F})},
       {"bidirectional/backward/recurrent_kernel",
        Tensor({2, 6}, std::vector<float>{-0.5F, 0.125F, -0.5F, 0.625F, 1.125F, 1, -0.125F, 0.375F, 0.375F, 0.375F, 0.75F, -0.625F})},
       {"bidirectional/backward/bias",
        Tensor({2, 6}, std::vector<float>{0.5F, 0.375F, 0.75F, 0.125F, -0.375F, 0.125F, 0.375F, 0.375F, 0.25F, -0.25F, -1.125F, 0.5F})}});
  EXPECT_EQ(y.shape(), (Shape{2, 2}));
  EXPECT_THAT(values(y), Near({0.0038217008F, -0.017989628F, -0.12303145F, -0.11155731F}, 16));
}

TEST(Bidirectional, ReadsForwardsFromTheEndWhenToldSo) {
  const Tensor y = apply(
      "{bidirectional: {layer: {simple_rnn: {units: 1, go_backwards: true, return_sequences: true}}, backward_layer: {simple_rnn: {units: "
      "1, return_sequences: true}}}}",
      Tensor({2, 3, 2}, std::vector<float>{0.75F, 0.375F, 0.125F, -0.75F, 0.5F, -0.5F, -0.125F, -1.125F, -1.25F, 1.375F, -0.5F, 0.25F}),
      {{"bidirectional/forward/kernel", Tensor({2, 1}, std::vector<float>{0.375F, 0.125F})},
       {"bidirectional/forward/recurrent_kernel", Tensor({1, 1}, std::vector<float>{0.375F})},
       {"bidirectional/forward/bias", Tensor({1}, std::vector<float>{0.5F})},
       {"bidirectional/backward/kernel", Tensor({2, 1}, std::vector<float>{-0.25F, -0.375F})},
       {"bidirectional/backward/recurrent_kernel", Tensor({1, 1}, std::vector<float>{-0.125F})},
       {"bidirectional/backward/bias", Tensor({1}, std::vector<float>{0.625F})}});
  EXPECT_EQ(y.shape(), (Shape{2, 3, 2}));
  EXPECT_THAT(values(y), Near({0.5545997F, 0.5383603F, 0.57909495F, 0.6852492F, 0.7799667F, 0.2884502F, 0.3308211F, 0.5492063F, 0.31598723F,
                               0.31204745F, 0.4061527F, 0.79250276F},
                              16));
}

TEST(Bidirectional, OwnsTheWeightsOfBothLayers) {
  const auto specs = weight_specs(architecture_from_yaml(
      "layers: [{input: {shape: [null, 3]}}, {bidirectional: {layer: {gru: {units: 2, use_bias: false}}, trainable: false}}]"));
  ASSERT_EQ(specs.size(), 4U);
  EXPECT_EQ(specs[0].name, "bidirectional/forward/kernel");
  EXPECT_EQ(specs[3].name, "bidirectional/backward/recurrent_kernel");
  EXPECT_FALSE(specs[0].spec.trainable);
}

TEST(Bidirectional, DrawsNumbersForEachLayer) {
  Model model;
  Ops ops(model);
  const ForwardGraph forward = build_training_forward(
      architecture_from_yaml("layers: [{input: {shape: [4, 3]}}, {bidirectional: {layer: {lstm: {units: 2, dropout: 0.5}}}}]"), ops);
  ASSERT_EQ(forward.random_inputs.size(), 2U);
  EXPECT_EQ(forward.random_inputs[0].first, "bidirectional/forward/dropout");
  EXPECT_EQ(forward.random_inputs[1].first, "bidirectional/backward/dropout");
}

// Apart, the two outputs are the halves of the concatenated one; each direction's state is the output of the step that it read last.
TEST(Bidirectional, GivesBothOutputsAndTheirStates) {
  const std::string input = "layers: [{input: {shape: [4, 3], name: x}}, ";
  const std::string layer = "{bidirectional: {layer: {gru: {units: 2, return_sequences: true, return_state: true}}, name: b, ";
  const Architecture apart = architecture_from_yaml(input + layer + "merge_mode: null}}]\noutputs: [b, 'b:1', 'b:2', 'b:3']");
  const Architecture joined = architecture_from_yaml(input + layer + "merge_mode: concat}}]\noutputs: [b, 'b:1', 'b:2']");
  const Weights weights = initial_weights(apart, 7);
  Random random(2);
  std::vector<float> numbers(12);
  for (float& number : numbers) number = static_cast<float>(random.normal());
  const Tensors given = {{"x", Tensor({1, 4, 3}, numbers)}};
  const Tensors y = Session(build_model(apart, weights), {.threads = 1}).run(given);
  const Tensors z = Session(build_model(joined, weights), {.threads = 1}).run(given);
  const std::vector<float> forward = values(y.at("b"));
  const std::vector<float> backward = values(y.at("b:1"));
  const std::vector<float> both = values(z.at("b"));
  for (std::size_t step = 0; step < 4; ++step)
    for (std::size_t unit = 0; unit < 2; ++unit) {
      EXPECT_EQ(both[4 * step + unit], forward[2 * step + unit]);
      EXPECT_EQ(both[4 * step + 2 + unit], backward[2 * step + unit]);
    }
  EXPECT_THAT(values(y.at("b:2")), testing::ElementsAre(forward[6], forward[7]));
  EXPECT_THAT(values(y.at("b:3")), testing::ElementsAre(backward[0], backward[1]));
  EXPECT_EQ(values(z.at("b:1")), values(y.at("b:2")));
  EXPECT_EQ(values(z.at("b:2")), values(y.at("b:3")));
}

std::string bidirectional_error(const std::string& settings) {
  return message_of([&] { architecture_from_yaml("layers: [{input: {shape: [4, 3]}}, {bidirectional: {" + settings + "}}]"); });
}

TEST(Bidirectional, SaysWhatWouldHaveBeenRight) {
  EXPECT_THAT(bidirectional_error(""), testing::HasSubstr("bidirectional needs a layer (such as layer: {lstm: {units: 32}})"));
  EXPECT_THAT(bidirectional_error("layer: {dense: {units: 2}}"), testing::HasSubstr("dense does not read a sequence step by step"));
  EXPECT_THAT(bidirectional_error("layer: {lstm: {unit: 2}}"), testing::HasSubstr("unknown setting \"unit\""));
  EXPECT_THAT(bidirectional_error("layer: {lstm: {units: 2}}, merge_mode: max"), testing::HasSubstr("unknown merge_mode \"max\""));
  EXPECT_THAT(bidirectional_error("layer: {lstm: {units: 2}}, backward_layer: {lstm: {units: 2}}"),
              testing::HasSubstr("read from different ends"));
}

// --- recognition ---------------------------------------------------------------------------------------------------

// One input, one unit, of each direction.
std::string both_directions(std::int64_t gates, const std::string& rest, const std::string& output) {
  std::string w, r, b;
  for (std::int64_t i = 0; i < 2 * gates; ++i) {
    w += (i == 0 ? "" : ", ") + std::to_string(0.25 * static_cast<double>(i) - 1);
    r += (i == 0 ? "" : ", ") + std::to_string(0.75 - 0.125 * static_cast<double>(i));
    b += (i == 0 ? "" : ", ") + std::to_string(0.1 * static_cast<double>(i)) + ", 0.05";
  }
  const std::string n = std::to_string(gates);
  return "<ir_version: 10, opset_import: [\"\": 21]> g (float[N, 3, 1] x) => (" + output + " y) <float[2, " + n + ", 1] w = {" + w +
         "}, float[2, " + n + ", 1] r = {" + r + "}, float[2, " + std::to_string(2 * gates) + "] b = {" + b +
         "}, int64[3] joined = {0, 0, -1}, int64 first = {0}, int64 second = {1}> { t = Transpose <perm = [1, 0, 2]> (x) " + rest + " }";
}

const Tensor kBothEnds({2, 3, 1}, std::vector<float>{1, -2, 0.5F, 0.25F, 3, -1});

// As PyTorch writes it: the directions beside one another, and the state of each.
TEST(BidirectionalRecognition, FindsSequences) {
  for (const auto& [op, gates] : {std::pair("LSTM", 4), std::pair("GRU", 3), std::pair("RNN", 1)}) {
    const std::string text =
        both_directions(gates,
                        "all, last = " + std::string(op) +
                            " <hidden_size = 1, direction = \"bidirectional\"> (t, w, r, b) s = Transpose <perm = [0, 2, 1, 3]> (all) "
                            "z = Reshape(s, joined) y = Transpose <perm = [1, 0, 2]> (z)",
                        "float[N, 3, 2]");
    ASSERT_EQ(recognised(text).size(), 1U) << op;
    EXPECT_EQ(recognised(text)[0].kind, "bidirectional");
    expect_equal_answers(text, kBothEnds);
  }
}

TEST(BidirectionalRecognition, FindsTheLastOutputsOfBoth) {
  for (const auto& [op, gates] : {std::pair("LSTM", 4), std::pair("GRU", 3), std::pair("RNN", 1)}) {
    const std::string text = both_directions(gates,
                                             "all, last = " + std::string(op) +
                                                 " <hidden_size = 1, direction = \"bidirectional\"> (t, w, r, b) "
                                                 "h = Gather(last, first) k = Gather(last, second) y = Concat <axis = 1> (h, k)",
                                             "float[N, 2]");
    const std::vector<LayerSpec> layers = recognised(text);
    ASSERT_EQ(layers.size(), 1U) << op;
    EXPECT_EQ(layers[0].name, "y");
    EXPECT_FALSE(layers[0].settings["layer"].begin().value().contains("return_state"));
    expect_equal_answers(text, kBothEnds);
  }
}

// Its last step is where the other direction begins.
TEST(BidirectionalRecognition, DoesNotTakeTheLastStepForTheLastOutputs) {
  std::string text =
      both_directions(3,
                      "all, last = GRU <hidden_size = 1, direction = \"bidirectional\"> (t, w, r, b) "
                      "s = Transpose <perm = [0, 2, 1, 3]> (all) z = Reshape(s, joined) q = Transpose <perm = [1, 0, 2]> (z) "
                      "y = Gather <axis = 1> (q, end)",
                      "float[N, 2]");
  text.insert(text.find("int64 first"), "int64 end = {-1}, ");
  ASSERT_EQ(recognised(text, Recognition::kLayersAndFunctions).size(), 2U);
  expect_equal_answers(text, kBothEnds, 8, Recognition::kLayersAndFunctions);
}

}  // namespace
}  // namespace upkeep::layers
