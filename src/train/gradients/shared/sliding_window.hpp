// Windows that slide over the spatial axes (all from axis 2 on) of [N, C, ...]: what convolutions and pooling have in common.
//
// Position i of the small side sees the places i * stride + k * dilation - begin of the big side, k = 0, ..., kernel - 1. For Conv and
// pooling the input is big and the output small; for ConvTranspose it is the other way round.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

// Whole numbers, one per axis: known while the graph is built, or an int64 vector that a run computes. Arithmetic on known ones makes no
// nodes.
class Lengths {
 public:
  Lengths(Ops& ops, std::vector<std::int64_t> numbers) : ops_(&ops), numbers_(std::move(numbers)) {}
  Lengths(Ops& ops, Value value) : ops_(&ops), value_(std::move(value)) {}

  bool known() const { return numbers_.has_value(); }
  const std::vector<std::int64_t>& numbers() const { return numbers_.value(); }
  Value value() const { return numbers_ ? ops_->ints(*numbers_) : value_; }

  friend Lengths operator+(const Lengths& a, const Lengths& b);
  friend Lengths operator-(const Lengths& a, const Lengths& b);
  friend Lengths operator*(const Lengths& a, const Lengths& b);
  friend Lengths operator+(const Lengths& a, std::int64_t b) { return a + a.repeated(b); }
  friend Lengths operator-(const Lengths& a, std::int64_t b) { return a - a.repeated(b); }
  friend Lengths operator-(const Lengths& a) { return a.repeated(0) - a; }
  Lengths half() const;                      // rounded towards 0
  Lengths at_least(std::int64_t low) const;  // the larger one
  Lengths followed_by(const Lengths& other) const;

 private:
  Lengths repeated(std::int64_t number) const;
  template <typename Function>
  static Lengths combine(const Lengths& a, const Lengths& b, std::string_view op, Function function);

  Ops* ops_;
  std::optional<std::vector<std::int64_t>> numbers_;
  Value value_;
};

Lengths sizes(Ops& ops, Value value, std::size_t from);  // of its axes [from, rank)
inline Lengths spatial(Ops& ops, Value value) { return sizes(ops, std::move(value), 2); }
Value reshaped(Ops& ops, Value value, const Lengths& dims);  // 0 copies a dimension, -1 is what remains
// Zeros before and behind each spatial axis; negative amounts cut off.
Value pad_spatial(Ops& ops, Value value, const Lengths& before, const Lengths& behind);

struct Sliding {
  std::vector<std::int64_t> strides;
  std::vector<std::int64_t> dilations;
  Lengths kernel;              // elements per axis
  Lengths begin;               // padding before the big side
  std::optional<Lengths> end;  // and behind it, where the attributes say so
  std::int64_t group = 1;

  Lengths extent(Ops& ops) const;  // what one window spans: (kernel - 1) * dilation + 1
  // How far the windows together reach behind the big side: (n - 1) * stride + extent - begin - size. Negative: its last places are not
  // seen.
  Lengths behind(Ops& ops, Value small, Value big) const;
  bool unit_strides() const;
};

// By the attributes that Conv and the pooling operators share, of any node that carries them: strides, dilations, group, kernel_shape,
// pads, auto_pad. `y` is looked at for its spatial sizes only, `weights` for the kernel's where there is no kernel_shape.
Sliding sliding_of(Ops& ops, const Node& node, Value x, Value y, Value weights = {});
// By those of ConvTranspose, which has output_padding and output_shape as well.
Sliding transposed_sliding_of(Ops& ops, const Node& node, Value x, Value y, Value weights);

}  // namespace upkeep::gradients
