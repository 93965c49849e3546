#include "train/losses/keras_test.hpp"

namespace upkeep::losses {
namespace {

TEST(Dice, GivesTheNumbersOfKeras) {
  expect_keras_loss("dice", kProbabilities, kLabels, {0.402843595f}, 0.402843595f,
                    {0.0566025004f, -0.132970959f, -0.132970959f, -0.132970959f, 0.0566025004f, 0.0566025004f, 0.0566025004f, -0.132970959f,
                     0.0566025004f, -0.132970959f, -0.132970959f, 0.0566025004f});
  expect_keras_loss("Dice:axis=1", kProbabilities, kLabels, {0.466666639f, 0.5f, 0.130434752f, 0.476923048f}, 0.39350611f,
                    {0.0444444455f, -0.12222223f, -0.12222223f, -0.1875f, 0.0625f, 0.0625f, 0.0945179611f, -0.122873351f, 0.0945179611f,
                     -0.11360947f, -0.11360947f, 0.0402366892f});
}

TEST(Dice, OfTheBatchIsWeighedByEachSample) {
  expect_keras_loss("dice", kProbabilities, kLabels, {0.402843595f}, 0.579087615f,
                    {0.081366092f, -0.191145748f, -0.191145748f, -0.191145748f, 0.081366092f, 0.081366092f, 0.081366092f, -0.191145748f,
                     0.081366092f, -0.191145748f, -0.191145748f, 0.081366092f},
                    kWeights);
}

TEST(Tversky, GivesTheNumbersOfKeras) {
  expect_keras_loss("tversky", kProbabilities, kLabels, {0.402843535f}, 0.402843535f,
                    {0.0566025116f, -0.132970959f, -0.132970959f, -0.132970959f, 0.0566025116f, 0.0566025116f, 0.0566025116f, -0.132970959f,
                     0.0566025116f, -0.132970959f, -0.132970959f, 0.0566025116f});
  expect_keras_loss("Tversky:alpha=0.3,beta=0.6,axis=[1]", kProbabilities, kLabels,
                    {0.375000119f, 0.473684251f, 0.152542531f, 0.407665551f}, 0.352223098f,
                    {0.0732421651f, -0.109863281f, -0.109863281f, -0.166204989f, 0.0831024796f, 0.0831024796f, 0.107727632f, -0.0861821398f,
                     0.107727632f, -0.101980105f, -0.101980105f, 0.0619164854f});
}

}  // namespace
}  // namespace upkeep::losses
