#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using DeformInts = std::vector<std::int64_t>;

struct DeformCase {
  std::string what;
  Shape x, w, places;  // places [oH, oW]
  std::int64_t offset_groups = 1;
  std::vector<Attribute> attributes = {};
};

const std::vector<DeformCase> kDeformed = {
    {"plain", {1, 2, 4, 3}, {2, 2, 2, 2}, {3, 2}},
    {"strided, dilated, padded",
     {1, 1, 5, 5},
     {2, 1, 2, 3},
     {3, 3},
     1,
     {{"strides", DeformInts{2, 1}}, {"dilations", DeformInts{2, 1}}, {"pads", DeformInts{1, 0, 1, 0}}}},
    {"groups", {2, 4, 3, 3}, {2, 2, 2, 2}, {2, 2}, 1, {{"group", std::int64_t{2}}}},
    {"offset groups", {1, 4, 3, 3}, {2, 4, 2, 2}, {2, 2}, 2, {{"offset_group", std::int64_t{2}}}},
};

std::vector<Argument> deform_arguments(const DeformCase& one, bool masked_and_biased) {
  const std::int64_t elements = one.offset_groups * one.w[2] * one.w[3];
  std::vector<Argument> arguments{random_tensor(one.x), random_tensor(one.w, {.seed = 2}),
                                  random_tensor({one.x[0], 2 * elements, one.places[0], one.places[1]}, {.gap = 0.1, .seed = 3})};
  if (!masked_and_biased) return arguments;
  arguments.push_back(random_tensor({one.w[0]}, {.seed = 4}));
  arguments.push_back(random_tensor({one.x[0], elements, one.places[0], one.places[1]}, {.seed = 5}));
  return arguments;
}

TEST(DeformConvGradient, MatchesFiniteDifferences) {
  for (const DeformCase& one : kDeformed) {
    EXPECT_GRADIENT("DeformConv", deform_arguments(one, false), one.attributes) << one.what;
    EXPECT_GRADIENT("DeformConv", deform_arguments(one, true), one.attributes) << one.what;
  }
}

}  // namespace
}  // namespace upkeep::gradients
