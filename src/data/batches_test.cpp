#include "data/batches.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "base/random.hpp"
#include "upkeep/error.hpp"

namespace upkeep {
namespace {

using testing::ElementsAre;

Dataset numbered(std::int64_t rows, std::int64_t width) {
  std::vector<float> values(static_cast<std::size_t>(rows * width));
  std::iota(values.begin(), values.end(), 0.0F);
  std::vector<std::int64_t> targets(static_cast<std::size_t>(rows));
  std::iota(targets.begin(), targets.end(), 0);
  return {.inputs = {{"x", Tensor({rows, width}, std::move(values))}}, .targets = Tensor({rows, 1}, std::move(targets))};
}

TEST(Batches, CountsThemAndTheRowsOfTheLast) {
  const Batches batches(numbered(10, 2), 4);
  EXPECT_EQ(batches.count(), 3);
  EXPECT_EQ(batches.rows_in(0), 4);
  EXPECT_EQ(batches.rows_in(2), 2);
  EXPECT_THROW(batches.rows_in(3), Error);
  EXPECT_EQ(batches.input_shape(0, 4), (Shape{4, 2}));
  EXPECT_EQ(batches.target_shape(2), (Shape{2, 1}));
  EXPECT_EQ(batches.target_type(), DType::kInt64);
  EXPECT_EQ(batches.input_row_bytes(0), 8U);
}

TEST(Batches, GatherWhatANaiveLoopGathers) {
  for (const std::int64_t width : {1, 2, 3, 10}) {
    const Dataset data = numbered(53, width);
    const Batches batches(data, 8);
    std::vector<std::int64_t> order = Random(1).permutation(53);
    std::iota(order.begin() + 16, order.begin() + 24, 20);  // a run of neighbours
    for (std::int64_t batch = 0; batch < batches.count(); ++batch) {
      const auto rows = batches.slice(order, batch);
      std::vector<float> inputs(rows.size() * static_cast<std::size_t>(width));
      std::vector<std::int64_t> targets(rows.size());
      std::byte* const buffers[] = {reinterpret_cast<std::byte*>(inputs.data())};
      batches.gather(rows, buffers, reinterpret_cast<std::byte*>(targets.data()));
      for (std::size_t i = 0; i < rows.size(); ++i) {
        EXPECT_EQ(targets[i], rows[i]);
        for (std::int64_t j = 0; j < width; ++j)
          EXPECT_EQ(inputs[i * static_cast<std::size_t>(width) + static_cast<std::size_t>(j)], static_cast<float>(rows[i] * width + j));
      }
    }
  }
}

TEST(Batches, CastInputsAndLeaveOutTargetsThatNobodyWants) {
  Dataset data = numbered(3, 1);
  data.inputs["b"] = Tensor(Shape{3, 2}, std::vector<double>{1, 2, 3, 4, 5, 6});
  const Batches batches(data, 2);
  EXPECT_THAT(batches.input_names(), ElementsAre("b", "x"));
  float b[4];
  float x[2];
  std::byte* const buffers[] = {reinterpret_cast<std::byte*>(b), reinterpret_cast<std::byte*>(x)};
  batches.gather(std::vector<std::int64_t>{2, 0}, buffers, nullptr);
  EXPECT_THAT(b, ElementsAre(5, 6, 1, 2));
  EXPECT_THAT(x, ElementsAre(2, 0));
}

TEST(Batches, RefuseWhatDoesNotFit) {
  EXPECT_THROW(Batches(numbered(3, 1), 0), Error);
  Dataset uneven = numbered(3, 1);
  uneven.inputs["b"] = Tensor(Shape{2, 1}, std::vector<float>{1, 2});
  EXPECT_THROW(Batches(uneven, 2), Error);
  const Batches batches(numbered(3, 1), 2);
  float x[2];
  std::byte* const buffers[] = {reinterpret_cast<std::byte*>(x)};
  EXPECT_THROW(batches.gather(std::vector<std::int64_t>{3}, buffers, nullptr), Error);
  EXPECT_THROW(batches.gather(std::vector<std::int64_t>{0}, {}, nullptr), Error);
  EXPECT_THROW(batches.slice(std::vector<std::int64_t>{0, 1}, 0), Error);
}

}  // namespace
}  // namespace upkeep
