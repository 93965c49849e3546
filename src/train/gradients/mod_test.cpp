#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

TEST(ModGradient, MatchesFiniteDifferences) {
  const std::vector<Attribute> fmod = {{"fmod", std::int64_t{1}, {}}};
  const Tensor a({2, 3}, std::vector<double>{5.5, -5.5, 3.1, 0.4, -7.3, 9.5});
  EXPECT_GRADIENT("Mod", {a, Tensor({2, 3}, std::vector<double>{2, 2, -2, 1, -3, 2.3})}, fmod);
  EXPECT_GRADIENT("Mod", {a, Tensor({3}, std::vector<double>{2.1, -1.7, 0.9})}, fmod);
  EXPECT_GRADIENT("Mod", {Tensor({3}, std::vector<double>{2.2, -1.7, 0.9}), Tensor({2, 1}, std::vector<double>{0.6, -5})}, fmod);
  EXPECT_GRADIENT("Mod", {Tensor::scalar(7.25), Tensor::scalar(2.0)}, fmod);
  EXPECT_SECOND_GRADIENT("Mod", {a, Tensor({3}, std::vector<double>{2.1, -1.7, 0.9})}, fmod);
}

}  // namespace
}  // namespace upkeep::gradients
