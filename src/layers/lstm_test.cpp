#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

Tensor random_tensor(Random& random, const Shape& shape) {
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  for (float& value : values) value = static_cast<float>(random.normal());
  return Tensor(shape, std::move(values));
}

// Expected numbers are those of Keras 3.15.

TEST(Lstm, GivesTheLastOutput) {
  const Tensor y = apply(
      "{lstm: {units: 2}}",
      Tensor({2, 3, 2}, std::vector<float>{0.75F, 0.375F, 0.125F, -0.75F, 0.5F, -0.5F, -0.125F, -1.125F, -1.25F, 1.375F, -0.5F, 0.25F}),
      {{"lstm/kernel", Tensor({2, 8}, std::vector<float>{0.375F, -0.25F, -0.25F, 0.375F, -0.125F, -0.125F, 0.375F, 0.625F, 0.375F, 0.25F,
                                                         -0.25F, -0.75F, 0.5F, 0.5F, -0.125F, 0.25F})},
       {"lstm/recurrent_kernel", Tensor({2, 8}, std::vector<float>{0.375F, 0.375F, 0.5F, -0.25F, 0.75F, -0.625F, 0.375F, 0.25F, 0.375F, 1,
                                                                   0.75F, -0.625F, -0.875F, 0.375F, -0.5F, 0.375F})},
       {"lstm/bias", Tensor({8}, std::vector<float>{0.375F, -0.875F, -1, 0.125F, 0.375F, -0.125F, 0.375F, -0.375F})}});
  EXPECT_EQ(y.shape(), (Shape{2, 2}));
  EXPECT_THAT(values(y), Near({0.10625558F, -0.09811039F, 0.24823849F, 0.031773232F}, 16));
}

TEST(Lstm, GivesEachOutputWithoutBias) {
  const Tensor y = apply(
      "{lstm: {units: 2, return_sequences: true, use_bias: false}}",
      Tensor({2, 3, 2}, std::vector<float>{0.75F, 0.375F, 0.125F, -0.75F, 0.5F, -0.5F, -0.125F, -1.125F, -1.25F, 1.375F, -0.5F, 0.25F}),
      {{"lstm/kernel", Tensor({2, 8}, std::vector<float>{-0.75F, -0.125F, -0.5F, -0.875F, 0.25F, 0.375F, 0.25F, -0.5F, -0.375F, -0.5F,
                                                         -0.5F, 0.125F, -0.375F, 0.125F, 0.125F, 1})},
       {"lstm/recurrent_kernel", Tensor({2, 8}, std::vector<float>{-0.75F, 0.5F, 0.375F, 0.375F, -0.75F, -0.25F, 0.375F, 0.375F, 0.375F,
                                                                   -0.125F, 0.625F, 0.375F, -1.125F, -0.375F, -1, -1.625F})}});
  EXPECT_EQ(y.shape(), (Shape{2, 3, 2}));
  EXPECT_THAT(values(y), Near({0.008658892F, 0.06772409F, 0.062226664F, 0.00528331F, 0.09269013F, 0.02149879F, 0.10456345F, -0.030351458F,
                               -0.13832912F, -0.1832413F, -0.04670077F, -0.09931517F},
                              16));
}

