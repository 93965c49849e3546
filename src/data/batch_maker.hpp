// Makes one batch: gathers rows, augments them, writes them where a session reads. What a Loader's threads do.
#pragma once

#include <optional>
#include <vector>

#include "data/loader.hpp"

namespace upkeep {

class BatchMaker {
 public:
  BatchMaker(LoaderData data, augment::Pipeline pipeline, std::uint64_t seed);

  const std::vector<BatchColumn>& columns() const { return columns_; }
  // Any number of threads at once, each with its own `workspace` and its own buffers.
  void make(std::span<const std::int64_t> rows, std::uint32_t epoch, std::span<std::byte* const> buffers,
            std::vector<augment::Sample>& workspace) const;

 private:
  void bind_image();
  void bind_targets();
  void expect_mixable() const;
  void measure();
  void load(augment::Sample& sample, std::int64_t row) const;
  void store(const augment::Sample& sample, std::size_t place, std::span<std::byte* const> buffers) const;

  LoaderData data_;
  augment::Pipeline pipeline_;
  std::uint64_t seed_;
  std::vector<BatchColumn> columns_;
  TargetKind kind_ = TargetKind::kInferred;  // of what moves with the image; inferred: nothing does
  augment::ImageShape image_;
  augment::ImageShape mask_;
  augment::DataFacts facts_;
};

}  // namespace upkeep
