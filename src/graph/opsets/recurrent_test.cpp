#include "graph/opset_testing.hpp"

namespace upkeep {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(RecurrentAdapter, TurnsABatchThatComesFirst) {
  const std::string lstm =
      "(float[2,5,3] x, float[1,16,3] w, float[1,16,4] r) => (float[2,5,1,4] y, float[2,1,4] h) { y, h = LSTM <hidden_size = 4, layout = ";
  EXPECT_THAT(in_set(13, of_set(14, lstm + "1> (x, w, r) }")),
              AllOf(HasSubstr("Transpose <perm: ints = [1, 0, 2]> (x)"), HasSubstr("perm: ints = [2, 0, 1, 3]"), Not(HasSubstr("layout"))));
}

}  // namespace
}  // namespace upkeep