TEST(Lstm, ReadsBackwards) {
  const Tensor y = apply(
      "{lstm: {units: 2, return_sequences: true, go_backwards: true}}",
      Tensor({2, 3, 2}, std::vector<float>{0.75F, 0.375F, 0.125F, -0.75F, 0.5F, -0.5F, -0.125F, -1.125F, -1.25F, 1.375F, -0.5F, 0.25F}),
      {{"lstm/kernel", Tensor({2, 8}, std::vector<float>{-0.25F, 0.625F, 0.375F, -0.625F, -0.5F, 0.625F, 0.125F, 0.375F, 0.375F, 0.375F,
                                                         0.375F, 0.25F, 0.125F, -0.5F, 0.25F, -0.375F})},
       {"lstm/recurrent_kernel", Tensor({2, 8}, std::vector<float>{0.5F, -0.625F, -0.125F, 0.375F, -0.625F, 0.875F, 0.75F, -0.25F, 0.375F,
                                                                   0.25F, -1.25F, 0.125F, 0.375F, 0.375F, -0.5F, -0.125F})},
       {"lstm/bias", Tensor({8}, std::vector<float>{-0.125F, 0.625F, 0.125F, 0.375F, 0.75F, -0.25F, -0.25F, -0.875F})}});
  EXPECT_EQ(y.shape(), (Shape{2, 3, 2}));
  EXPECT_THAT(values(y), Near({0.06763672F, 0.076544635F, 0.11078635F, 0.098233305F, 0.16555326F, 0.08287234F, 0.16834755F, -0.08219141F,
                               0.35872787F, -0.08779101F, 0.21068415F, -0.08517347F},
                              16));
}

TEST(Lstm, TakesActivationsThatOnnxKnows) {
  const Tensor y = apply(
      "{lstm: {units: 2, return_sequences: true, recurrent_activation: hard_sigmoid, activation: elu}}",
      Tensor({2, 3, 2}, std::vector<float>{0.75F, 0.375F, 0.125F, -0.75F, 0.5F, -0.5F, -0.125F, -1.125F, -1.25F, 1.375F, -0.5F, 0.25F}),
      {{"lstm/kernel", Tensor({2, 8}, std::vector<float>{0.75F, 0.5F, 0.5F, 0.375F, 0.375F, 0.125F, -0.125F, -0.125F, 0.375F, 0.75F, 0.25F,
                                                         0.375F, -0.25F, -0.375F, 0.75F, 0.25F})},
       {"lstm/recurrent_kernel", Tensor({2, 8}, std::vector<float>{0.375F, -0.125F, -0.5F, 0.375F, 0.375F, -0.25F, -0.125F, -0.125F, 0.375F,
                                                                   -0.75F, -0.125F, -0.375F, 0.5F, -0.375F, 0.25F, 0.75F})},
       {"lstm/bias", Tensor({8}, std::vector<float>{-0.125F, -0.25F, 0.125F, 0.375F, -0.5F, 0.25F, 1, -0.125F})}});
  EXPECT_EQ(y.shape(), (Shape{2, 3, 2}));
  EXPECT_THAT(values(y), Near({-0.103222325F, 0.05525546F, -0.09887069F, 0.119761884F, -0.09948941F, 0.16197903F, -0.046334986F,
                               0.087701164F, -0.2513918F, -0.039599136F, -0.24141465F, 0.0202237F},
                              16));
}

TEST(Lstm, WritesOutActivationsThatOnnxDoesNotKnow) {
  const Tensor y = apply(
      "{lstm: {units: 2, return_sequences: true, activation: gelu}}",
      Tensor({2, 3, 2}, std::vector<float>{0.75F, 0.375F, 0.125F, -0.75F, 0.5F, -0.5F, -0.125F, -1.125F, -1.25F, 1.375F, -0.5F, 0.25F}),
      {{"lstm/kernel", Tensor({2, 8}, std::vector<float>{-0.125F, -0.5F, 0.125F, -0.625F, -0.5F, 0.625F, -0.5F, 0.5F, 0.75F, 0.125F, 0.25F,
                                                         1, -0.125F, -0.25F, -0.625F, 0.375F})},
       {"lstm/recurrent_kernel", Tensor({2, 8}, std::vector<float>{0.75F, 0.5F, -0.5F, -0.375F, -0.25F, 0.125F, -0.125F, 0.125F, 0.125F,
                                                                   -0.125F, 0.375F, 0.125F, 0.375F, 0.25F, 0.875F, 0.25F})},
       {"lstm/bias", Tensor({8}, std::vector<float>{0.375F, -0.875F, 0.25F, -1, -0.75F, 0.375F, 0.375F, -0.125F})}});
  EXPECT_EQ(y.shape(), (Shape{2, 3, 2}));
  EXPECT_THAT(values(y), Near({-0.01845906F, 0.04419916F, -0.03857089F, 0.033465993F, -0.039985288F, 0.04651582F, -0.022366734F,
                               0.022224214F, -0.031228699F, 0.001572181F, -0.046301596F, 0.00046806422F},
                              16));
}

