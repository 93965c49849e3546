// Where two models part that should give the same answers: the first of the values inside of them that differs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "convert/compare.hpp"

namespace upkeep {

// Where the values inside of two models part.
struct Inside {
  std::string by;           // what went together: "layers" (by the layer view), "names" (values of equal names), or "nothing"
  std::int64_t values = 0;  // how many were compared
  struct Part {
    std::string layer;  // by layers: its name and kind
    std::string kind;
    OutputComparison difference;
  };
  std::optional<Part> first;  // the first of them beyond the bound, in the order of computation
};
Json to_json(const Inside& inside);
// "the two part at layer \"conv2d\" (conv2d), by 0.2 (relative)"
std::string to_text(const Inside& inside);

// Runs both as compare() does, and looks for the first value that differs by more than `relative`. Only the row where the answers differ
// most is run, where rows are free: values inside are large.
Inside compare_inside(const Model& first, const Model& second, const Tensors& inputs, double relative);

}  // namespace upkeep
