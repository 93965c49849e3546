#include "train/lowerings/written_out_test.hpp"

namespace upkeep::lowerings {
namespace {

Attribute rnn_direction(const char* words) { return {"direction", std::string(words), {}}; }

TEST(RnnLowering, GivesTheAnswersOfOnnxRuntimesOperator) {
  expect_recurrent({.op = "RNN"});
  expect_recurrent({.op = "RNN", .bias = false, .states = false});
  expect_recurrent({.op = "RNN", .attributes = {rnn_direction("reverse")}, .lengths = true});
  expect_recurrent({.op = "RNN",
                    .attributes = {rnn_direction("bidirectional"), {"activations", std::vector<std::string>{"Relu", "Sigmoid"}, {}}},
                    .directions = 2});
}

TEST(RnnLowering, HasGradients) {
  expect_recurrent_gradients({.op = "RNN"});
  expect_recurrent_gradients({.op = "RNN", .attributes = {rnn_direction("bidirectional")}, .lengths = true, .directions = 2});
}

TEST(RnnLowering, TakesTheBatchInFront) { expect_batch_first({.op = "RNN", .attributes = {rnn_direction("reverse")}}); }

}  // namespace
}  // namespace upkeep::lowerings