TEST(Lstm, SkipsMaskedSteps) {
  const Tensor y =
      apply("{masking: {mask_value: 99}}, {lstm: {units: 2, return_sequences: true}}",
            Tensor({2, 3, 2}, std::vector<float>{99, 99, 0.125F, -0.75F, 99, 99, -0.125F, -1.125F, 99, 99, -0.5F, 0.25F}),
            {{"lstm/kernel", Tensor({2, 8}, std::vector<float>{-0.875F, -0.125F, -0.375F, 0.375F, 1.125F, 0.125F, -0.375F, -0.625F, 0.375F,
                                                               -0.125F, -0.625F, 0.375F, -0.625F, 0.5F, 0.5F, 0.5F})},
             {"lstm/recurrent_kernel", Tensor({2, 8}, std::vector<float>{-0.25F, 0.25F, -0.125F, -0.25F, -0.125F, -0.625F, -0.75F, 0.375F,
                                                                         -0.125F, 0.125F, 0.5F, -0.875F, -0.375F, 0.125F, 0.25F, -0.25F})},
             {"lstm/bias", Tensor({8}, std::vector<float>{0.5F, 0.125F, -0.625F, -0.5F, 0.375F, 0.25F, -1, 0.625F})}});
  EXPECT_EQ(y.shape(), (Shape{2, 3, 2}));
  EXPECT_THAT(values(y), Near({0, 0, 0.07353355F, -0.03252394F, 0.07353355F, -0.03252394F, 0.0686385F, -0.09557537F, 0.0686385F,
                               -0.09557537F, -0.027868723F, 0.051986657F},
                              16));
}

TEST(Lstm, SkipsMaskedStepsBackwards) {
  const Tensor y =
      apply("{masking: {mask_value: 99}}, {lstm: {units: 2, go_backwards: true}}",
            Tensor({2, 3, 2}, std::vector<float>{99, 99, 0.125F, -0.75F, 99, 99, -0.125F, -1.125F, 99, 99, -0.5F, 0.25F}),
            {{"lstm/kernel", Tensor({2, 8}, std::vector<float>{0.25F, 0.625F, -0.25F, -0.125F, -0.625F, 1.25F, -0.125F, 0.75F, -0.375F,
                                                               0.125F, -0.875F, -0.25F, 0.5F, -0.625F, 0.5F, 0.125F})},
             {"lstm/recurrent_kernel", Tensor({2, 8}, std::vector<float>{-0.5F, -0.25F, -0.25F, 0.375F, -0.25F, -0.375F, -0.125F, -0.5F,
                                                                         -0.625F, 0.375F, 0.5F, -0.75F, 0.375F, -0.375F, -0.5F, 0.375F})},
             {"lstm/bias", Tensor({8}, std::vector<float>{-0.25F, 0.75F, -0.375F, 0.25F, -0.125F, -0.375F, 0.25F, -0.125F})}});
  EXPECT_EQ(y.shape(), (Shape{2, 2}));
  EXPECT_THAT(values(y), Near({-0.12203743F, 0.07688753F, -0.113213696F, -0.080025226F}, 16));
}

