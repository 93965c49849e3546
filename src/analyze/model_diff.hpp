// What differs between two models: layers that came, went, were replaced or moved; settings; connections; weights; what else a file says.
// Models whose graphs have no layers are compared node by node.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "graph/graph.hpp"

namespace upkeep {

struct ValueChange {
  std::string name;
  Json before;
  Json after;
};

struct WeightChange {
  std::string name;
  std::string before;  // type and shape, "float32[3, 4]"; empty: there is none
  std::string after;
  bool equal = false;       // element by element, NaN equal to NaN
  bool comparable = false;  // both are numbers of one shape; the differences are 0 otherwise
  std::int64_t values = 0;  // of the first
  std::int64_t differing = 0;
  double largest_absolute = 0;  // of b - a
  double mean_absolute = 0;
  double signal = 0;       // 10 log10(sum of a^2 / sum of (b - a)^2), in dB; 0 where they are equal
  double norm_before = 0;  // square root of the sum of squares
  double norm_after = 0;
  std::int64_t zeros_before = 0;
  std::int64_t zeros_after = 0;
};

// A layer, or a node, of both models or of one.
struct PartChange {
  std::string before;  // its name; empty: it came
  std::string after;   // empty: it went
  std::string kind_before;
  std::string kind_after;
  Json given = Json::object();  // of a part that one model has: the settings that it was given, and its parameters
  std::int64_t parameters = 0;
  bool moved = false;  // its place among the parts that both have
  std::vector<ValueChange> settings;
  // What it reads, in the second model's names where both have it. Empty lists where it reads the same.
  std::vector<std::string> reads_before;
  std::vector<std::string> reads_after;
  bool reads_row_above = false;       // in both: what changed is which part that is
  std::vector<WeightChange> weights;  // all of them, equal ones too

  bool in_both() const { return !before.empty() && !after.empty(); }
  bool renamed() const { return in_both() && before != after; }
  bool same_weights() const;
  bool same() const;  // but for its name
};

struct ModelDiff {
  std::string by;                      // "layers" or "nodes"
  std::vector<PartChange> parts;       // in the second model's order; what went stands where it was
  std::vector<ValueChange> interface;  // inputs and outputs, with their types
  std::vector<ValueChange> metadata;   // operator sets, producer, compile settings, columns, classes: no part of what the model computes

  bool same_structure() const;  // parts, their order, their connections, inputs and outputs; names may differ
  bool same_settings() const;
  bool same_weights() const;
  bool same() const { return same_structure() && same_settings() && same_weights(); }
};

// Parts go together by, in this order: name, kind and equal weights; kind and equal weights, in order; name, kind and shapes of weights;
// kind and shapes, in order; name and kind; name alone. "In order": a longest common subsequence of what is left.
ModelDiff diff(const Model& first, const Model& second);

Json to_json(const ModelDiff& difference);

}  // namespace upkeep
