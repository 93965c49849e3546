#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

TEST(DepthToSpaceGradient, MatchesFiniteDifferences) {
  for (const char* mode : {"DCR", "CRD"}) {
    SCOPED_TRACE(mode);
    const std::vector<Attribute> attributes = {{"blocksize", std::int64_t{2}, {}}, {"mode", std::string(mode), {}}};
    EXPECT_GRADIENT("DepthToSpace", {random_tensor({2, 8, 1, 3})}, attributes);
    EXPECT_GRADIENT("DepthToSpace", {random_tensor({0, 4, 2, 2})}, attributes);
    EXPECT_SECOND_GRADIENT("DepthToSpace", {random_tensor({1, 4, 2, 1})}, attributes);
  }
  EXPECT_GRADIENT("DepthToSpace", {random_tensor({1, 9, 1, 2})}, {{"blocksize", std::int64_t{3}}});
}

TEST(SpaceToDepthGradient, MatchesFiniteDifferences) {
  EXPECT_GRADIENT("SpaceToDepth", {random_tensor({2, 2, 4, 2})}, {{"blocksize", std::int64_t{2}}});
  EXPECT_GRADIENT("SpaceToDepth", {random_tensor({1, 1, 3, 3})}, {{"blocksize", std::int64_t{3}}});
}

TEST(ReverseSequenceGradient, MatchesFiniteDifferences) {
  EXPECT_GRADIENT("ReverseSequence", {random_tensor({4, 3, 2}), ints({1, 4, 2})});
  EXPECT_GRADIENT("ReverseSequence", {random_tensor({3, 4}), ints({1, 4, 2})},
                  {{"batch_axis", std::int64_t{0}}, {"time_axis", std::int64_t{1}}});
}

}  // namespace
}  // namespace upkeep::gradients