TEST(Lstm, SkipsMaskedStepsWrittenOut) {
  const Tensor y = apply(
      "{masking: {mask_value: 99}}, {lstm: {units: 2, activation: gelu, return_sequences: true, zero_output_for_mask: true}}",
      Tensor({2, 3, 2}, std::vector<float>{99, 99, 0.125F, -0.75F, 99, 99, -0.125F, -1.125F, 99, 99, -0.5F, 0.25F}),
      {{"lstm/kernel", Tensor({2, 8}, std::vector<float>{0.25F, 0.375F, -0.5F, 0.375F, 0.375F, 0.5F, -0.5F, 0.375F, -0.875F, 0.375F, -0.5F,
                                                         -0.875F, 0.375F, 0.5F, -0.75F, -0.5F})},
       {"lstm/recurrent_kernel", Tensor({2, 8}, std::vector<float>{-0.375F, -0.625F, 0.25F, -0.375F, -0.375F, 0.25F, -0.375F, 0.25F, -0.5F,
                                                                   -0.625F, -0.875F, 0.875F, -0.125F, 0.125F, 0.375F, 0.125F})},
       {"lstm/bias", Tensor({8}, std::vector<float>{0.375F, 1, -0.5F, -0.75F, -0.5F, -0.625F, 0.375F, 0.375F})}});
  EXPECT_EQ(y.shape(), (Shape{2, 3, 2}));
  EXPECT_THAT(values(y),
              Near({0, 0, -0.04008174F, -0.035018574F, 0, 0, -0.044796336F, -0.027530048F, 0, 0, -0.036941655F, -0.03232199F}, 16));
}

TEST(Lstm, DropsTheSameInputsInEachStep) {
  const Tensors y = apply_training(
      "{lstm: {units: 2, dropout: 0.5, return_sequences: true}}",
      Tensor({2, 3, 2}, std::vector<float>{0.375F, 0.25F, -0.25F, -0.875F, -0.5F, -1, 0.375F, 1.375F, -0.5F, -0.625F, 0.5F, 0.375F}),
      {{"lstm/kernel", Tensor({2, 8}, std::vector<float>{0.375F, -0.5F, 0.375F, 0.375F, -0.625F, -0.25F, -1, -0.625F, -0.875F, -0.125F,
                                                         -0.625F, 0.125F, 0.125F, -0.125F, -1.25F, -0.25F})},
       {"lstm/recurrent_kernel", Tensor({2, 8}, std::vector<float>{0.375F, 0.375F, -0.75F, -0.25F, -0.5F, -0.375F, 0.5F, -0.375F, 0.375F,
                                                                   0.5F, -0.25F, 0.375F, 0.375F, 0.375F, -0.625F, 0.375F})},
       {"lstm/bias", Tensor({8}, std::vector<float>{0.625F, -0.75F, 0.375F, 0.375F, -0.375F, 1, 0.375F, -0.625F})},
       {"lstm/dropout", Tensor({2, 1, 2}, std::vector<float>{0.625F, 0.375F, 0.5F, 0.25F})}});
  EXPECT_THAT(values(y.at("y")), Near({-0.18497431F, 0.040893152F, -0.17078984F, 0.16793521F, 0.060377996F, 0.2854055F, -0.18497431F,
                                       0.040893152F, -0.0561391F, 0.2221797F, -0.16226073F, 0.108494624F},
                                      16));
}

