// Reading an image between its pixels: a weighted sum of neighbours along each axis. Differentiable in the image and in the positions; an
// index is a whole number, so nothing flows through it.
#pragma once

#include <string>
#include <vector>

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

enum class Outside { kZero, kNearest, kMirrorAtCentres, kMirrorAtEdges };  // of the outermost pixels

struct Tap {
  Value index;   // int64, within [0, length)
  Value weight;  // of the index' shape; absent: 1
};
using Taps = std::vector<Tap>;

// The neighbours along one axis of `length` (int64, one number): "nearest", "linear" or "cubic" (Keys 1981, a = -0.75).
Taps taps_of(Ops& ops, const std::string& mode, Value position, Value length, Outside outside);

Value pixel_rows(Ops& ops, Value image);  // [N, C, ...] -> [N * pixels, C]

// Row start + (index_1 * length_2 + index_2) * length_3 + ... of `rows` for every combination of taps, times its weight. Positions of shape
// S (or what broadcasts to it) give [combinations] + S + [C]; sampled() sums them up: S + [C].
Value weighted_taps(Ops& ops, Value rows, Value start, const std::vector<Value>& lengths, const std::vector<Taps>& axes);
Value sampled(Ops& ops, Value rows, Value start, const std::vector<Value>& lengths, const std::vector<Taps>& axes);

Value axis_length(Ops& ops, Value value, std::size_t axis);  // int64, one number
Value count_to(Ops& ops, Value end);                         // 0, 1, ... below one number: int64 [end]

}  // namespace upkeep::gradients
