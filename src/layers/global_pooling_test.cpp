#include "layers/shared/convolution_testing.hpp"

namespace upkeep::layers {

using testing::ElementsAre;
using testing::HasSubstr;

namespace {

Tensor global_pooling_pixels() { return Tensor({1, 2, 2, 2}, std::vector<float>{1, -8, 2, -7, 3, -6, 6, -5}); }

}  // namespace

TEST(GlobalPooling, GivesOneNumberPerChannel) {
  EXPECT_THAT(values(apply("global_max_pooling2d", global_pooling_pixels())), ElementsAre(6, -5));
  EXPECT_THAT(values(apply("global_average_pooling2d", global_pooling_pixels())), ElementsAre(3, -6.5F));
  EXPECT_THAT(values(apply("{GlobalMaxPool2D: {data_format: channels_first}}", global_pooling_pixels())), ElementsAre(2, 6));
  EXPECT_THAT(values(apply("global_average_pooling1d", global_pooling_pixels().reshaped({1, 4, 2}))), ElementsAre(3, -6.5F));
  EXPECT_THAT(values(apply("global_max_pooling3d", global_pooling_pixels().reshaped({1, 2, 1, 2, 2}))), ElementsAre(6, -5));
}

TEST(GlobalPooling, KeepsTheAxesWhenAsked) {
  EXPECT_EQ(apply("{global_average_pooling2d: {keepdims: true}}", global_pooling_pixels()).shape(), (Shape{1, 1, 1, 2}));
  EXPECT_EQ(apply("{global_max_pooling2d: {keepdims: true, data_format: channels_first}}", global_pooling_pixels()).shape(),
            (Shape{1, 2, 1, 1}));
}

TEST(GlobalPooling, NeedsNoTranspositionBehindAConvolution) {
  for (const char* end : {"global_average_pooling2d", "{global_max_pooling2d: {keepdims: true}}, flatten"}) {
    const Architecture net =
        architecture_from_yaml("layers: [{input: {shape: [4, 4, 2]}}, {conv2d: {filters: 3, kernel_size: 2}}, " + std::string(end) + "]");
    EXPECT_EQ(count_nodes(build_model(net, initial_weights(net, 1)), "Transpose"), 1U + 1U) << end;
  }
}

TEST(GlobalPooling, RecognisesPoolsAndReductions) {
  const auto text = [](const std::string& nodes, const std::string& out) {
    return "<ir_version: 10, opset_import: [\"\": 21]> g (float[N, 3, 4, 5] x) => (float[" + out +
           "] y) <int64[2] last = {2, -1}, int64[2] middle = {1, 2}> { " + nodes + " }";
  };
  const std::string pool = text("p = GlobalAveragePool(x) y = Flatten(p)", "N, 3");
  EXPECT_EQ(recognised(pool).size(), 1U);
  EXPECT_EQ(recognised(pool)[0].settings, (Json{{"data_format", "channels_first"}}));
  const std::string mean = text("y = ReduceMean <keepdims = 0> (x, middle)", "N, 5");
  EXPECT_EQ(recognised(mean)[0].kind, "global_average_pooling2d");
  EXPECT_EQ(recognised(mean)[0].settings, Json::object());
  const std::string max = text("y = ReduceMax(x, last)", "N, 3, 1, 1");
  EXPECT_EQ(recognised(max)[0].settings, (Json{{"data_format", "channels_first"}, {"keepdims", true}}));
  for (const std::string& one : {pool, mean, max}) expect_equal_answers(one, numbers({2, 3, 4, 5}, 1), 32);
  EXPECT_THAT(message_of([&] { recognised(text("y = ReduceMean(x)", "1, 1, 1, 1")); }), HasSubstr("ReduceMean"));
}

}  // namespace upkeep::layers