TEST(Lstm, DropsStateAndInputsOfEachGate) {
  const Tensors y = apply_training(
      "{lstm: {units: 2, dropout: 0.25, recurrent_dropout: 0.5, return_sequences: true}}",
      Tensor({2, 3, 2}, std::vector<float>{0.375F, 0.25F, -0.25F, -0.875F, -0.5F, -1, 0.375F, 1.375F, -0.5F, -0.625F, 0.5F, 0.375F}),
      {{"lstm/kernel", Tensor({2, 8}, std::vector<float>{-0.125F, 0.375F, 0.375F, 0.375F, 0.75F, -0.375F, 0.125F, -0.25F, 0.125F, -0.625F,
                                                         -0.25F, -0.125F, 0.5F, 0.625F, -0.625F, -0.375F})},
       {"lstm/recurrent_kernel", Tensor({2, 8}, std::vector<float>{0.375F, -1, -0.25F, 0.375F, 0.625F, 0.375F, -0.125F, -0.125F, -0.125F,
                                                                   0.75F, -0.25F, -0.125F, 0.125F, 0.375F, -0.125F, -0.5F})},
       {"lstm/bias", Tensor({8}, std::vector<float>{0.375F, -0.25F, 0.625F, 0.375F, 0.375F, 0.375F, -0.125F, 0.5F})},
       {"lstm/dropout", Tensor({2, 4, 2}, std::vector<float>{0.375F, 0.75F, 0, 0, 0.625F, 0.25F, 0.75F, 0, 0.875F, 0, 0.375F, 0.875F, 0,
                                                             0.625F, 0.625F, 0.375F})},
       {"lstm/recurrent_dropout", Tensor({2, 4, 2}, std::vector<float>{0, 0.5F, 0.375F, 0.75F, 0.625F, 0.25F, 0, 0.5F, 0.25F, 0.625F, 0.75F,
                                                                       0.25F, 0.875F, 0.5F, 0.5F, 0.75F})}});
  EXPECT_THAT(values(y.at("y")), Near({0.19455685F, 0.09567717F, 0.06897371F, 0.027196143F, -0.10820962F, -0.0431881F, 0.10563168F,
                                       0.1748456F, 0.20942223F, 0.18839245F, 0.22685814F, 0.26269576F},
                                      16));
}

TEST(Lstm, OwnsItsWeightsAsKerasDoes) {
  const auto specs =
      weight_specs(architecture_from_yaml("layers: [{input: {shape: [null, 3]}}, {lstm: {units: 2, kernel_regularizer: l2, "
                                          "recurrent_constraint: max_norm, trainable: true}}]"));
  ASSERT_EQ(specs.size(), 3U);
  EXPECT_EQ(specs[0].name, "lstm/kernel");
  EXPECT_EQ(specs[0].spec.shape, (Shape{3, 8}));
  EXPECT_EQ(specs[0].spec.regularizer, Json("l2"));
  EXPECT_EQ(specs[1].name, "lstm/recurrent_kernel");
  EXPECT_EQ(specs[1].spec.shape, (Shape{2, 8}));
  EXPECT_EQ(specs[1].spec.initializer, Json("orthogonal"));
  EXPECT_EQ(specs[1].spec.constraint, Json("max_norm"));
  EXPECT_EQ(specs[2].name, "lstm/bias");
  EXPECT_EQ(specs[2].spec.shape, (Shape{8}));
}

TEST(Lstm, DoesNotForgetAtFirst) {
  const auto bias = [](const std::string& setting) {
    const Architecture net = architecture_from_yaml(
        "layers: [{input: {shape: [null, 3]}}, {lstm: {units: 2, bias_initializer: constant:value=5" + setting + "}}]");
    return values(*find(initial_weights(net, 1), "lstm/bias"));
  };
  EXPECT_THAT(bias(""), testing::ElementsAre(5, 5, 1, 1, 5, 5, 5, 5));
  EXPECT_THAT(bias(", unit_forget_bias: false"), testing::Each(5));
}

TEST(Lstm, IsOneNodeBesideItsWeights) {
  const Architecture net = architecture_from_yaml("layers: [{input: {shape: [null, 3]}}, {lstm: {units: 2}}]");
  const Model model = build_model(net, initial_weights(net, 1));
  EXPECT_EQ(std::ranges::count(model.graph.nodes, std::string("LSTM"), &Node::op), 1);
  EXPECT_EQ(run(model, Tensor::full({2, 7, 3}, 0.5F)).shape(), (Shape{2, 2}));
}

