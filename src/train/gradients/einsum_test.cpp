#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

TEST(EinsumGradient, MatchesFiniteDifferences) {
  const auto equation = [](const char* text) { return std::vector<Attribute>{{"equation", std::string(text)}}; };
  EXPECT_GRADIENT("Einsum", {random_tensor({2, 3}), random_tensor({3, 4}, {.seed = 2})}, equation("ab,bc->ac"));
  EXPECT_GRADIENT("Einsum", {random_tensor({2, 3, 2}), random_tensor({2, 2, 3}, {.seed = 2})}, equation("abc, cde -> abde"));
  EXPECT_GRADIENT("Einsum", {random_tensor({2, 3}), random_tensor({2, 3}, {.seed = 2})}, equation("ij,ij->"));
  EXPECT_GRADIENT("Einsum", {random_tensor({2, 3})}, equation("ij->ji"));
  EXPECT_GRADIENT("Einsum", {random_tensor({2, 3})}, equation("ij->i"));
  EXPECT_GRADIENT("Einsum", {random_tensor({2, 3}), random_tensor({2}, {.seed = 2})}, equation("ij,i->i"));
  EXPECT_GRADIENT("Einsum", {random_tensor({2, 3}), random_tensor({3, 2}, {.seed = 2}), random_tensor({2}, {.seed = 3})},
                  equation("ab,bc,c->a"));
}

TEST(EinsumGradient, RefusesWhatItDoesNotRead) {
  const Tensor x = random_tensor({2, 2});
  EXPECT_THROW(gradient("Einsum", {x}, {{"equation", std::string("ii->i")}}), Error);
  EXPECT_THROW(gradient("Einsum", {x}, {{"equation", std::string("...ij->...ji")}}), Error);
  EXPECT_THROW(gradient("Einsum", {x, x}, {{"equation", std::string("ij,jk")}}), Error);
}

}  // namespace
}  // namespace upkeep::gradients
