#include "data/augment/shared/pipeline.hpp"

#include <algorithm>

#include "base/format.hpp"

namespace upkeep::augment {

// A key of its own for each stage in each epoch, drawn from the seed; under it each row has its own streams.
Random sample_random(const BatchPlace& place, std::size_t stage, std::int64_t row) {
  Random keys(place.seed, stream_id("augment") + static_cast<std::uint32_t>(stage), place.epoch);
  const std::uint64_t high = keys.next();
  const std::uint64_t key = high << 32U | keys.next();
  const auto number = static_cast<std::uint64_t>(row);
  return Random(key, static_cast<std::uint32_t>(number), static_cast<std::uint32_t>(number >> 32U));
}

Pipeline::Pipeline(const std::vector<NamedSettings>& list) {
  for (const NamedSettings& one : list) {
    const AugmenterEntry& entry = catalog().at(one.name);
    stages_.push_back({one.name, in_context("augmenter " + one.name, [&] { return entry.make(one.values); })});
  }
}

Pipeline Pipeline::parse(const std::vector<std::string>& list) {
  std::vector<NamedSettings> named;
  named.reserve(list.size());
  for (const std::string& text : list) named.push_back(parse_named(text));
  return Pipeline(named);
}

Mixing Pipeline::mixing() const {
  Mixing most = Mixing::kNone;
  for (const Stage& stage : stages_) most = std::max(most, stage.augmenter->mixing());
  return most;
}

ImageShape Pipeline::output(const ImageShape& in) const {
  ImageShape shape = in;
  for (const Stage& stage : stages_)
    shape = in_context("augmenter " + stage.name, [&] {
      if (shape.is_row() && !stage.augmenter->takes_rows())
        throw Error(ErrorCode::kInvalidArgument, upkeep::format("takes images, the rows are {} numbers each", shape.channels),
                    "images are [height, width, channels]; columns of pixels become one by the data's setting image_shape=8x8x1");
      return stage.augmenter->output(shape);
    });
  return shape;
}

void Pipeline::run(std::span<Sample> samples, const DataFacts& facts, const BatchPlace& place) const {
  for (std::size_t number = 0; number < stages_.size(); ++number) {
    const Stage& stage = stages_[number];
    if (stage.augmenter->mixing() != Mixing::kNone) {
      mix(stage, number, samples, place);
      continue;
    }
    for (std::size_t i = 0; i < samples.size(); ++i) {
      Random random = sample_random(place, number, place.rows[i]);
      stage.augmenter->apply(samples[i], facts, random);
    }
  }
}

// Each sample with another by a permutation of the batch, which is drawn by the batch's first row.
void Pipeline::mix(const Stage& stage, std::size_t number, std::span<Sample> samples, const BatchPlace& place) const {
  if (samples.empty()) return;
  const std::vector<Sample> before(samples.begin(), samples.end());
  constexpr std::size_t kOrders = 1U << 16U;  // beside the streams of the samples
  const std::vector<std::int64_t> order =
      sample_random(place, number + kOrders, place.rows.front()).permutation(static_cast<std::int64_t>(samples.size()));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    Random random = sample_random(place, number, place.rows[i]);
    stage.augmenter->mix(samples[i], before[static_cast<std::size_t>(order[i])], random);
  }
}

}  // namespace upkeep::augment