// Reading six steps at once is reading four of them, and two more from the state that these leave. `settings` of the LSTM; `time` the
// steps.
std::string in_two_pieces(const std::string& settings) {
  return "layers: [{input: {shape: [4, 3], name: x}}, {input: {shape: [2, 3], name: rest}}, "
         "{lstm: {units: 5, return_state: true, " +
         settings +
         ", name: a, inputs: x}}, "
         "{lstm: {units: 5, return_state: true, " +
         settings +
         ", name: b, shares: a, inputs: [rest, 'a:1', 'a:2']}}, "
         "{concatenate: {axis: 1, inputs: [x, rest], name: all}}, "
         "{lstm: {units: 5, return_state: true, " +
         settings +
         ", name: c, shares: a, inputs: all}}]\n"
         "outputs: [b, c, 'b:1', 'c:1', 'b:2', 'c:2']";
}

TEST(Lstm, GoesOnFromAState) {
  for (const char* settings :
       {"activation: tanh", "activation: gelu", "return_sequences: true", "return_sequences: true, activation: relu"}) {
    const Architecture net = architecture_from_yaml(in_two_pieces(settings));
    const Model model = build_model(net, initial_weights(net, 3));
    verify(model);
    Random random(5);
    const Tensors y =
        Session(model, {.threads = 1}).run({{"x", random_tensor(random, {2, 4, 3})}, {"rest", random_tensor(random, {2, 2, 3})}});
    const std::vector<float> whole = values(y.at("c"));
    const std::vector<float> rest = values(y.at("b"));
    for (std::size_t i = 0; i < rest.size(); ++i) {  // the last two of six steps, or the last output
      const std::size_t row = rest.size() / 2;
      EXPECT_NEAR(rest[i], whole[i % row + (i / row + 1) * (whole.size() / 2) - row], 1e-6) << settings;
    }
    EXPECT_THAT(values(y.at("b:1")), Near(values(y.at("c:1")))) << settings;
    EXPECT_THAT(values(y.at("b:2")), Near(values(y.at("c:2")))) << settings;
  }
}

// Steps that are all zero do not count; where none counts, the state stays as it was.
TEST(Lstm, LeavesTheStateAsTheLastStepThatCountsLeftIt) {
  for (const char* activation : {"tanh", "gelu"}) {
    const std::string lstm = "{lstm: {units: 2, return_state: true, activation: " + std::string(activation) + ", ";
    const Architecture net = architecture_from_yaml(
        "mask_rules: keras2\nlayers: [{input: {shape: [4, 1], name: x}}, {input: {shape: [2, 1], name: short}}, {input: {shape: [2], name: "
        "h}}, "
        "{input: {shape: [2], name: c}}, {masking: {inputs: x, name: seen}}, " +
        lstm + "name: a, inputs: [seen, h, c]}}, " + lstm +
        "name: b, shares: a, inputs: [short, h, c]}}]\noutputs: ['a:1', 'a:2', 'b:1', 'b:2']");
    const Model model = build_model(net, initial_weights(net, 3));
    const Tensors y = Session(model, {.threads = 1})
                          .run({{"x", Tensor({2, 4, 1}, std::vector<float>{0, 1.5F, 0, -2, 0, 0, 0, 0})},
                                {"short", Tensor({2, 2, 1}, std::vector<float>{1.5F, -2, 1, 1})},
                                {"h", Tensor({2, 2}, std::vector<float>{0.5F, -0.25F, 0.75F, 0.125F})},
                                {"c", Tensor({2, 2}, std::vector<float>{-0.5F, 1, 2, -3})}});
    for (const char* state : {":1", ":2"}) {
      const std::vector<float> masked = values(y.at(std::string("a") + state));
      const std::vector<float> shorter = values(y.at(std::string("b") + state));
      EXPECT_NEAR(masked[0], shorter[0], 1e-6);
      EXPECT_NEAR(masked[1], shorter[1], 1e-6);
    }
    EXPECT_THAT(values(y.at("a:1").rows(1, 2)), Near({0.75F, 0.125F}));
    EXPECT_THAT(values(y.at("a:2").rows(1, 2)), Near({2, -3}));
  }
}

