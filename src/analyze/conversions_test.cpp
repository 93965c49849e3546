#include "analyze/conversions.hpp"

#include "analyze/model_diff.hpp"
#include "optimize/quantize/quantize_testing.hpp"

namespace upkeep {

TEST(Conversions, LayAQuantisedModelBesideItsFloatOne) {
  const Model before = quantization::residual_net();
  Model after = before;
  quantize(after, {"static", {{"weight_bits", 4}}}, quantization::rows_for(before));
  const ModelDiff found = diff(before, after);
  const auto part = std::ranges::find_if(found.parts, [](const PartChange& one) { return one.after.starts_with("out"); });
  ASSERT_NE(part, found.parts.end());
  ASSERT_FALSE(part->weights.empty());
  EXPECT_TRUE(part->weights[0].comparable);
  // 15 levels over a kernel of uniform numbers: 20 log10(7) + 10 log10(4) dB, and each channel's own scale a little more.
  EXPECT_NEAR(part->weights[0].signal, 20 * std::log10(7.0) + 10 * std::log10(4.0), 2.5);
  std::map<std::string, std::string> settings;
  for (const ValueChange& change : part->settings) settings[change.name] = change.after.dump();
  EXPECT_EQ(settings.at("weight stored as"), "\"int8 of 4 bits, 4 scales\"");
  EXPECT_THAT(settings.at("input rounded to"), testing::HasSubstr("uint8 in ["));
  EXPECT_TRUE(std::ranges::none_of(found.parts,
                                   [](const PartChange& one) { return one.kind_after == "DequantizeLinear" && one.weights.size() > 0; }));
}

TEST(Conversions, AreNoneInAFloatModel) { EXPECT_EQ(Conversions(quantization::residual_net()).of("x"), nullptr); }

}  // namespace upkeep
