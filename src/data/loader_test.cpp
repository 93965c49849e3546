#include "data/loader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <numeric>

#include "base/error_testing.hpp"
#include "base/random.hpp"
#include "data/rows.hpp"

namespace upkeep {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

using Pipeline = augment::Pipeline;

Tensor loader_images(std::int64_t rows, Shape row) {
  Shape shape = {rows};
  shape.insert(shape.end(), row.begin(), row.end());
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  Random(77).fill_uniform(values);
  return Tensor(std::move(shape), std::move(values));
}

Tensor loader_one_hot(std::int64_t rows) {
  std::vector<float> values(static_cast<std::size_t>(rows * 3));
  for (std::int64_t row = 0; row < rows; ++row) values[static_cast<std::size_t>(row * 3 + row % 3)] = 1;
  return Tensor({rows, 3}, std::move(values));
}

std::vector<std::int64_t> loader_order(std::int64_t rows) { return Random(3).permutation(rows); }

template <typename T>
std::vector<T> batch_values(const Loader& loader, const Batch& batch, std::size_t column) {
  std::vector<T> values(batch.rows.size() * loader.columns()[column].row_bytes / sizeof(T));
  std::memcpy(values.data(), batch.columns[column], values.size() * sizeof(T));
  return values;
}

// All bytes of an epoch, batch by batch.
std::vector<std::vector<std::byte>> epoch_bytes(Loader& loader, std::span<const std::int64_t> order, std::int64_t epoch) {
  std::vector<std::vector<std::byte>> all;
  loader.begin(order, epoch);
  while (const Batch* batch = loader.next())
    for (std::size_t i = 0; i < batch->columns.size(); ++i)
      all.emplace_back(batch->columns[i], batch->columns[i] + batch->rows.size() * loader.columns()[i].row_bytes);
  return all;
}

LoaderData image_data(std::int64_t rows) {
  return {.columns = {loader_images(rows, {6, 5, 2}), loader_one_hot(rows)}, .image = 0, .targets = 1};
}

}  // namespace

TEST(Loader, GathersRowsInOrderWithoutAPipeline) {
  const Tensor values({5, 2}, std::vector<float>{0, 1, 10, 11, 20, 21, 30, 31, 40, 41});
  const Tensor labels({5}, std::vector<std::int64_t>{5, 6, 7, 8, 9});
  for (const int threads : {0, 1, 3}) {
    Loader loader({.columns = {values, labels}}, {}, {.batch_size = 2, .threads = threads, .prefetch = 1});
    loader.begin(std::vector<std::int64_t>{4, 1, 0, 3, 2}, 0);
    const Batch* batch = loader.next();
    ASSERT_NE(batch, nullptr);
    EXPECT_THAT(batch->rows, ElementsAre(4, 1));
    EXPECT_THAT(batch_values<float>(loader, *batch, 0), ElementsAre(40, 41, 10, 11));
    EXPECT_THAT(batch_values<std::int64_t>(loader, *batch, 1), ElementsAre(9, 6));
    batch = loader.next();
    EXPECT_THAT(batch_values<std::int64_t>(loader, *batch, 1), ElementsAre(5, 8));
    batch = loader.next();
    EXPECT_THAT(batch->rows, ElementsAre(2));
    EXPECT_THAT(batch_values<float>(loader, *batch, 0), ElementsAre(20, 21));
    EXPECT_EQ(loader.next(), nullptr);
    EXPECT_EQ(loader.next(), nullptr);
  }
}

TEST(Loader, GivesTheSameBytesWhateverTheThreads) {
  const std::vector<std::string> list = {"flip",  "rotation:factor=0.1", "elastic:alpha=4,sigma=1", "erasing", "mixup", "gaussian_noise",
                                         "cutmix"};
  const std::vector<std::int64_t> order = loader_order(103);
  std::vector<std::vector<std::byte>> expected;
  for (const int threads : {0, 1, 2, 4}) {
    Loader loader(image_data(103), Pipeline::parse(list), {.batch_size = 8, .threads = threads, .prefetch = threads * 2, .seed = 5});
    const auto bytes = epoch_bytes(loader, order, 7);
    if (threads == 0) expected = bytes;
    EXPECT_EQ(bytes, expected) << threads;
    EXPECT_NE(epoch_bytes(loader, order, 8), expected);
    EXPECT_EQ(epoch_bytes(loader, order, 7), expected);
  }
  Loader other(image_data(103), Pipeline::parse(list), {.batch_size = 8, .threads = 0, .seed = 6});
  EXPECT_NE(epoch_bytes(other, order, 7), expected);
}

