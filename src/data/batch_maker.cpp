#include "data/batch_maker.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "base/format.hpp"
#include "data/rows.hpp"

namespace upkeep {

namespace {

using augment::Image;
using augment::ImageShape;
using augment::Sample;

Error no_image(const Tensor& images, std::string_view why) {
  return Error(ErrorCode::kInvalidArgument,
               upkeep::format("{}{} cannot be augmented: {}", to_string(images.dtype()), to_string(images.shape()), why),
               "images are [N, H, W, C] or [N, H, W], rows of a table [N, F]; of type float32 or uint8");
}

ImageShape shape_of_rows(const Tensor& images, bool channels_first) {
  std::vector<int> dims;
  for (std::size_t i = 1; i < images.rank(); ++i) {
    if (images.dim(i) < 1 || images.dim(i) > (1 << 24)) throw no_image(images, upkeep::format("axis {} is {} long", i, images.dim(i)));
    dims.push_back(static_cast<int>(images.dim(i)));
  }
  switch (dims.size()) {
    case 1: return {1, 1, dims[0]};
    case 2: return {dims[0], dims[1], 1};
    case 3: return channels_first ? ImageShape{dims[1], dims[2], dims[0]} : ImageShape{dims[0], dims[1], dims[2]};
    default: throw no_image(images, upkeep::format("it has {} axes", images.rank()));
  }
}

// A row's shape with another height and width.
Shape resized(const Tensor& images, const ImageShape& shape, bool channels_first) {
  switch (images.rank()) {
    case 2: return {shape.channels};
    case 3: return {shape.height, shape.width};
    default: return channels_first ? Shape{shape.channels, shape.height, shape.width} : Shape{shape.height, shape.width, shape.channels};
  }
}

// Calls work(T*) with the elements' type.
template <typename Work>
void with_elements(DType dtype, std::byte* bytes, const Work& work) {
  switch (dtype) {
    case DType::kFloat32: return work(reinterpret_cast<float*>(bytes));
    case DType::kUInt8: return work(reinterpret_cast<std::uint8_t*>(bytes));
    case DType::kInt32: return work(reinterpret_cast<std::int32_t*>(bytes));
    case DType::kInt64: return work(reinterpret_cast<std::int64_t*>(bytes));
    default: std::unreachable();  // bind_image() and bind_targets() let no other pass
  }
}

// Where in a [C, H, W] row the elements of [H, W, C] stand, or the same place.
template <typename Work>
void for_each_element(const ImageShape& shape, bool channels_first, const Work& work) {
  if (!channels_first || shape.channels == 1) {
    for (std::size_t i = 0; i < shape.size(); ++i) work(i, i);
    return;
  }
  const auto plane = static_cast<std::size_t>(shape.height) * static_cast<std::size_t>(shape.width);
  const auto channels = static_cast<std::size_t>(shape.channels);
  for (std::size_t pixel = 0; pixel < plane; ++pixel)
    for (std::size_t c = 0; c < channels; ++c) work(pixel * channels + c, c * plane + pixel);
}

const std::byte* row_of(const Tensor& values, std::int64_t row) {
  if (row < 0 || row >= values.dim(0))
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("row {} is outside of the {} rows", row, values.dim(0)));
  return values.bytes().data() + static_cast<std::size_t>(row) * row_bytes(values);
}

void load_image(const Tensor& values, std::int64_t row, const ImageShape& shape, bool channels_first, Image& image) {
  image.shape = shape;
  image.pixels.resize(shape.size());
  with_elements(values.dtype(), const_cast<std::byte*>(row_of(values, row)), [&](const auto* from) {
    for_each_element(shape, channels_first,
                     [&](std::size_t pixel, std::size_t place) { image.pixels[pixel] = static_cast<float>(from[place]); });
  });
}

void store_image(const Image& image, bool channels_first, DType dtype, std::byte* bytes) {
  with_elements(dtype, bytes, [&]<typename T>(T* to) {
    for_each_element(image.shape, channels_first,
                     [&](std::size_t pixel, std::size_t place) { to[place] = static_cast<T>(image.pixels[pixel]); });
  });
}

constexpr float kNoBox = -1;  // Keras's padding

void load_boxes(const Tensor& values, std::int64_t row, std::vector<augment::Box>& boxes) {
  boxes.clear();
  const auto width = static_cast<std::size_t>(values.dim(2));
  const auto* from = reinterpret_cast<const float*>(row_of(values, row));
  for (std::int64_t i = 0; i < values.dim(1); ++i, from += width) {
    const augment::Box box = {from[0], from[1], from[2], from[3], width > 4 ? from[4] : 0.0f};
    if (!box.empty()) boxes.push_back(box);
  }
}

void store_boxes(const std::vector<augment::Box>& boxes, const Shape& row, float* to) {
  std::fill_n(to, row[0] * row[1], kNoBox);
  for (const augment::Box& box : boxes) {
    to[0] = static_cast<float>(box.left);
    to[1] = static_cast<float>(box.top);
    to[2] = static_cast<float>(box.right);
    to[3] = static_cast<float>(box.bottom);
    if (row[1] > 4) to[4] = box.label;
    to += row[1];
  }
}

// Standard deviations of the features, around their means.
std::vector<float> deviations_of(const Tensor& rows) {
  const auto width = static_cast<std::size_t>(rows.dim(1));
  std::vector<double> sum(width);
  std::vector<double> squares(width);
  const Tensor numbers = rows.cast(DType::kFloat32);
  const std::span<const float> values = numbers.floats();
  for (std::size_t i = 0; i < values.size(); ++i) sum[i % width] += values[i];
  const auto count = static_cast<double>(std::max<std::int64_t>(rows.dim(0), 1));
  for (std::size_t i = 0; i < values.size(); ++i)
    squares[i % width] += (values[i] - sum[i % width] / count) * (values[i] - sum[i % width] / count);
  std::vector<float> deviations;
  for (const double square : squares) deviations.push_back(static_cast<float>(std::sqrt(square / count)));
  return deviations;
}

}  // namespace

