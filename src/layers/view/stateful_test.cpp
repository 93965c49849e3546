#include "layers/view/stateful.hpp"

#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

using testing::HasSubstr;

Architecture stateful_net(const std::string& layers) {
  return architecture_from_yaml("layers: [{input: {shape: [null, 2], name: x}}, " + layers + "]");
}

// Answers, and states, on part of a sequence; `states` is moved on.
Tensor answer_of(const Session& session, const Tensor& x, std::vector<Tensor>& states) {
  Tensors given = {{"x", x}};
  for (std::size_t i = 0; i < states.size(); ++i) given[session.inputs()[i + 1].name] = states[i];
  const Tensors made = session.run(given);
  for (std::size_t i = 0; i < states.size(); ++i) states[i] = made.at(session.outputs()[i + 1].name);
  return made.at(session.outputs()[0].name);
}

// A sequence in two parts, with the states handed on, gives what it gives at once.
void expect_goes_on(const std::string& layers, const std::vector<Shape>& state_shapes) {
  const Architecture net = stateful_net(layers);
  const Model plain = build_model(net, initial_weights(net, 3));
  const Session session(states_as_values(with_layers(plain)), {.threads = 1});
  ASSERT_EQ(session.inputs().size(), 1 + state_shapes.size());
  std::vector<Tensor> states;
  for (const Shape& shape : state_shapes) states.push_back(Tensor::full(shape, 0.0F));
  const std::vector<float> steps = {0.5F, -1, 2, 0.25F, -0.75F, 1.5F, 1, -0.5F, 0.125F, 0.75F};
  answer_of(session, Tensor({1, 3, 2}, std::vector<float>(steps.begin(), steps.begin() + 6)), states);
  const Tensor last = answer_of(session, Tensor({1, 2, 2}, std::vector<float>(steps.begin() + 6, steps.end())), states);
  EXPECT_THAT(values(last), Near(values(run(plain, Tensor({1, 5, 2}, std::vector<float>(steps)))), 64)) << layers;
}

}  // namespace

TEST(Stateful, StatesGoInAndOut) {
  expect_goes_on("{lstm: {units: 3, stateful: true}}", {{1, 3}, {1, 3}});
  expect_goes_on("{gru: {units: 3, stateful: true, return_sequences: true}}, {simple_rnn: {units: 2, stateful: true}}", {{1, 3}, {1, 2}});
  expect_goes_on(
      "{rnn: {stateful: true, cell: {class_name: StackedRNNCells, config: {cells: [{class_name: LSTMCell, config: {units: 3}}, "
      "{class_name: GRUCell, config: {units: 2}}]}}}}",
      {{1, 3}, {1, 3}, {1, 2}});
}

TEST(Stateful, NamesInputsByLayerAndState) {
  const Architecture made = states_as_values(stateful_net("{bidirectional: {layer: {lstm: {units: 3, stateful: true}}, name: both}}"));
  EXPECT_EQ(made.layers[4].name, "both_state_3");
  EXPECT_EQ(made.layers[4].settings, (Json{{"batch_size", nullptr}, {"shape", {3}}}));
  EXPECT_EQ(made.outputs, (std::vector<std::string>{"both", "both:1", "both:2", "both:3", "both:4"}));
}

TEST(Stateful, SaysWhatCannotBe) {
  EXPECT_THAT(message_of([] { states_as_values(stateful_net("{lstm: {units: 3}}")); }), HasSubstr("no layer of the model is stateful"));
  EXPECT_THAT(message_of([] {
                states_as_values(
                    stateful_net("{gru: {units: 2, stateful: true, return_sequences: true, name: a}}, "
                                 "{gru: {shares: a, name: b}}"));
              }),
              HasSubstr("layer \"a\" is stateful and is used several times"));
}

}  // namespace upkeep::layers