TEST(Loader, AugmentsARowAlikeInBatchesOfAnySize) {
  const std::vector<std::int64_t> order = loader_order(20);
  std::vector<float> expected;
  for (const std::int64_t size : {1, 7, 20}) {
    Loader loader(image_data(20), Pipeline::parse({"translation", "contrast"}), {.batch_size = size, .threads = 2});
    std::vector<float> all;
    loader.begin(order, 1);
    while (const Batch* batch = loader.next()) std::ranges::copy(batch_values<float>(loader, *batch, 0), std::back_inserter(all));
    if (expected.empty()) expected = all;
    EXPECT_EQ(all, expected);
  }
}

TEST(Loader, KeepsItsBuffersAndOneBatchAtATime) {
  Loader loader(image_data(40), Pipeline::parse({"flip"}), {.batch_size = 4, .threads = 2, .prefetch = 3});
  EXPECT_EQ(loader.slots(), 4U);
  std::vector<float> first;
  for (int epoch = 0; epoch < 3; ++epoch) {
    loader.begin(loader_order(40), 0);
    while (const Batch* batch = loader.next()) {
      EXPECT_EQ(batch->columns.data(), loader.buffers(batch->slot).data());
      const std::vector<float> before = batch_values<float>(loader, *batch, 0);
      std::this_thread::yield();
      EXPECT_EQ(batch_values<float>(loader, *batch, 0), before);
    }
  }
}

TEST(Loader, BeginsAnewAndEndsInTheMiddleOfAnEpoch) {
  const std::vector<std::int64_t> order = loader_order(200);
  for (int i = 0; i < 20; ++i) {
    Loader loader(image_data(200), Pipeline::parse({"rotation"}), {.batch_size = 3, .threads = 3, .prefetch = 5});
    loader.begin(order, 0);
    for (int k = 0; k < i % 4; ++k) EXPECT_NE(loader.next(), nullptr);
    loader.begin(std::vector<std::int64_t>{1, 2}, 0);
    EXPECT_THAT(loader.next()->rows, ElementsAre(1, 2));
    EXPECT_EQ(loader.next(), nullptr);
    loader.begin(order, 1);
    if (i % 2) loader.next();
  }
}

TEST(Loader, ThrowsWhatWentWrongWhenTheBatchHasItsTurn) {
  for (const int threads : {0, 2}) {
    Loader loader(image_data(10), Pipeline::parse({"flip"}), {.batch_size = 2, .threads = threads});
    loader.begin(std::vector<std::int64_t>{0, 1, 2, 10, 4, 5}, 0);
    EXPECT_NE(loader.next(), nullptr);
    EXPECT_THAT(message_of([&] { loader.next(); }), HasSubstr("row 10 is outside of the 10 rows"));
    EXPECT_EQ(loader.next(), nullptr);
    loader.begin(std::vector<std::int64_t>{3}, 0);  // and goes on afterwards
    EXPECT_THAT(loader.next()->rows, ElementsAre(3));
  }
}

TEST(Loader, HandsPicturesOutAsFloats) {
  const Tensor images({2, 2, 2}, std::vector<std::uint8_t>{0, 1, 2, 3, 252, 253, 254, 255});
  Loader loader({.columns = {images}, .image = 0}, Pipeline::parse({"flip_vertical:probability=1"}), {.batch_size = 2, .threads = 1});
  EXPECT_EQ(loader.columns()[0].dtype, DType::kFloat32);
  loader.begin(std::vector<std::int64_t>{1}, 0);
  EXPECT_THAT(batch_values<float>(loader, *loader.next(), 0), ElementsAre(254, 255, 252, 253));
}

TEST(Loader, MovesChannelsThatComeFirst) {
  const Tensor last = loader_images(3, {4, 4, 2});
  std::vector<float> values;
  for (std::int64_t row = 0; row < 3; ++row)
    for (std::size_t c = 0; c < 2; ++c)
      for (std::size_t i = 0; i < 16; ++i) values.push_back(last.floats()[static_cast<std::size_t>(row) * 32 + i * 2 + c]);
  const Tensor first({3, 2, 4, 4}, std::move(values));
  const std::vector<std::int64_t> order = {2};
  Loader one({.columns = {last}, .image = 0}, Pipeline::parse({"rotation", "crop:height=3,width=2"}), {.threads = 0});
  Loader other({.columns = {first}, .image = 0, .channels_first = true}, Pipeline::parse({"rotation", "crop:height=3,width=2"}),
               {.threads = 0});
  EXPECT_EQ(one.columns()[0].row, (Shape{3, 2, 2}));
  EXPECT_EQ(other.columns()[0].row, (Shape{2, 3, 2}));
  one.begin(order, 0);
  other.begin(order, 0);
  const std::vector<float> a = batch_values<float>(one, *one.next(), 0);
  const std::vector<float> b = batch_values<float>(other, *other.next(), 0);
  for (std::size_t i = 0; i < 6; ++i)
    for (std::size_t c = 0; c < 2; ++c) EXPECT_EQ(a[i * 2 + c], b[c * 6 + i]);
}