BatchMaker::BatchMaker(LoaderData data, augment::Pipeline pipeline, std::uint64_t seed)
    : data_(std::move(data)), pipeline_(std::move(pipeline)), seed_(seed) {
  for (const Tensor& column : data_.columns) {
    if (column.rank() == 0 || column.dim(0) != data_.columns.front().dim(0))
      throw Error(
          ErrorCode::kInvalidArgument,
          upkeep::format("columns to load have the shapes {} and {}", to_string(data_.columns.front().shape()), to_string(column.shape())),
          "axis 0 is the row, as many in each");
    columns_.push_back({column.dtype(), {column.shape().begin() + 1, column.shape().end()}, row_bytes(column)});
  }
  if (pipeline_.empty()) return;
  if (data_.image >= data_.columns.size()) throw Error(ErrorCode::kInvalidArgument, "there is no column to augment");
  bind_image();
  if (data_.targets < data_.columns.size()) bind_targets();
  expect_mixable();
  measure();
}

void BatchMaker::bind_image() {
  const Tensor& images = data_.columns[data_.image];
  if (images.dtype() != DType::kFloat32 && images.dtype() != DType::kUInt8) throw no_image(images, "its elements are not of those types");
  image_ = shape_of_rows(images, data_.channels_first);
  const Shape row = resized(images, pipeline_.output(image_), data_.channels_first);
  columns_[data_.image] = {DType::kFloat32, row, static_cast<std::size_t>(element_count(row)) * sizeof(float)};
}

void BatchMaker::bind_targets() {
  const Tensor& targets = data_.columns[data_.targets];
  const auto wrong = [&](std::string_view hint) {
    return Error(ErrorCode::kInvalidArgument,
                 upkeep::format("targets of {}{} cannot follow the image", to_string(targets.dtype()), to_string(targets.shape())),
                 std::string(hint));
  };
  kind_ = data_.target_kind;
  if (kind_ == TargetKind::kInferred) {
    kind_ = TargetKind::kLabels;
    if (targets.rank() == 3 || targets.rank() == 4) {
      const ImageShape shape = shape_of_rows(targets, data_.channels_first);
      if (shape.height == image_.height && shape.width == image_.width) kind_ = TargetKind::kMask;
    }
  }
  if (kind_ == TargetKind::kMask) {
    const bool known = targets.dtype() == DType::kFloat32 || targets.dtype() == DType::kUInt8 || targets.dtype() == DType::kInt32 ||
                       targets.dtype() == DType::kInt64;
    if (targets.rank() < 3 || !known) throw wrong("masks are [N, H, W] or [N, H, W, K] of float32, uint8, int32 or int64");
    mask_ = shape_of_rows(targets, data_.channels_first);
    if (mask_.height != image_.height || mask_.width != image_.width)
      throw wrong("a mask is as high and wide as its image, " + augment::to_string(image_));
    ImageShape output = pipeline_.output(image_);
    output.channels = mask_.channels;
    BatchColumn& column = columns_[data_.targets];
    column.row = resized(targets, output, data_.channels_first);
    column.row_bytes = static_cast<std::size_t>(element_count(column.row)) * size_bits(column.dtype) / 8;
  } else if (kind_ == TargetKind::kBoxes) {
    if (targets.rank() != 3 || targets.dtype() != DType::kFloat32 || (targets.dim(2) != 4 && targets.dim(2) != 5))
      throw wrong("boxes are [N, K, 4] or, with a label, [N, K, 5] of float32");
  } else if (targets.dtype() != DType::kFloat32 || targets.rank() != 2) {
    kind_ = TargetKind::kInferred;  // nothing moves
  }
}

