// What the rules of this room are written in: arithmetic that leaves out what need not be computed, and shapes.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "train/gradients/gradient.hpp"

namespace upkeep::gradients {

// --- constants -----------------------------------------------------------------------------------------------------

const Tensor* constant_of(Ops& ops, Value value);              // an initializer that is no input, or a Constant node; else nullptr
std::optional<double> constant_number(Ops& ops, Value value);  // of a constant of rank 0
std::optional<std::vector<std::int64_t>> constant_ints(Ops& ops, Value value);  // of a constant integer vector
Value number(Ops& ops, double value, DType dtype);

// --- arithmetic ----------------------------------------------------------------------------------------------------
// 1, -1 and other constants are folded, so that a graph holds no node that a person would not have written. An absent factor: an absent
// product.

Value times(Ops& ops, Value a, Value b);
Value times(Ops& ops, Value a, double factor);
Value plus(Ops& ops, std::vector<Value> terms);
// The gradient where the condition holds, 0 elsewhere.
Value masked(Ops& ops, Value gradient, Value condition);
// `high` where the condition holds, `low` elsewhere.
Value step(Ops& ops, Value condition, double high, double low, DType dtype);

// --- shapes --------------------------------------------------------------------------------------------------------

bool is_scalar(Value value);                       // its rank is known to be 0: as a gradient it fits every shape
bool same_shape(Value a, Value b);                 // provably: equal numbers or equal symbols
Value full(Ops& ops, Value gradient, Value like);  // stretched to the shape of `like`, to which it broadcasts
Value full_grad(const ForwardNode& node, Ops& ops, std::size_t output = 0);
Value zeros_like(Ops& ops, Value like);
Value reshape_like(Ops& ops, Value value, Value like);  // equal element counts
// A gradient that broadcasts to the node's first output, summed back to an input that was itself broadcast. Absent when nobody wants it.
Value to_input(const ForwardNode& node, Ops& ops, std::size_t input, Value gradient);
std::int64_t positive_axis(std::int64_t axis, std::size_t rank);

// --- reductions (ReduceSum, ReduceMax, ...) ------------------------------------------------------------------------

// A value that broadcasts to the reduction's output, made to broadcast to its input.
Value spread(const ForwardNode& node, Ops& ops, Value reduced);
// `value`, of the input's shape, summed over the same axes, which stay with size 1.
Value sum_over_same_axes(const ForwardNode& node, Ops& ops, Value value);
// 1 / how many elements became one.
Value inverse_count(const ForwardNode& node, Ops& ops);

}  // namespace upkeep::gradients
