#include <gmock/gmock.h>

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

std::vector<Attribute> einsum_equation(const char* text) { return {{"equation", std::string(text), {}}}; }

TEST(EinsumGradient, MatchesFiniteDifferences) {
  EXPECT_GRADIENT("Einsum", {random_tensor({2, 3}), random_tensor({3, 4}, {.seed = 2})}, einsum_equation("ab,bc->ac"));
  EXPECT_GRADIENT("Einsum", {random_tensor({2, 3, 2}), random_tensor({2, 2, 3}, {.seed = 2})}, einsum_equation("abc, cde -> abde"));
  EXPECT_GRADIENT("Einsum", {random_tensor({2, 3}), random_tensor({2, 3}, {.seed = 2})}, einsum_equation("ij,ij->"));
  EXPECT_GRADIENT("Einsum", {random_tensor({2, 3})}, einsum_equation("ij->ji"));
  EXPECT_GRADIENT("Einsum", {random_tensor({2, 3})}, einsum_equation("ij->i"));
  EXPECT_GRADIENT("Einsum", {random_tensor({2, 3}), random_tensor({2}, {.seed = 2})}, einsum_equation("ij,i->i"));
  EXPECT_GRADIENT("Einsum", {random_tensor({2, 3}), random_tensor({3, 2}, {.seed = 2}), random_tensor({2}, {.seed = 3})},
                  einsum_equation("ab,bc,c->a"));
  EXPECT_GRADIENT("Einsum", {random_tensor({2, 3}), random_tensor({}, {.seed = 2})}, einsum_equation("ij,->i"));
  EXPECT_GRADIENT("Einsum", {random_tensor({2, 3}), random_tensor({3, 4}, {.seed = 2})}, einsum_equation("aB,BC->aC"));
}

TEST(EinsumGradient, MatchesFiniteDifferencesWithoutAnArrow) {
  EXPECT_GRADIENT("Einsum", {random_tensor({2, 3}), random_tensor({3, 4}, {.seed = 2})}, einsum_equation("ij,jk"));
  EXPECT_GRADIENT("Einsum", {random_tensor({2}), random_tensor({3}, {.seed = 2})}, einsum_equation("b,a"));
  EXPECT_GRADIENT("Einsum", {random_tensor({2, 2, 3}), random_tensor({3, 4}, {.seed = 2})}, einsum_equation("...i,ij"));
  EXPECT_GRADIENT("Einsum", {random_tensor({3, 3})}, einsum_equation("ii"));
}

TEST(EinsumGradient, MatchesFiniteDifferencesWithDots) {
  EXPECT_GRADIENT("Einsum", {random_tensor({2, 2, 3}), random_tensor({2, 3, 2}, {.seed = 2})}, einsum_equation("...ij,...jk->...ik"));
  EXPECT_GRADIENT("Einsum", {random_tensor({2, 3}), random_tensor({3, 4}, {.seed = 2})}, einsum_equation("...ij,...jk->...ik"));
  EXPECT_GRADIENT("Einsum", {random_tensor({2, 3, 2})}, einsum_equation("i...j->j..."));
  EXPECT_GRADIENT("Einsum", {random_tensor({2, 3, 2}), random_tensor({2}, {.seed = 2})}, einsum_equation("b...,b->..."));
}

TEST(EinsumGradient, MatchesFiniteDifferencesOnDiagonals) {
  for (const char* text : {"ii->i", "ii->", "ij->i"}) EXPECT_GRADIENT("Einsum", {random_tensor({3, 3})}, einsum_equation(text)) << text;
  EXPECT_GRADIENT("Einsum", {random_tensor({2, 2, 2})}, einsum_equation("iii->i"));
  EXPECT_GRADIENT("Einsum", {random_tensor({2, 3, 2})}, einsum_equation("i...i->...i"));
  EXPECT_GRADIENT("Einsum", {random_tensor({2, 2, 3}), random_tensor({3, 2}, {.seed = 2})}, einsum_equation("iij,ji->j"));
}

TEST(EinsumGradient, MatchesFiniteDifferencesWhereSizeOneIsBroadcast) {
  EXPECT_GRADIENT("Einsum", {random_tensor({2, 3}), random_tensor({1, 3}, {.seed = 2})}, einsum_equation("...i,...i->..."));
  EXPECT_GRADIENT("Einsum", {random_tensor({2, 3}), random_tensor({2, 1}, {.seed = 2})}, einsum_equation("ij,ij->i"));
}

TEST(EinsumGradient, MatchesSecondDifferences) {
  EXPECT_SECOND_GRADIENT("Einsum", {random_tensor({2, 3}), random_tensor({3, 2}, {.seed = 2})}, einsum_equation("ab,bc->ac"));
  EXPECT_SECOND_GRADIENT("Einsum", {random_tensor({2, 2, 3}), random_tensor({3, 2}, {.seed = 2})}, einsum_equation("iij,ji->j"));
}

// Sizes that vary need no sums while the graph runs as long as they have the same names.
TEST(EinsumGradient, IsOneEinsumForEachOperand) {
  Model model;
  Ops ops(model);
  const Value a = ops.input("a", DType::kFloat32, {"batch", "rows", 4});
  const Value b = ops.input("b", DType::kFloat32, {"batch", 4, "columns"});
  const Value y = ops.node("Einsum", {a, b}, einsum_equation("bij,bjk->bik"));
  differentiate(ops, ops.reduce_sum(ops.mul(y, y), {}), {a, b});
  EXPECT_EQ(count(model, "Einsum"), 3);
  EXPECT_EQ(count(model, "ReduceSum"), 1);
  EXPECT_EQ(count(model, "Expand"), 0);
}

}  // namespace
}  // namespace upkeep::gradients
