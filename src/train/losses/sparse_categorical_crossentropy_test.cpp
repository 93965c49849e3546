#include "train/losses/keras_test.hpp"

namespace upkeep::losses {
namespace {

TEST(SparseCategoricalCrossentropy, GivesTheNumbersOfKeras) {
  expect_keras("sparse_categorical_crossentropy", kProbabilities, kClasses, {0.35667497f, 0.69314718f, 0.26236442f, 1.1394343f},
               {0.24999999f, -0.10714287f, 0.24999999f, -0.24999999f, 0.25f, 0.25f, 0, 0, 0.1923077f, 0.2f, 0.2f, -0.42500001f});
  expect_keras("sparse_categorical_crossentropy:from_logits=true", kNumbers, kClasses, {0.76794958f, 0.37208945f, 1.8532382f, 0.63102758f},
               {0.07035201f, -0.13400915f, 0.063657135f, -0.077676848f, 0.025774134f, 0.05190273f, 0.016747059f, -0.2108178f, 0.19407073f,
                0.0080884201f, 0.10890037f, -0.11698879f});
}

}  // namespace
}  // namespace upkeep::losses
