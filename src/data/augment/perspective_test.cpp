#include "data/augment/augment_testing.hpp"
#include "data/augment/shared/warp.hpp"

namespace upkeep::augment {

namespace {

using PerspectivePoints = std::array<std::array<double, 2>, 4>;

// The eight numbers that take `from` to `to`, by Gaussian elimination with pivoting.
std::array<double, 8> perspective_solution(const PerspectivePoints& from, const PerspectivePoints& to) {
  std::vector<std::vector<double>> rows;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto [x, y] = from[i];
    rows.push_back({x, y, 1, 0, 0, 0, -to[i][0] * x, -to[i][0] * y, to[i][0]});
    rows.push_back({0, 0, 0, x, y, 1, -to[i][1] * x, -to[i][1] * y, to[i][1]});
  }
  for (std::size_t column = 0; column < 8; ++column) {
    std::ranges::swap(rows[column], *std::ranges::max_element(rows.begin() + static_cast<std::ptrdiff_t>(column), rows.end(), {},
                                                              [column](const auto& row) { return std::abs(row[column]); }));
    for (std::size_t row = 0; row < 8; ++row) {
      if (row == column) continue;
      const double factor = rows[row][column] / rows[column][column];
      for (std::size_t k = column; k < 9; ++k) rows[row][k] -= factor * rows[column][k];
    }
  }
  std::array<double, 8> solution{};
  for (std::size_t i = 0; i < 8; ++i) solution[i] = rows[i][8] / rows[i][i];
  return solution;
}

// What the augmenter draws: a chance, then x and y of each corner.
PerspectivePoints perspective_corners(std::uint64_t seed, double scale, double right, double bottom) {
  Random random(seed);
  random.uniform();
  PerspectivePoints corners = {{{0, 0}, {right, 0}, {0, bottom}, {right, bottom}}};
  for (auto& corner : corners)
    for (double& coordinate : corner) coordinate += coordinate * random.uniform(-0.5 * scale, 0.5 * scale);
  return corners;
}

}  // namespace

TEST(Perspective, MatchesANaiveLoopOverTheSolvedEquations) {
  const Sample sample = patterned_sample(7, 9);
  const PerspectivePoints corners = {{{0, 0}, {8, 0}, {0, 6}, {8, 6}}};
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const auto m = perspective_solution(perspective_corners(seed, 0.8, 8, 6), corners);
    const Sample seen = augmented("perspective", {{"factor", {1, 1}}, {"scale", 0.8}, {"fill_value", 9}}, sample, seed);
    const auto map = [&m](int x, int y) {
      const double scale = m[6] * x + m[7] * y + 1;
      return TestPlace{(m[0] * x + m[1] * y + m[2]) / scale, (m[3] * x + m[4] * y + m[5]) / scale};
    };
    expect_read_from(seen.image, sample.image, map, "constant", 9);
  }
}

// keras.ops.image.perspective_transform from the image's corners to (0, 0), (4.6, 0), (0, 2.5), (3.5, 3.6), Keras 3.15.
TEST(Perspective, ReadsAsKerasDoes) {
  const auto m = perspective_solution({{{0, 0}, {4.6, 0}, {0, 2.5}, {3.5, 3.6}}}, {{{0, 0}, {4, 0}, {0, 3}, {4, 3}}});
  Sample sample = keras_sample();
  warp(sample, {m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7], 1}, sampling("bilinear", "constant", 0));
  EXPECT_THAT(sample.image.pixels,
              near_keras({0,        15.84904f, 22.51936f, 8.185094f, 16.48686f, 8.510478f, 20.91859f, 18.1f,     23.82931f, 19.12477f,
                          19.6819f, 17.11448f, 10.85567f, 16.93021f, 21.45665f, 0.250679f, 20.92719f, 21.67434f, 18.75388f, 19.62357f}));
}

TEST(Perspective, MovesTheCornersOfABox) {
  Sample sample = patterned_sample(7, 9, 1);
  sample.boxes = {{.left = 0, .top = 0, .right = 9, .bottom = 7}};
  const Sample seen = augmented("perspective", {{"factor", {1, 1}}, {"scale", 0.1}}, sample, 3);
  const auto m = perspective_solution({{{0, 0}, {8, 0}, {0, 6}, {8, 6}}}, perspective_corners(3, 0.1, 8, 6));
  double right = 0;
  for (const double y : {-0.5, 6.5}) right = std::max(right, (m[0] * 8.5 + m[1] * y + m[2]) / (m[6] * 8.5 + m[7] * y + 1) + 0.5);
  EXPECT_NEAR(only_box(seen).right, std::min(right, 9.0), 1e-9);
}

TEST(Perspective, HappensWithItsProbability) {
  const Sample sample = patterned_sample(5, 5, 1);
  int changed = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed)
    changed += augmented("RandomPerspective", {{"factor", {0.25, 0.25}}}, sample, seed).image.pixels != sample.image.pixels;
  EXPECT_NEAR(changed, 100, 44);
}

TEST(Perspective, NeedsFourCorners) {
  EXPECT_THAT(message_of([] { make_augmenter("perspective", {})->output({1, 5, 1}); }), testing::HasSubstr("no four corners"));
}

}  // namespace upkeep::augment
