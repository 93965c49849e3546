#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

const CompiledGraphs kLstm(
    "FirmwareLstm",
    {R"((float[4,2,3] x, float[1,8,3] w, float[1,8,2] r, float[1,16] b) => (float y, float h, float c) { y, h, c = LSTM<hidden_size = 2>(x, w, r, b) })",
     R"((float[4,1,3] x, float[2,8,3] w, float[2,8,2] r, float[2,16] b, float[2,1,2] h0, float[2,1,2] c0, float[2,6] p) => (float y, float h, float c) { y, h, c = LSTM<hidden_size = 2, direction = "bidirectional">(x, w, r, b, , h0, c0, p) })",
     R"((float[4,2,3] x, float[1,8,3] w, float[1,8,2] r, int32[2] n) => (float y, float h, float c) { y, h, c = LSTM<hidden_size = 2, direction = "reverse">(x, w, r, , n) })",
     R"((float[4,1,3] x, float[1,8,3] w, float[1,8,2] r) => (float h) { y, h = LSTM<hidden_size = 2, activations = ["HardSigmoid", "LeakyRelu", "Tanh"], activation_alpha = [0.3, 0.1], activation_beta = [0.4]>(x, w, r) })"});

}  // namespace

TEST(FirmwareLstm, AnswersAsOnnxRuntime) { kLstm.expect_equal_answers(); }

TEST(FirmwareLstm, RefusesClip) {
  const std::string graph =
      R"((float[4,1,3] x, float[1,8,3] w, float[1,8,2] r) => (float h) { y, h = LSTM<hidden_size = 2, clip = 1.0>(x, w, r) })";
  EXPECT_THAT(message_of([&] { header_of(model_in_short(graph)); }), testing::HasSubstr("clip"));
}

}  // namespace upkeep::firmware