TEST(Lstm, DoesNotTrainWithStatesThatOutliveABatch) {
  EXPECT_THAT(message_of([] { apply_training("{lstm: {units: 2, stateful: true}}", Tensor::full({1, 2, 3}, 0.5F)); }),
              testing::HasSubstr("states that outlive a batch cannot be trained"));
}

std::string lstm_error(const std::string& settings, const std::string& shape = "[null, 3]") {
  return message_of([&] {
    const Architecture net = architecture_from_yaml("layers: [{input: {shape: " + shape + "}}, {lstm: {" + settings + "}}]");
    build_model(net, initial_weights(net, 1));
  });
}

TEST(Lstm, SaysWhatWouldHaveBeenRight) {
  EXPECT_THAT(lstm_error("units: 0"), testing::HasSubstr("lstm.units: 0 is outside"));
  EXPECT_THAT(lstm_error("activation: tanh"), testing::HasSubstr("lstm needs a number of units (such as units: 32)"));
  EXPECT_THAT(lstm_error("units: 2, recurrent_activation: sigmod"),
              testing::HasSubstr("lstm.recurrent_activation: unknown activation \"sigmod\""));
  EXPECT_THAT(lstm_error("units: 2", "[3]"), testing::HasSubstr("it expects [batch, time, features] with a known number of features"));
  EXPECT_THAT(lstm_error("units: 2, activation: gelu"),
              testing::HasSubstr("activations that ONNX's LSTM does not know need a known number of steps"));
}

// --- recognition ---------------------------------------------------------------------------------------------------

// One input, one unit; gates in ONNX's order i, o, f, c.
std::string lstm_graph(const std::string& attributes, const std::string& rest, const std::string& output = "float[N, 1] y") {
  return "<ir_version: 10, opset_import: [\"\": 21]> g (float[N, T, 1] x) => (" + output +
         ") <float[1, 4, 1] w = {0.5, -1, 0.25, 2}, float[1, 4, 1] r = {1, 0.5, -0.5, 0.75}, "
         "float[1, 8] b = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8}, int64[1] zero = {0}, int64[1] one = {1}, float[1, 1, 1] h0 = {0}, "
         "int32[1] lengths = {2}> { t = Transpose <perm = [1, 0, 2]> (x) all, last, c = LSTM <hidden_size = 1" +
         attributes + "> (t, w, r, b) " + rest + " }";
}

const Tensor kSequence({2, 3, 1}, std::vector<float>{1, -2, 0.5F, 0.25F, 3, -1});

TEST(LstmRecognition, FindsTheLastOutput) {
  const std::string text = lstm_graph("", "y = Squeeze(last, zero)");
  ASSERT_EQ(recognised(text).size(), 1U);
  EXPECT_EQ(recognised(text)[0].settings, (Json{{"units", 1}}));
  expect_equal_answers(text, kSequence);
}

TEST(LstmRecognition, FindsSequencesAndTheOtherDirection) {
  const std::string all = lstm_graph("", "s = Squeeze(all, one) y = Transpose <perm = [1, 0, 2]> (s)", "float[N, T, 1] y");
  EXPECT_EQ(recognised(all)[0].settings, (Json{{"units", 1}, {"return_sequences", true}}));
  expect_equal_answers(all, kSequence);
  const std::string reverse = lstm_graph(", direction = \"reverse\"", "y = Squeeze(last, zero)");
  EXPECT_EQ(recognised(reverse)[0].settings, (Json{{"units", 1}, {"go_backwards", true}}));
  expect_equal_answers(reverse, kSequence);
}

TEST(LstmRecognition, TakesAZeroStateAndNoBias) {
  Model model = model_from_text(lstm_graph("", "y = Squeeze(last, zero)"));
  model.graph.nodes[1].inputs = {"t", "w", "r", "", "", "h0"};
  EXPECT_EQ(architecture_of(model).layers[1].settings, (Json{{"units", 1}, {"use_bias", false}}));
  *model.graph.initializer("h0") = Tensor::full({1, 1, 1}, 1.0F);
  EXPECT_THAT(message_of([&] { architecture_of(model); }), testing::HasSubstr("LSTM"));
}

