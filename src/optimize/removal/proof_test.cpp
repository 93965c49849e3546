#include "optimize/removal/proof.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "optimize/removal/cut_testing.hpp"

namespace upkeep {

namespace {

Model two_layers(const std::string& last, const std::string& outputs = "float[n, 2] y") {
  return model_from_text("<ir_version: 10, opset_import: [\"\" : 21]> net (float[n, 2] x) => (" + outputs +
                         ") <float[2, 3] w = {1, 2, 3, 4, 5, 6}, float[3, 2] v = " + last + "> { h = MatMul(x, w)  y = MatMul(h, v) }");
}

}  // namespace

TEST(RemovalProof, SeesADifferenceAndItsSize) {
  const Model model = two_layers("{1, 2, 3, 4, 5, 6}");
  EXPECT_EQ(removal::difference(model, model), 0);
  EXPECT_GT(*removal::difference(model, two_layers("{1, 2, 3, 4, 5, 6.1}")), removal::rounding_of(model));
  EXPECT_TRUE(std::isinf(*removal::difference(model, two_layers("{1, 2, 3, 4, 5, 6}", "float[n, 2] y, float[n, 3] h"))));
}

TEST(RemovalProof, SaysNothingOfModelsThatDrawNumbers) {
  const Model model = model_from_text(R"(<ir_version: 10, opset_import: ["" : 21]> net (float[n, 2] x) => (float[n, 2] y)
    { r = RandomUniformLike(x)  y = Add(x, r) })");
  EXPECT_FALSE(removal::difference(model, model));
}

TEST(RemovalProof, ZerosStandInFrontOfSums) {
  const Model model = two_layers("{1, 2, 3, 4, 5, 6}");
  const removal::Coupling coupling(model);
  const std::set<removal::Slot> gone = {coupling.groups().at(0).channels.at(1).slot};
  EXPECT_EQ(removal::difference(removal::with_zeros(model, coupling, gone), two_layers("{1, 2, 0, 0, 5, 6}")), 0);
}

}  // namespace upkeep
