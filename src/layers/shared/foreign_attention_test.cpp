#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

std::string list_of(Random& random, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "" : ", ") + std::to_string(random.normal());
  return text;
}

// x [N, T, 4], two heads of two; one projection for query, key and value, and one for the output.
std::string attention_graph(const std::string& body, const std::string& more = "", const std::string& steps = "3") {
  Random random(3);
  return "<ir_version: 10, opset_import: [\"\": 18]> g (float[N, " + steps + ", 4] x) => (float[N, " + steps +
         ", 4] y) <float[4, 12] w = {" + list_of(random, 48) + "}, float[12] b = {" + list_of(random, 12) + "}, float[4, 4] wo = {" +
         list_of(random, 16) + "}, float[4] bo = {" + list_of(random, 4) + "}, float half = {0.5}" + (more.empty() ? "" : ", " + more) +
         "> { " + body + " }";
}

Tensor attention_input(std::int64_t steps = 3) {
  Random random(9);
  std::vector<float> values(static_cast<std::size_t>(2 * steps * 4));
  for (float& value : values) value = static_cast<float>(random.normal());
  return Tensor({2, steps, 4}, std::move(values));
}

void expect_attention(const std::string& text) {
  const std::vector<LayerSpec> layers = recognised(text);
  ASSERT_EQ(layers.size(), 1U);
  EXPECT_EQ(layers[0].kind, "multi_head_attention");
  EXPECT_EQ(layers[0].settings["num_heads"], 2);
  expect_equal_answers(text, attention_input(), 64);
}

constexpr const char* kJoint = "m = MatMul(x, w) p = Add(m, b) ";
constexpr const char* kEnd = " c = Transpose <perm = [0, 2, 1, 3]> (h) j = Reshape(c, flat) o = MatMul(j, wo) y = Add(o, bo)";
constexpr const char* kSizes =
    "int64[5] five = {0, 3, 3, 2, 2}, int64[4] four = {0, 3, 2, 2}, int64[3] flat = {0, 3, 4}, "
    "int64 at0 = {0}, int64 at1 = {1}, int64 at2 = {2}, int64[3] each = {4, 4, 4}, "
    "float[3, 3] later = {0, -1000000, -1000000, 0, 0, -1000000, 0, 0, 0}";

// qkv.reshape(B, N, 3, H, D).permute(2, 0, 3, 1, 4)
TEST(ForeignAttention, FindsOneProjectionWithTheHeadsInside) {
  expect_attention(
      attention_graph(std::string(kJoint) +
                          "r = Reshape(p, five) t = Transpose <perm = [2, 0, 3, 1, 4]> (r) q = Gather(t, at0) k = Gather(t, at1) "
                          "v = Gather(t, at2) kt = Transpose <perm = [0, 1, 3, 2]> (k) qs = Mul(q, half) s = MatMul(qs, kt) "
                          "a = Softmax <axis = -1> (s) h = MatMul(a, v)" +
                          kEnd,
                      kSizes));
}

// qkv.chunk(3, -1), each .view(B, T, H, D).transpose(1, 2), and a mask of later keys
TEST(ForeignAttention, FindsChunksAndTheMaskOfLaterKeys) {
  const std::string body =
      std::string(kJoint) +
      "q0, k0, v0 = Split <axis = 2> (p, each) q1 = Reshape(q0, four) k1 = Reshape(k0, four) v1 = Reshape(v0, four) "
      "q = Transpose <perm = [0, 2, 1, 3]> (q1) kt = Transpose <perm = [0, 2, 3, 1]> (k1) v = Transpose <perm = [0, 2, 1, 3]> (v1) "
      "s = MatMul(q, kt) sc = Mul(s, half) ";
  expect_attention(attention_graph(body + "a = Softmax <axis = -1> (sc) h = MatMul(a, v)" + kEnd, kSizes));
  const std::string masked = attention_graph(body + "sm = Add(sc, later) a = Softmax <axis = -1> (sm) h = MatMul(a, v)" + kEnd, kSizes);
  EXPECT_EQ(recognised(masked)[0].settings["use_causal_mask"], true);
  expect_attention(masked);
}

// nn.MultiheadAttention: time first inside, batch and heads as one axis, the rows as one for the last projection.
TEST(ForeignAttention, FindsWhatPyTorchsModuleDoes) {
  const std::string sizes =
      "int64[1] zero = {0}, int64 at0 = {0}, int64 at1 = {1}, int64 at2 = {2}, int64[1] three = {3}, int64[4] apart = {3, -1, 3, 4}, "
      "int64[3] by_head = {3, -1, 2}, int64[2] joined = {-1, 4}, int64[3] again = {3, -1, 4}";
  const std::string body =
      "x1 = Transpose <perm = [1, 0, 2]> (x) m = MatMul(x1, w) p = Add(b, m) r = Reshape(p, apart) u = Unsqueeze(r, zero) "
      "t = Transpose <perm = [3, 1, 2, 0, 4]> (u) g = Squeeze(t, three) q0 = Gather(g, at0) k0 = Gather(g, at1) v0 = Gather(g, at2) "
      "q1 = Reshape(q0, by_head) q = Transpose <perm = [1, 0, 2]> (q1) qs = Mul(q, half) "
      "k1 = Reshape(k0, by_head) kt = Transpose <perm = [1, 2, 0]> (k1) v1 = Reshape(v0, by_head) v = Transpose <perm = [1, 0, 2]> (v1) "
      "s = MatMul(qs, kt) a = Softmax <axis = -1> (s) h = MatMul(a, v) ht = Transpose <perm = [1, 0, 2]> (h) j = Reshape(ht, joined) "
      "o = Gemm(j, wo, bo) z = Reshape(o, again) y = Transpose <perm = [1, 0, 2]> (z)";
  expect_attention(attention_graph(body, sizes));
}

// The weights of the values are read as well, or the scale is missing from what Keras would do by itself.
TEST(ForeignAttention, KeepsWhatOthersRead) {
  const std::string body =
      std::string(kJoint) +
      "q0, k0, v0 = Split <axis = 2> (p, each) q1 = Reshape(q0, four) k1 = Reshape(k0, four) v1 = Reshape(v0, four) "
      "q = Transpose <perm = [0, 2, 1, 3]> (q1) kt = Transpose <perm = [0, 2, 3, 1]> (k1) v = Transpose <perm = [0, 2, 1, 3]> (v1) "
      "s = MatMul(q, kt) a = Softmax <axis = -1> (s) ";
  expect_attention(attention_graph(body + "h = MatMul(a, v)" + kEnd, kSizes));  // no scale: it goes into the query
  const std::string read = attention_graph(body + "h0 = MatMul(a, v) w1 = ReduceMax <keepdims = 1> (a) h = Mul(h0, w1)" + kEnd, kSizes);
  EXPECT_THAT(message_of([&] { recognised(read); }), testing::HasSubstr("no known layer"));
}

}  // namespace
}  // namespace upkeep::layers
