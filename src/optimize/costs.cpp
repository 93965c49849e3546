#include "optimize/costs.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "base/clock.hpp"
#include "base/cores.hpp"
#include "base/random.hpp"
#include "data/elements.hpp"
#include "data/rows.hpp"
#include "graph/notes.hpp"
#include "graph/onnx.hpp"
#include "metrics/shared/interval.hpp"
#include "runtime/session.hpp"

namespace upkeep {

namespace {

constexpr int kDeflateLevel = 6;
constexpr int kResamples = 1000;
constexpr std::size_t kMostBlocks = 40;  // neighbouring runs share what the machine did meanwhile
constexpr std::size_t kSharedBytes = 1 << 20;

// Counts what deflate makes of the pieces.
class Deflated {
 public:
  Deflated() {
    if (deflateInit(&stream_, kDeflateLevel) != Z_OK) throw Error(ErrorCode::kInternal, "zlib cannot start");
  }
  ~Deflated() { deflateEnd(&stream_); }
  Deflated(const Deflated&) = delete;
  Deflated& operator=(const Deflated&) = delete;

  void add(std::span<const std::byte> bytes) {
    constexpr std::size_t kPiece = std::size_t{1} << 30;  // zlib counts in 32 bits
    for (; bytes.size() > kPiece; bytes = bytes.subspan(kPiece)) feed(bytes.first(kPiece), Z_NO_FLUSH);
    feed(bytes, Z_NO_FLUSH);
  }
  std::int64_t finish() {
    feed({}, Z_FINISH);
    return count_;
  }

 private:
  void feed(std::span<const std::byte> bytes, int flush) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    do {
      stream_.next_out = buffer_.data();
      stream_.avail_out = static_cast<uInt>(buffer_.size());
      deflate(&stream_, flush);
      count_ += static_cast<std::int64_t>(buffer_.size()) - stream_.avail_out;
    } while (stream_.avail_out == 0);
  }

  z_stream stream_ = {};
  std::array<Bytef, std::size_t{1} << 16> buffer_;
  std::int64_t count_ = 0;
};

// A model with its session and one batch to run.
class Timed {
 public:
  Timed(const Model& model, const Tensors& inputs, const LatencyOptions& options) : session_(model, {.threads = options.threads}) {
    rows_ = options.rows;
    for (const TensorSpec& input : session_.inputs())
      if (!input.dims.empty() && input.dims[0].known()) rows_ = input.dims[0].value;
    for (const TensorSpec& input : session_.inputs()) {
      const auto found = inputs.find(input.name);
      if (found != inputs.end())
        batch_.emplace(input.name, in_context("input \"" + input.name + "\"", [&] { return part(found->second, input); }));
    }
    for (int i = 0; i < 2; ++i) session_.run(batch_);
  }

  double run_ms() const {
    const Stopwatch watch;
    session_.run(batch_);
    return 1000 * watch.seconds();
  }
  std::int64_t rows() const { return rows_; }

 private:
  Tensor part(const Tensor& all, const TensorSpec& input) const {
    Tensor values = all;
    if (all.rank() > 0) {
      std::vector<std::int64_t> indices(static_cast<std::size_t>(rows_));
      for (std::size_t i = 0; i < indices.size(); ++i) indices[i] = static_cast<std::int64_t>(i) % all.dim(0);
      values = all.dtype() == DType::kString ? texts(all, indices) : take_rows(all, indices);
    }
    const bool differs = values.dtype() != input.dtype && is_number_type(values.dtype()) && is_number_type(input.dtype);
    return differs ? as_elements(values, input.dtype) : values;
  }

  static Tensor texts(const Tensor& all, const std::vector<std::int64_t>& indices) {
    const std::size_t width = all.strings().size() / static_cast<std::size_t>(all.dim(0));
    std::vector<std::string> words;
    for (const std::int64_t index : indices) {
      const auto begin = all.strings().begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(index) * width);
      words.insert(words.end(), begin, begin + static_cast<std::ptrdiff_t>(width));
    }
    Shape shape = all.shape();
    shape[0] = static_cast<std::int64_t>(indices.size());
    return Tensor(shape, std::move(words));
  }

