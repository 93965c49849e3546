#include "optimize/quantize/shared/rounding.hpp"

#include "optimize/quantize/quantize_testing.hpp"
#include "optimize/quantize/shared/prepare.hpp"

namespace upkeep::quantization {

namespace {

// sum over rows of x of ((W_q - W) x)^2, by the definition.
double error_on(const Tensor& x, const Tensor& weight, const Tensor& rounded) {
  double sum = 0;
  const std::int64_t width = weight.dim(1);
  for (std::int64_t row = 0; row < x.dim(0); ++row)
    for (std::int64_t channel = 0; channel < weight.dim(0); ++channel) {
      double product = 0;
      for (std::int64_t i = 0; i < width; ++i) {
        const auto at = static_cast<std::size_t>(channel * width + i);
        product += static_cast<double>(rounded.floats()[at] - weight.floats()[at]) *
                   static_cast<double>(x.floats()[static_cast<std::size_t>(row * width + i)]);
      }
      sum += product * product;
    }
  return sum;
}

// Inputs that go together, as a layer's do.
Tensor mixed_rows(std::int64_t rows, std::int64_t width) {
  Random random(3);
  std::vector<float> values;
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto common = static_cast<float>(random.normal());
    for (std::int64_t i = 0; i < width; ++i) values.push_back(common + 0.5F * static_cast<float>(random.normal()));
  }
  return Tensor({rows, width}, std::move(values));
}

InputProducts products_of(const Tensor& x) {
  const auto width = static_cast<std::size_t>(x.dim(1));
  std::vector<float> sums(width * width, 0);
  for (std::int64_t row = 0; row < x.dim(0); ++row)
    for (std::size_t i = 0; i < width; ++i)
      for (std::size_t j = 0; j < width; ++j)
        sums[i * width + j] +=
            x.floats()[static_cast<std::size_t>(row) * width + i] * x.floats()[static_cast<std::size_t>(row) * width + j];
  return {sums};
}

}  // namespace

TEST(Rounding, MakesTheSumsOfALayerNearerThanTheNearestIntegersDo) {
  const Tensor x = mixed_rows(200, 24), weight = normal_rows({6, 24}, 5);
  QuantizedWeight rounded = quantize_weight(weight, {.bits = 4, .axis = 0});
  const Tensor nearest = dequantized(rounded);
  round_by_products(rounded, weight, 0, range_of_weight(DType::kInt8, 4), products_of(x));
  EXPECT_LT(error_on(x, weight, dequantized(rounded)), 0.6 * error_on(x, weight, nearest));
  for (std::size_t i = 0; i < nearest.floats().size(); ++i) {
    const float scale = rounded.scales[i / 24];
    EXPECT_LE(std::abs(dequantized(rounded).floats()[i] - weight.floats()[i]), scale * 1.001F);
  }
}

TEST(Rounding, SeesWhatConvolutionsRead) {
  Model model = residual_net();
  const QuantizeContext context = rows_for(model, 32);
  Change change;
  prepare(model, 13, change);
  const Wiring wiring(model);
  const auto products = input_products(model, wiring, wiring.ids(), context.rows, 1);
  std::map<std::string, InputProducts> named;
  for (const auto& [weight, one] : products) named[weight.substr(0, weight.find('/'))] = one;
  ASSERT_EQ(named.size(), 4U);
  EXPECT_EQ(named.at("c1").size(), 1U);
  EXPECT_EQ(named.at("c1")[0].size(), 27U * 27U);
  EXPECT_EQ(named.at("d").size(), 8U);
  EXPECT_EQ(named.at("out")[0].size(), 8U * 8U);
  // Rows are normal: the squares of the middle tap, which never reads padding, have a mean of 1.
  const std::vector<float>& first = named.at("c1")[0];
  EXPECT_NEAR(first[4 * 27 + 4] / (32 * 64), 1, 0.15);
  EXPECT_NEAR(first[0] / (32 * 64), 49.0 / 64, 0.15);
}

TEST(Rounding, BringsAnswersOfFourBitsNearer) {
  Model nearest = residual_net(), adaptive = residual_net();
  const QuantizeContext context = rows_for(nearest, 128);
  const Json settings = {{"weight_bits", 4}, {"rounding", "nearest"}};
  const Change before = quantize(nearest, {"static", settings}, context);
  Json with = settings;
  with["rounding"] = "auto";
  const Change after = quantize(adaptive, {"static", with}, context);
  EXPECT_TRUE(after.facts["adaptive_rounding"]);
  EXPECT_GT(after.facts["sqnr"].begin()->get<double>(), before.facts["sqnr"].begin()->get<double>() + 1);

  Model blocks = residual_net(), better = residual_net();
  const Change rough = quantize(blocks, {"weight-only", {{"type", "int4"}, {"smallest", 0}, {"rounding", "nearest"}}}, context);
  const Change fine = quantize(better, {"weight-only", {{"type", "int4"}, {"smallest", 0}, {"rounding", "adaptive"}}}, context);
  EXPECT_GT(fine.facts["sqnr"].begin()->get<double>(), rough.facts["sqnr"].begin()->get<double>() + 1);
  Model without = residual_net();
  EXPECT_THAT(message_of([&] { quantize(without, {"weight-only", {{"rounding", "adaptive"}}}, {}); }), testing::HasSubstr("rows"));
}

}  // namespace upkeep::quantization
