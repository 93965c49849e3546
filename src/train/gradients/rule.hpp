// What the rules of this room are written in: arithmetic that leaves out what need not be computed, and shapes.
#pragma once

#include <cstdint>
#include <functional>
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
Value filled_like(Ops& ops, Value like, double value);
Value zeros_like(Ops& ops, Value like);                 // as a gradient: float32 for the integers of a quantisation
Value reshape_like(Ops& ops, Value value, Value like);  // equal element counts
// A gradient that broadcasts to the node's first output, summed back to an input that was itself broadcast. Absent when nobody wants it.
Value to_input(const ForwardNode& node, Ops& ops, std::size_t input, Value gradient);
std::int64_t positive_axis(std::int64_t axis, std::size_t rank);
std::size_t known_rank(Value value);  // throws Error{kUnsupported} where rank() is an internal error
// The sizes along the axes [from, to), as an int64 vector; a constant when they are known.
Value sizes(Ops& ops, Value of, std::size_t from, std::size_t to);
Value joined(Ops& ops, std::vector<Value> vectors);  // one after the other; a constant when all are

// --- places: where elements come from ------------------------------------------------------------------------------

Value count_along(Ops& ops, Value of, std::size_t axis);  // 0, 1, ... up to its size along the axis, int64
Value element_numbers(Ops& ops, Value like);              // 0, 1, ... in row-major order, in its shape, int64
// The gradients of elements taken from x by those numbers, added up where each came from.
Value returned_by_number(Ops& ops, Value x, Value numbers, Value grad);
// The same for y = Gather(x, indices) along an axis.
Value returned_along(Ops& ops, Value x, std::int64_t axis, Value indices, Value grad);

// --- reductions (ReduceSum, ReduceMax, ...) ------------------------------------------------------------------------

// A value that broadcasts to the reduction's output, made to broadcast to its input.
Value spread(const ForwardNode& node, Ops& ops, Value reduced);
// `value`, of the input's shape, reduced over the same axes, which stay with size 1.
Value over_same_axes(const ForwardNode& node, Ops& ops, std::string_view op, Value value);
// 1 / how many elements became one.
Value inverse_count(const ForwardNode& node, Ops& ops);

// For each element of x, the product of all others of its group. Right where some of them are 0, and so are its gradients and theirs.
// `product` and `sum` give each element the product or the sum of its group, itself included.
Value product_of_others(Ops& ops, Value x, const std::function<Value(Value)>& product, const std::function<Value(Value)>& sum);

}  // namespace upkeep::gradients