  Session session_;
  Tensors batch_;
  std::int64_t rows_ = 1;
};

Quartiles quartiles(std::vector<double> times) {
  std::ranges::sort(times);
  return {.lower = metrics::quantile(times, 0.25), .median = metrics::quantile(times, 0.5), .upper = metrics::quantile(times, 0.75)};
}

double median_change(std::vector<double> before, std::vector<double> after) {
  std::ranges::sort(before);
  std::ranges::sort(after);
  return metrics::quantile(after, 0.5) / metrics::quantile(before, 0.5) - 1;
}

// Blocks of neighbouring pairs are drawn with replacement.
void bound(LatencyChange& change, const std::vector<double>& before, const std::vector<double>& after, const LatencyOptions& options) {
  const std::size_t count = std::min(kMostBlocks, before.size());
  Random random(options.seed, stream_id("latency bootstrap"));
  std::vector<double> changes;
  for (int i = 0; i < kResamples; ++i) {
    std::vector<double> first, second;
    for (std::size_t draw = 0; draw < count; ++draw) {
      const std::size_t block = random.below(count);
      const auto begin = static_cast<std::ptrdiff_t>(before.size() * block / count);
      const auto end = static_cast<std::ptrdiff_t>(before.size() * (block + 1) / count);
      first.insert(first.end(), before.begin() + begin, before.begin() + end);
      second.insert(second.end(), after.begin() + begin, after.begin() + end);
    }
    changes.push_back(median_change(std::move(first), std::move(second)));
  }
  std::ranges::sort(changes);
  change.low = metrics::quantile(changes, (1 - options.confidence) / 2);
  change.high = metrics::quantile(changes, (1 + options.confidence) / 2);
}

}  // namespace

FileBytes file_bytes(const Model& model) {
  Model read = model;
  read.training_tensors.clear();
  std::erase_if(read.metadata, [](const auto& note) { return note.first == kTrainingKey || note.first == kAcceptanceKey; });
  FileBytes bytes;
  Deflated deflated;
  const auto add = [&](std::span<const std::byte> piece) {
    bytes.plain += static_cast<std::int64_t>(piece.size());
    deflated.add(piece);
  };
  std::size_t weights = 0;
  for (const auto& [name, tensor] : read.graph.initializers) weights += tensor.size_bytes();
  if (weights < ExternalData().beyond_bytes) {
    const std::string file = model_to_bytes(read);
    add(std::as_bytes(std::span(file)));
  } else {
    const ModelWithoutWeights parts = model_without_weights(read, kSharedBytes);
    add(std::as_bytes(std::span(parts.bytes)));
    for (const auto& [name, tensor] : parts.weights) add(tensor.bytes());
  }
  bytes.zipped = deflated.finish();
  return bytes;
}

LatencyChange measure_latency(const Model& before, const Model& after, const Tensors& inputs, const LatencyOptions& options) {
  const Timed first = in_context("the model before", [&] { return Timed(before, inputs, options); });
  const Timed second = in_context("the changed model", [&] { return Timed(after, inputs, options); });
  std::vector<double> before_ms, after_ms;
  const Stopwatch watch;
  for (int i = 0; i < options.least_runs || (i < options.most_runs && watch.seconds() < options.seconds); ++i) {
    if (i % 2 == 0) before_ms.push_back(first.run_ms());
    after_ms.push_back(second.run_ms());
    if (i % 2 == 1) before_ms.push_back(first.run_ms());
  }
  // Of a model of a fixed batch beside one of any, so many rows as the changed one takes in a run.
  for (double& time : before_ms) time *= static_cast<double>(second.rows()) / static_cast<double>(first.rows());
  LatencyChange change{.before_ms = quartiles(before_ms),
                       .after_ms = quartiles(after_ms),
                       .rows = second.rows(),
                       .threads = threads_or_cores(options.threads),
                       .runs = static_cast<int>(before_ms.size())};
  change.change = median_change(before_ms, after_ms);
  bound(change, before_ms, after_ms, options);
  return change;
}

}  // namespace upkeep
