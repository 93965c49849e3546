// What a model is made of and what it costs: for each layer, or each node of a graph that has no layer view, its output, weights,
// arithmetic and time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "graph/flops.hpp"
#include "graph/graph.hpp"

namespace upkeep {

struct SummaryRow {
  std::string name;
  std::string kind;                 // of the layer, or the operator
  std::string output;               // "[batch, 10]", in Keras's order of axes for layers
  std::vector<std::string> inputs;  // the rows that it reads
  bool reads_above = false;         // and nothing else: the row above
  std::size_t nodes = 0;
  std::int64_t parameters = 0;
  std::int64_t trainable = 0;  // of the parameters; in a graph without layers, all that are floating-point
  std::int64_t zeros = 0;      // of the parameters
  std::int64_t weight_bytes = 0;
  std::int64_t output_bytes = 0;  // of its output, for `rows`; 0 where it is not known or only handed on
  Flops flops;                    // for `rows`
  std::optional<double> time_us;  // of one run; absent where it was not measured, or runs as part of another row
};

struct Summary {
  std::string by;         // "layers", "nodes" or "operators"
  std::int64_t rows = 1;  // that outputs, FLOPs and times are for
  std::vector<SummaryRow> list;
  std::map<std::string, int> operators;  // how many nodes there are of each
  std::map<std::string, int> uncounted;  // and of how many the FLOPs are not known
  // Of the whole graph, with what belongs to no row.
  Flops flops;
  std::int64_t parameters = 0;
  std::int64_t trainable = 0;
  std::int64_t zeros = 0;
  std::int64_t weight_bytes = 0;  // of all initializers
  std::optional<double> run_us;
  double runtime_us = 0;  // of it: the runtime's own changes of layout
};

enum class Timing { kNone, kMeasured };

struct SummaryOptions {
  std::string by;  // of Summary; empty: layers where there is a layer view, nodes up to 100 of them, else operators
  std::int64_t rows = 1;
  Timing timing = Timing::kNone;
  int threads = 0;
};

// Throws Error{kInvalidArgument} for layers of a model that has no layer view; as Session does where times are measured.
Summary summarise(const Model& model, const SummaryOptions& options = {});

}  // namespace upkeep