// Class indices have no middle.
void BatchMaker::expect_mixable() const {
  const augment::Mixing mixing = pipeline_.mixing();
  if (mixing == augment::Mixing::kNone || data_.targets >= data_.columns.size()) return;
  const Tensor& targets = data_.columns[data_.targets];
  const bool labels = kind_ == TargetKind::kLabels && targets.dim(1) > 0;
  const bool mask = kind_ == TargetKind::kMask && (mixing == augment::Mixing::kPaste || targets.dtype() == DType::kFloat32);
  if (labels || mask) return;
  throw Error(
      ErrorCode::kInvalidArgument,
      upkeep::format("targets of {}{} cannot be mixed", to_string(targets.dtype()), to_string(targets.shape())),
      "mixup and cutmix need one-hot classes or numbers, [N, K] float32: train with categorical_crossentropy, not with class indices");
}

void BatchMaker::measure() {
  const Tensor& images = data_.columns[data_.image];
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  with_elements(images.dtype(), const_cast<std::byte*>(images.bytes().data()), [&](const auto* from) {
    for (std::int64_t i = 0; i < images.size(); ++i) {
      low = std::min(low, static_cast<double>(from[i]));  // NaN stays out
      high = std::max(high, static_cast<double>(from[i]));
    }
  });
  facts_ = low <= high ? augment::DataFacts{low, high, {}} : augment::DataFacts{};
  if (images.rank() == 2) facts_.deviations = deviations_of(images);
}

void BatchMaker::load(Sample& sample, std::int64_t row) const {
  load_image(data_.columns[data_.image], row, image_, data_.channels_first, sample.image);
  if (kind_ == TargetKind::kInferred) return;
  const Tensor& targets = data_.columns[data_.targets];
  if (kind_ == TargetKind::kMask) load_image(targets, row, mask_, data_.channels_first, sample.mask);
  else if (kind_ == TargetKind::kBoxes) load_boxes(targets, row, sample.boxes);
  else {
    const auto* from = reinterpret_cast<const float*>(row_of(targets, row));
    sample.labels.assign(from, from + targets.dim(1));
  }
}

void BatchMaker::store(const Sample& sample, std::size_t place, std::span<std::byte* const> buffers) const {
  const BatchColumn& image = columns_[data_.image];
  store_image(sample.image, data_.channels_first, image.dtype, buffers[data_.image] + place * image.row_bytes);
  if (kind_ == TargetKind::kInferred) return;
  const BatchColumn& column = columns_[data_.targets];
  std::byte* to = buffers[data_.targets] + place * column.row_bytes;
  if (kind_ == TargetKind::kMask) store_image(sample.mask, data_.channels_first, column.dtype, to);
  else if (kind_ == TargetKind::kBoxes) store_boxes(sample.boxes, column.row, reinterpret_cast<float*>(to));
  else std::ranges::copy(sample.labels, reinterpret_cast<float*>(to));
}

void BatchMaker::make(std::span<const std::int64_t> rows, std::uint32_t epoch, std::span<std::byte* const> buffers,
                      std::vector<Sample>& workspace) const {
  const bool augments = !pipeline_.empty();
  for (std::size_t i = 0; i < data_.columns.size(); ++i) {
    if (augments && (i == data_.image || (i == data_.targets && kind_ != TargetKind::kInferred))) continue;
    gather_rows(data_.columns[i].bytes().data(), data_.columns[i].dim(0), columns_[i].row_bytes, rows, buffers[i]);
  }
  if (!augments) return;
  // One by one stays in the cache; samples that are mixed have to be there together.
  const std::size_t together = pipeline_.mixing() == augment::Mixing::kNone ? 1 : rows.size();
  workspace.resize(std::max(workspace.size(), together));
  for (std::size_t begin = 0; begin < rows.size(); begin += together) {
    const std::span<Sample> samples = std::span(workspace).first(together);
    for (std::size_t i = 0; i < together; ++i) load(samples[i], rows[begin + i]);
    pipeline_.run(samples, facts_, {.seed = seed_, .epoch = epoch, .rows = rows.subspan(begin, together)});
    for (std::size_t i = 0; i < together; ++i) store(samples[i], begin + i, buffers);
  }
}

}  // namespace upkeep
