// STFT    frame f holds the elements from f * frame_step on, times the window; each is transformed by DFT
//
// The frames are gathered from the signal [batch, length, 1 or 2] by number: [batch, frames, frame length, 1 or 2].

#include "train/lowerings/lowering.hpp"

namespace upkeep::lowerings {
namespace {

Value as_number(Ops& ops, Value value) { return ops.reshape(ops.cast(value, DType::kInt64), std::vector<std::int64_t>{}); }

// Of all elements, [frames, frame length]: which place of the signal they come from.
Value places(const Composite& node, Ops& ops, Value frame_length) {
  const Value zero = ops.constant(Tensor::scalar(std::int64_t{0}));
  const Value one = ops.constant(Tensor::scalar(std::int64_t{1}));
  const Value step = as_number(ops, node.input(1));
  const Value length = ops.gather(ops.shape(node.input(0)), one, 0);
  const Value frames = ops.add(ops.div(ops.sub(length, frame_length), step), one);
  const Value starts = ops.mul(ops.node("Range", {zero, frames, one}), step);
  return ops.add(ops.unsqueeze(starts, {1}), ops.unsqueeze(ops.node("Range", {zero, frame_length, one}), {0}));
}

std::vector<Value> stft(const Composite& node, Ops& ops) {
  const Value window = node.input(2);
  if (!window && !node.input(3)) throw Error(ErrorCode::kUnsupported, "neither a window nor a frame length is given");
  const Value zero = ops.constant(Tensor::scalar(std::int64_t{0}));
  const Value length = node.input(3) ? as_number(ops, node.input(3)) : ops.gather(ops.shape(window), zero, 0);
  Value frames = ops.gather(node.input(0), places(node, ops, length), 1);
  if (window) frames = ops.mul(frames, ops.unsqueeze(window, {1}));
  const std::int64_t onesided = node.attribute<std::int64_t>("onesided", 1);
  if (ops.model().opsets.at("") < 20) return {ops.node("DFT", {frames}, {{"axis", std::int64_t{2}, {}}, {"onesided", onesided, {}}})};
  return {ops.node("DFT", {frames, Value(), ops.constant(Tensor::scalar(std::int64_t{2}))}, {{"onesided", onesided, {}}})};
}

}  // namespace

void add_stft(LoweringCatalog& catalog) {
  catalog.add({.name = "STFT", .aliases = {}, .help = "frames by Gather, times the window, and DFT", .domain = {}, .rule = stft});
}

}  // namespace upkeep::lowerings
