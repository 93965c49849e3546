#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

TEST(SinGradient, MatchesFiniteDifferences) {
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{3, 4}, Shape{2, 0, 3}})
    EXPECT_GRADIENT("Sin", {random_tensor(shape, {.low = -2, .high = 2})});
}

TEST(CosGradient, MatchesFiniteDifferences) {
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{3, 4}, Shape{2, 0, 3}})
    EXPECT_GRADIENT("Cos", {random_tensor(shape, {.low = -2, .high = 2})});
}

TEST(SinhGradient, MatchesFiniteDifferences) {
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{3, 4}, Shape{2, 0, 3}})
    EXPECT_GRADIENT("Sinh", {random_tensor(shape, {.low = -2, .high = 2})});
}

TEST(CoshGradient, MatchesFiniteDifferences) {
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{3, 4}, Shape{2, 0, 3}})
    EXPECT_GRADIENT("Cosh", {random_tensor(shape, {.low = -2, .high = 2})});
}

TEST(AsinhGradient, MatchesFiniteDifferences) {
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{3, 4}, Shape{2, 0, 3}})
    EXPECT_GRADIENT("Asinh", {random_tensor(shape, {.low = -2, .high = 2})});
}

TEST(AtanGradient, MatchesFiniteDifferences) {
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{3, 4}, Shape{2, 0, 3}})
    EXPECT_GRADIENT("Atan", {random_tensor(shape, {.low = -2, .high = 2})});
}

TEST(TanGradient, MatchesFiniteDifferences) {
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{3, 4}, Shape{2, 0, 3}})
    EXPECT_GRADIENT("Tan", {random_tensor(shape, {.low = -0.8, .high = 0.8})});
}

TEST(AsinGradient, MatchesFiniteDifferences) {
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{3, 4}, Shape{2, 0, 3}})
    EXPECT_GRADIENT("Asin", {random_tensor(shape, {.low = -0.8, .high = 0.8})});
}

TEST(AcosGradient, MatchesFiniteDifferences) {
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{3, 4}, Shape{2, 0, 3}})
    EXPECT_GRADIENT("Acos", {random_tensor(shape, {.low = -0.8, .high = 0.8})});
}

TEST(AtanhGradient, MatchesFiniteDifferences) {
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{3, 4}, Shape{2, 0, 3}})
    EXPECT_GRADIENT("Atanh", {random_tensor(shape, {.low = -0.8, .high = 0.8})});
}

TEST(AcoshGradient, MatchesFiniteDifferences) {
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{3, 4}, Shape{2, 0, 3}})
    EXPECT_GRADIENT("Acosh", {random_tensor(shape, {.low = 1.5, .high = 3})});
}

}  // namespace
}  // namespace upkeep::gradients
