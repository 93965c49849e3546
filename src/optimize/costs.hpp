// What a model costs, before a change and after it: bytes of its file, and the time of a run on this machine.
#pragma once

#include <cstdint>
#include <vector>

#include "base/json.hpp"
#include "graph/graph.hpp"

namespace upkeep {

struct FileBytes {
  std::int64_t plain = 0;   // of the ONNX file, without what training and acceptance wrote down, which runtimes do not read
  std::int64_t zipped = 0;  // the same by deflate, level 6
};
FileBytes file_bytes(const Model& model);

struct LatencyOptions {
  std::int64_t rows = 1;  // in a run; a model of a fixed batch takes its own
  int threads = 0;        // 0: one per core
  int least_runs = 5;     // of each model
  int most_runs = 500;
  double seconds = 1;      // of all runs together, beyond the least
  std::uint64_t seed = 0;  // of the bootstrap
  double confidence = 0.95;
};

struct Quartiles {
  double lower = 0;
  double median = 0;
  double upper = 0;
};

// Of two models that ran by turns, so that whatever else the machine did hit both.
struct LatencyChange {
  Quartiles before_ms;
  Quartiles after_ms;
  double change = 0;  // of the medians, relative: -0.2 is a fifth faster
  double low = 0;     // its interval, by a bootstrap over pairs of runs
  double high = 0;
  std::int64_t rows = 0;
  int threads = 0;
  int runs = 0;  // of each
};

// The first rows of `inputs` (by input name, in either model's types) go through both models' sessions, after two runs that do not count.
LatencyChange measure_latency(const Model& before, const Model& after, const Tensors& inputs, const LatencyOptions& options = {});

}  // namespace upkeep
