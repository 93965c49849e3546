#include <cmath>

#include "layers/operations/operation_testing.hpp"

namespace upkeep::operations {
namespace {

using layers::Near;

const Tensor kVectors = floats({2, 2}, {3, -4, 0, 0});
const Tensor kMatrix = floats({1, 2, 3}, {1, -2, 3, -4, 5, -6});

std::vector<float> norm(const std::string& settings, const Tensor& x) {
  return numbers(call("norm", R"({"x": {"input": 0})" + settings + "}", {x})[0]);
}

// numpy.linalg.norm
TEST(Norm, OfVectors) {
  EXPECT_THAT(norm(R"(, "axis": -1)", kVectors), Near({5, 0}));
  EXPECT_THAT(norm(R"(, "axis": 1, "ord": 1)", kVectors), Near({7, 0}));
  EXPECT_THAT(norm(R"(, "axis": 1, "ord": 3)", kVectors), Near({std::cbrt(91.0F), 0}));
  EXPECT_THAT(norm(R"(, "axis": 1, "ord": 0)", kVectors), Near({2, 0}));
  EXPECT_THAT(norm(R"(, "axis": 1, "ord": "inf")", kVectors), Near({4, 0}));
  EXPECT_THAT(norm(R"(, "axis": 1, "ord": "-inf")", kVectors), Near({3, 0}));
}

TEST(Norm, OfMatrices) {
  EXPECT_THAT(norm(R"(, "axis": [1, 2])", kMatrix), Near({std::sqrt(91.0F)}));
  EXPECT_THAT(norm(R"(, "axis": [1, 2], "ord": "fro")", kMatrix), Near({std::sqrt(91.0F)}));
  EXPECT_THAT(norm(R"(, "axis": [1, 2], "ord": 1)", kMatrix), Near({9}));  // columns: 5, 7, 9
  EXPECT_THAT(norm(R"(, "axis": [1, 2], "ord": -1)", kMatrix), Near({5}));
  EXPECT_THAT(norm(R"(, "axis": [1, 2], "ord": "inf")", kMatrix), Near({15}));  // rows: 6, 15
  EXPECT_THAT(norm(R"(, "axis": [2, 1], "ord": 1)", kMatrix), Near({15}));
  EXPECT_THAT(norm("", kMatrix), Near({std::sqrt(91.0F)}));
  EXPECT_EQ(call("norm", R"({"x": {"input": 0}, "axis": [1, 2], "ord": 1, "keepdims": true})", {kMatrix})[0].shape(), (Shape{1, 1, 1}));
  EXPECT_THAT(message_of([] { norm(R"(, "axis": [1, 2], "ord": "nuc")", kMatrix); }), testing::HasSubstr("singular values"));
}

TEST(Normalize, DividesByTheSize) {
  EXPECT_THAT(numbers(call("normalize", R"({"x": {"input": 0}})", {kVectors})[0]), Near({0.6F, -0.8F, 0, 0}));
  EXPECT_THAT(numbers(call("normalize", R"({"x": {"input": 0}, "order": 1})", {kVectors})[0]), Near({3 / 7.0F, -4 / 7.0F, 0, 0}));
}

}  // namespace
}  // namespace upkeep::operations
