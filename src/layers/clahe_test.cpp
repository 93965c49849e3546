#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

// One tile of four pixels without a limit: a value becomes (how many are not above it - how many are the least possible) 255 / the rest.
TEST(Clahe, EqualizesOneTile) {  // running sums at 10, 20, 30: 1, 3, 4, and 0 at 0
  const Tensor x({1, 2, 2, 1}, std::vector<float>{10, 20, 20, 30});
  const std::string layer = "{contrast_limited_adaptive_histogram_equalization: {clip_limit: 0, tile_grid_size: [1, 1]";
  EXPECT_THAT(values(apply(layer + "}}", x)), Near({63.75F, 191.25F, 191.25F, 255}, 40));
  const Tensor shares({1, 1, 2, 2}, std::vector<float>{0.1F, 0.2F, 0.2F, 0.3F});
  EXPECT_THAT(values(apply(layer + ", value_range: [0, 1], data_format: channels_first}}", shares)), Near({0.25F, 0.75F, 0.75F, 1}, 40));
}

// The limit is 16 * 4 / 256 = 0.25 of a count: 3.25 in all are spread, 3.25 / 256 each.
TEST(Clahe, SpreadsWhatIsAboveTheLimit) {
  const Tensor x({1, 2, 2, 1}, std::vector<float>{10, 20, 20, 30});
  const double spread = 3.25 / 256;
  const auto sum = [&](int value, int limited) { return (value + 1) * spread + limited * 0.25; };
  const double least = spread;
  const auto wanted = [&](int value, int limited) { return static_cast<float>((sum(value, limited) - least) * 255 / (4 - least)); };
  EXPECT_THAT(values(apply("{contrast_limited_adaptive_histogram_equalization: {clip_limit: 16, tile_grid_size: [1, 1]}}", x)),
              Near({wanted(10, 1), wanted(20, 2), wanted(20, 2), wanted(30, 3)}, 100));
}

TEST(Clahe, SaysWhatItNeeds) {
  const Tensor x({1, 2, 2, 1}, std::vector<float>(4));
  EXPECT_THAT(message_of([&] { apply("{contrast_limited_adaptive_histogram_equalization: {tile_grid_size: [8, 8]}}", x); }),
              testing::HasSubstr("too small"));
}

}  // namespace
}  // namespace upkeep::layers
