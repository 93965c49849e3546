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

TEST(SparseCategoricalCrossentropy, LeavesOutTheClassToIgnore) {
  expect_keras_loss("sparse_categorical_crossentropy:ignore_class=1", kInner, kClasses, {0, 0.693147182f, 0, 1.13943434f}, 0.91629076f,
                    {0, 0, 0, -0.49999997f, 0.5f, 0.5f, 0, 0, 0, 0.400000006f, 0.400000006f, -0.850000024f});
  const Tensor some({4}, std::vector<std::int64_t>{1, -1, 1, -1});
  expect_keras_loss("sparse_categorical_crossentropy:ignore_class=-1,from_logits=true", kNumbers, some, {0.767949581f, 0, 1.85323822f, 0},
                    1.31059384f, {0.140704021f, -0.268018305f, 0.12731427f, 0, 0, 0, 0.0334941186f, -0.421635598f, 0.388141453f, 0, 0, 0});
  expect_keras_loss("sparse_categorical_crossentropy:ignore_class=1", kInner, kClasses, {0, 0.693147182f, 0, 1.13943434f}, 0.835576475f,
                    {0, 0, 0, -0.99999994f, 1, 1, 0, 0, 0, 0.100000001f, 0.100000001f, -0.212500006f}, kWeights);
}

TEST(SparseCategoricalCrossentropy, IsZeroWhenAllIsIgnored) {
  EXPECT_EQ(loss_of("sparse_categorical_crossentropy:ignore_class=1", kInner, Tensor({4}, std::vector<std::int64_t>{1, 1, 1, 1})), 0.0f);
}

TEST(CategoricalGeneralizedCrossEntropy, GivesTheNumbersOfKeras) {
  expect_keras_loss("categorical_generalized_cross_entropy", kInner, kClasses, {0.326679945f, 0.585786462f, 0.102633476f, 0.735088944f},
                    0.437547207f, {0, -0.298807144f, 0, -0.353553385f, 0, 0, 0, -0.263523132f, 0, 0, 0, -0.395284712f});
  expect_keras_loss("CategoricalGeneralizedCrossEntropy:q=0.8", kInner, kClasses, {0.310301691f, 0.532063544f, 0.10104239f, 0.649437726f},
                    0.39821136f, {0, -0.268485218f, 0, -0.287174582f, 0, 0, 0, -0.255323917f, 0, 0, 0, -0.300281107f});
}

}  // namespace
}  // namespace upkeep::losses
