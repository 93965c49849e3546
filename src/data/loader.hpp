// Batches for training: rows gathered into buffers and augmented by threads in the background, ahead of whoever takes them.
//
//   Loader loader({.columns = {images, targets}, .image = 0, .targets = 1}, std::move(pipeline), {.batch_size = 32, .threads = 2});
//   loader.begin(order, epoch);
//   while (const Batch* batch = loader.next()) step(batch->columns[0], batch->columns[1], batch->rows);
//
// The batches come in order, and their bytes depend on data, pipeline, seed, epoch and rows only, never on the threads.
// One thread uses a Loader; what it is given is shared, not copied (tensors are immutable).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "data/augment/shared/pipeline.hpp"
#include "upkeep/tensor.hpp"

namespace upkeep {

inline constexpr std::size_t kNoColumn = static_cast<std::size_t>(-1);

// What the column of targets is to the image.
enum class TargetKind {
  kInferred,  // a mask when it is as high and wide as the image, else labels
  kLabels,    // [N, K] float32 is mixed when samples are; other types stay as they are
  kMask,      // [N, H, W] or [N, H, W, K]: moves with the image, by nearest pixels
  kBoxes,     // [N, K, 4] or [N, K, 5] float32: left, top, right, bottom in pixels (and a label); rows of -1 are no boxes
};

struct LoaderData {
  std::vector<Tensor> columns;      // axis 0 is the row; as many rows in each
  std::size_t image = kNoColumn;    // the column that is augmented, float32 or uint8 (which is handed out as float32):
                                    // [N, H, W, C], [N, H, W], or [N, F] for rows of a table
  std::size_t targets = kNoColumn;  // the column that goes with it
  TargetKind target_kind = TargetKind::kInferred;
  bool channels_first = false;  // images and masks are [N, C, H, W]
};

struct LoaderOptions {
  std::int64_t batch_size = 32;
  int threads = 1;   // in the background; 0: next() does the work itself
  int prefetch = 2;  // batches that may be ready, or in the making, beyond the one handed out
  std::uint64_t seed = 0;
};

// One column of the batches.
struct BatchColumn {
  DType dtype = DType::kFloat32;
  Shape row;  // shape of one row, after augmentation
  std::size_t row_bytes = 0;
};

struct Batch {
  std::size_t slot = 0;                 // in [0, Loader::slots()): says which buffers these are
  std::span<const std::int64_t> rows;   // of the data
  std::span<std::byte* const> columns;  // buffers with room for batch_size rows, filled for rows.size()
};

class Loader {
 public:
  // Throws Error{kInvalidArgument}: columns of different lengths, samples that an augmenter cannot take, labels that cannot be mixed.
  // An empty pipeline only gathers.
  Loader(LoaderData data, augment::Pipeline pipeline, const LoaderOptions& options);
  ~Loader();  // at any moment; waits for batches in the making
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  const std::vector<BatchColumn>& columns() const;
  // The buffers of slot s are at the same addresses for as long as the loader lives, so that a session may stay bound to them.
  std::size_t slots() const;
  std::span<std::byte* const> buffers(std::size_t slot) const;

  // Starts on the rows in this order (copied); what is left of an earlier epoch is dropped. `epoch` varies the chances.
  void begin(std::span<const std::int64_t> order, std::int64_t epoch);
  // The next batch, or null after the last one. It is valid until the next call of next() or begin(). What went wrong in the making of a
  // batch is thrown when that batch's turn comes; the epoch is then at its end.
  const Batch* next();

 private:
  struct State;
  void stop();
  std::unique_ptr<State> state_;
};

}  // namespace upkeep
