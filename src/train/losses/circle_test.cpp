#include "train/losses/keras_test.hpp"

namespace upkeep::losses {
namespace {

// kNumbers, each row of length 1.
const Tensor kEmbeddings({4, 3}, std::vector<float>{0.272165537f, 0.952579379f, 0.136082768f, 0.948683262f, -0.252982199f, 0.189736664f,
                                                    0.0188144166f, 0.338659495f, 0.940720856f, -0.89442718f, 0.26832816f, 0.357770890f});
const Tensor kPairs({4}, std::vector<std::int64_t>{0, 1, 0, 1});
const Tensor kLonely({4}, std::vector<std::int64_t>{0, 1, 0, 2});

TEST(Circle, GivesTheNumbersOfKeras) {
  EXPECT_NEAR(loss_of("circle", kEmbeddings, kPairs), 130.565292f, 5e-4f);
  expect_keras_loss("Circle:gamma=10,margin=0.25", kEmbeddings, kPairs, {2.51731133f, 33.6855507f, 3.61559486f, 34.782383f}, 18.6502113f,
                    {-0.0773202926f, -1.74360418f, -4.73859787f, 16.595396f, -4.63949108f, -6.22480869f, -4.05477142f, -4.09757566f,
                     0.579169095f, -17.4214249f, 6.00025272f, -0.307576776f});
  expect_keras_loss("circle:gamma=10,remove_diagonal=false", kEmbeddings, kLonely, {0.995127797f, 0.254249305f, 1.85827148f, 0.381322265f},
                    0.872242689f,
                    {-0.0959006697f, -1.28240895f, -3.53702497f, 0.0220641829f, 0.104678772f, 0.104753017f, -2.50034952f, -3.19230771f,
                     0.122938231f, 0.0614973716f, 0.690294981f, 1.65248466f});
}

TEST(Circle, LeavesOutSamplesWithoutAPair) {
  expect_keras_loss("circle:gamma=10", kEmbeddings, kLonely, {0.963649571f, 0, 1.81589043f, 0}, 1.38977003f,
                    {-0.19388625f, -2.66573429f, -7.36076784f, 0.038902998f, 0.179928154f, 0.168865219f, -4.54692936f, -6.82549572f,
                     -0.0307455063f, 0.105181895f, 1.14366782f, 2.70009422f});
}

}  // namespace
}  // namespace upkeep::losses