TEST(Loader, MovesMasksAndBoxesWithTheImage) {
  const Tensor images({1, 2, 3}, std::vector<float>{0, 1, 2, 3, 4, 5});
  const Tensor mask({1, 2, 3}, std::vector<std::int64_t>{9, 8, 7, 6, 5, 4});
  Loader masks({.columns = {images, mask}, .image = 0, .targets = 1}, Pipeline::parse({"flip_horizontal:probability=1"}), {.threads = 0});
  masks.begin(std::vector<std::int64_t>{0}, 0);
  EXPECT_THAT(batch_values<std::int64_t>(masks, *masks.next(), 1), ElementsAre(7, 8, 9, 4, 5, 6));

  const Tensor boxes({1, 3, 5}, std::vector<float>{0, 0, 1, 1, 4, -1, -1, -1, -1, -1, 2, 0, 3, 2, 6});
  Loader boxed({.columns = {images, boxes}, .image = 0, .targets = 1, .target_kind = TargetKind::kBoxes},
               Pipeline::parse({"translation:height_factor=0,width_factor=[0.34,0.34]"}), {.threads = 0});
  boxed.begin(std::vector<std::int64_t>{0}, 0);
  const std::vector<float> moved = batch_values<float>(boxed, *boxed.next(), 1);
  EXPECT_NEAR(moved[0], 1.02, 1e-6);
  EXPECT_EQ(moved[4], 4);
  for (std::size_t i = 5; i < 15; ++i) EXPECT_EQ(moved[i], -1);  // one left the image, one was none
}

TEST(Loader, ScalesNoiseByEachFeatureOfATable) {
  std::vector<float> values;
  for (int row = 0; row < 1000; ++row) values.insert(values.end(), {row % 2 ? 1.0f : -1.0f, row % 2 ? 100.0f : -100.0f, 5.0f});
  const Tensor table({1000, 3}, values);
  Loader loader({.columns = {table}, .image = 0}, Pipeline::parse({"gaussian_noise:stddev=0.1,relative=true"}),
                {.batch_size = 1000, .threads = 1});
  std::vector<std::int64_t> order(1000);
  std::iota(order.begin(), order.end(), 0);
  loader.begin(order, 0);
  const std::vector<float> noisy = batch_values<float>(loader, *loader.next(), 0);
  std::array<double, 3> squares{};
  for (std::size_t i = 0; i < noisy.size(); ++i) squares[i % 3] += std::pow(double{noisy[i]} - double{values[i]}, 2);
  EXPECT_NEAR(std::sqrt(squares[0] / 1000), 0.1, 0.0112);
  EXPECT_NEAR(std::sqrt(squares[1] / 1000), 10, 1.12);
  EXPECT_EQ(squares[2], 0);
}

TEST(Loader, SaysWhatIsWrong) {
  const Tensor images = loader_images(4, {6, 6, 1});
  const Tensor classes({4, 1}, std::vector<std::int64_t>{0, 1, 2, 0});
  const auto refusal = [](LoaderData data, const std::string& augmenter, LoaderOptions options = {}) {
    return message_of([&] { Loader(std::move(data), augmenter.empty() ? Pipeline() : Pipeline::parse({augmenter}), options); });
  };
  EXPECT_THAT(refusal({.columns = {images, classes}, .image = 0, .targets = 1}, "mixup"),
              AllOf(HasSubstr("int64[4, 1] cannot be mixed"), HasSubstr("categorical_crossentropy")));
  EXPECT_THAT(refusal({.columns = {classes}, .image = 0}, "mixup"), HasSubstr("float32 or uint8"));
  EXPECT_THAT(refusal({.columns = {images, loader_images(3, {1})}}, ""), HasSubstr("[4, 6, 6, 1] and [3, 1]"));
  EXPECT_THAT(refusal({.columns = {loader_images(4, {5})}, .image = 0}, "zoom"), HasSubstr("takes images"));
  EXPECT_THAT(refusal({.columns = {loader_images(4, {5, 5, 5, 5})}, .image = 0}, "zoom"), HasSubstr("5 axes"));
  EXPECT_THAT(refusal({.columns = {images}}, "zoom"), HasSubstr("no column to augment"));
  EXPECT_THAT(refusal({.columns = {images, loader_images(4, {5, 6})}, .image = 0, .targets = 1, .target_kind = TargetKind::kMask}, "zoom"),
              HasSubstr("as high and wide"));
  EXPECT_THAT(refusal({.columns = {images, classes}, .image = 0, .targets = 1, .target_kind = TargetKind::kBoxes}, "zoom"),
              HasSubstr("[N, K, 4]"));
  EXPECT_THAT(refusal({.columns = {images}}, "", {.batch_size = 0}), HasSubstr("a batch of 0 rows"));
  EXPECT_THAT(refusal({.columns = {images}}, "", {.threads = -1}), HasSubstr("-1 loader threads"));
  EXPECT_THAT(refusal({.columns = {images}}, "", {.prefetch = -1}), HasSubstr("-1 batches ahead"));
}

}  // namespace upkeep