TEST(LstmRecognition, TakesTheLastStepOfASequence) {
  for (const char* rest : {"s = Squeeze(all, one) z = Transpose <perm = [1, 0, 2]> (s) y = Gather <axis = 1> (z, last_step)",
                           "s = Squeeze(all, one) y = Gather <axis = 0> (s, last_step)"}) {
    std::string text = lstm_graph("", rest);
    text.insert(text.find("int32[1] lengths"), "int64 last_step = {-1}, ");
    ASSERT_EQ(recognised(text).size(), 1U) << rest;
    EXPECT_EQ(recognised(text)[0].settings, (Json{{"units", 1}}));
    EXPECT_EQ(recognised(text)[0].name, "y");
    expect_equal_answers(text, kSequence);
  }
}

TEST(LstmRecognition, KeepsAStepThatIsNotTheLast) {
  std::string text = lstm_graph("", "s = Squeeze(all, one) z = Transpose <perm = [1, 0, 2]> (s) y = Gather <axis = 1> (z, step)");
  text.insert(text.find("int32[1] lengths"), "int64 step = {-2}, ");
  EXPECT_THAT(message_of([&] { recognised(text); }), testing::HasSubstr("Gather"));
  const std::vector<LayerSpec> layers = recognised(text, Recognition::kLayersAndFunctions);
  ASSERT_EQ(layers.size(), 2U);
  EXPECT_EQ(layers[0].settings, (Json{{"units", 1}, {"return_sequences", true}}));
  expect_equal_answers(text, kSequence, 8, Recognition::kLayersAndFunctions);
}

TEST(LstmRecognition, MakesNoStateOfZeros) {
  std::string text = lstm_graph("", "y = Squeeze(last, zero)");
  text.replace(text.find("all, last, c ="), 0,
               "sizes = Shape(t) rows = Gather(sizes, at) row = Unsqueeze(rows, zero) three = Concat <axis = 0> (one, row, one) "
               "state = ConstantOfShape(three) ");
  text.insert(text.find("int32[1] lengths"), "int64 at = {1}, ");
  text.replace(text.find("(t, w, r, b)"), 12, "(t, w, r, b, , state, state)");
  EXPECT_EQ(recognised(text)[0].settings, (Json{{"units", 1}}));
  expect_equal_answers(text, kSequence);
}

TEST(LstmRecognition, GivesStatesAsFurtherValues) {
  const std::string text = lstm_graph("", "h = Squeeze(last, zero) d = Squeeze(c, zero) y = Add(h, d)");
  const std::vector<LayerSpec> layers = recognised(text);
  ASSERT_EQ(layers.size(), 2U);
  EXPECT_EQ(layers[0].settings, (Json{{"units", 1}, {"return_state", true}}));
  EXPECT_EQ(layers[1].inputs, (std::vector<std::string>{"lstm", "lstm:2"}));
  expect_equal_answers(text, kSequence);
}

TEST(LstmRecognition, TurnsTheStepsOfTheOtherDirection) {
  const std::string text =
      lstm_graph(", direction = \"reverse\"", "s = Squeeze(all, one) y = Transpose <perm = [1, 0, 2]> (s)", "float[N, T, 1] y");
  expect_equal_answers(text, kSequence);
}

TEST(LstmRecognition, LeavesWhatALayerCannotSayAlone) {
  for (const std::string& text :
       {lstm_graph(", clip = 1.0", "y = Squeeze(last, zero)"), lstm_graph(", input_forget = 1", "y = Squeeze(last, zero)"),
        lstm_graph(", activations = [\"Sigmoid\", \"Relu\", \"Tanh\"]", "y = Squeeze(last, zero)")})
    EXPECT_THAT(message_of([&] { recognised(text); }), testing::HasSubstr("LSTM"));
}

}  // namespace
}  // namespace upkeep::layers
