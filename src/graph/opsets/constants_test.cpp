#include "graph/opset_testing.hpp"

namespace upkeep {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(ConstantsAdapter, GivesNumbersAndListsAsTensors) {
  EXPECT_THAT(in_set(11, of_set(13, "(float[3] x) => (float[3] y) { c = Constant <value_floats = [1.0, 2.0, 3.0]> () y = Add (x, c) }")),
              AllOf(HasSubstr("value: tensor = float[3]"), HasSubstr("{1,2,3}")));
  EXPECT_THAT(in_set(7, of_set(13, "(float[3] x) => (float[3] y) { c = Constant <value_float = 2.0> () y = Mul (x, c) }")),
              HasSubstr("{2}"));
}

TEST(ConstantsAdapter, KeepsConstantNodesOnEveryWay) {
  const std::string graph = "(float[n,3] x) => (float[n,3] y) { w = Constant <value = float[3] {1, 2, 3}> () y = Add (x, w) }";
  for (const auto& [from, to] : {std::pair{12, 13}, {12, 18}, {16, 21}, {16, 11}, {22, 7}, {7, 22}})
    EXPECT_THAT(in_set(to, of_set(from, graph)), AllOf(HasSubstr("Constant"), HasSubstr("Add (x, w)"))) << from << " " << to;
}

TEST(ConstantsAdapter, FillsKnownShapes) {
  EXPECT_THAT(
      in_set(
          8,
          of_set(9, "(float[2] x) => (float[2] y) <int64[1] s = {2}> { c = ConstantOfShape <value = float[1] {3}> (s) y = Add (x, c) }")),
      HasSubstr("{3,3}"));
}

}  // namespace
}  // namespace upkeep
