#include "train/lowerings/written_out_test.hpp"

namespace upkeep::lowerings {
namespace {

Attribute gru_direction(const char* words) { return {"direction", std::string(words), {}}; }
const Attribute kLateReset{"linear_before_reset", std::int64_t{1}, {}};

TEST(GruLowering, GivesTheAnswersOfOnnxRuntimesOperator) {
  expect_recurrent({.op = "GRU"});
  expect_recurrent({.op = "GRU", .attributes = {kLateReset}});
  expect_recurrent({.op = "GRU", .attributes = {kLateReset}, .bias = false, .states = false});
  expect_recurrent({.op = "GRU", .attributes = {gru_direction("reverse")}, .bias = false, .lengths = true, .states = false});
  expect_recurrent({.op = "GRU", .attributes = {gru_direction("bidirectional"), kLateReset}, .lengths = true, .directions = 2});
  expect_recurrent({.op = "GRU", .attributes = {{"clip", 0.3f, {}}}});
  expect_recurrent({.op = "GRU",
                    .attributes = {{"activations", std::vector<std::string>{"HardSigmoid", "ScaledTanh"}, {}},
                                   {"activation_alpha", std::vector<float>{0.3f, 1.5f}, {}},
                                   {"activation_beta", std::vector<float>{0.4f, 0.6f}, {}}}});
}

TEST(GruLowering, HasGradients) {
  expect_recurrent_gradients({.op = "GRU"});
  expect_recurrent_gradients({.op = "GRU", .attributes = {kLateReset}});
  expect_recurrent_gradients({.op = "GRU", .attributes = {gru_direction("bidirectional"), kLateReset}, .lengths = true, .directions = 2});
}

TEST(GruLowering, TakesTheBatchInFront) { expect_batch_first({.op = "GRU", .lengths = true}); }

}  // namespace
}  // namespace upkeep::lowerings
