// The same numbers in another shape or order: reshape, transpose, expand_dims, squeeze, flip, roll, ravel, tile, repeat, broadcast_to, pad,
// and a part of them (tril, triu).

#include <algorithm>
#include <numeric>

#include "base/format.hpp"
#include "layers/operations/operation.hpp"
#include "layers/shared/axes.hpp"

namespace upkeep::operations {
namespace {

using Integers = std::vector<std::int64_t>;

OperationEntry of_shape(std::string name, std::string keras_class, std::vector<std::string> tensorflow, std::string help,
                        std::vector<Parameter> parameters, Value (*f)(const Call& call, const Value& x)) {
  std::vector<std::string> aliases = std::move(tensorflow);
  aliases.push_back(keras_class);
  parameters.insert(parameters.begin(), called("x", {"tensor", "input", "a", "images"}));
  return {.name = std::move(name),
          .aliases = std::move(aliases),
          .keras_class = std::move(keras_class),
          .help = std::move(help),
          .parameters = std::move(parameters),
          .build = [f](const Call& call) -> std::vector<Value> { return {f(call, call.value("x"))}; }};
}

// Keras writes null for the size of the batch.
Value reshape(const Call& call, const Value& x) {
  Integers shape;
  for (const Json& size : call.plain("newshape", Json::array()))
    shape.push_back(size.is_null() ? -1 : from_json_checked<std::int64_t>(size));
  if (std::ranges::count(shape, -1) > 1)
    throw Error(ErrorCode::kUnsupported, upkeep::format("newshape {} has more than one size to find out", call.plain("newshape").dump()));
  return call.ops().reshape(x, std::move(shape));
}

Value transpose(const Call& call, const Value& x) {
  Integers order(x.rank());
  std::iota(order.rbegin(), order.rend(), 0);
  return call.ops().transpose(x, call.get<Integers>("axes", order));
}

Value swapaxes(const Call& call, const Value& x) {
  Integers order(x.rank());
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[layers::positive_axis(call.get<std::int64_t>("axis1", 0), x.dims())],
            order[layers::positive_axis(call.get<std::int64_t>("axis2", 0), x.dims())]);
  return call.ops().transpose(x, std::move(order));
}

// The axes that move, to where they go; the others keep their order.
Value moveaxis(const Call& call, const Value& x) {
  const auto axes = [&](const char* which) {
    std::vector<std::size_t> all;
    const Json given = call.plain(which);
    for (const Json& one : given.is_array() ? given : Json::array({given}))
      all.push_back(layers::positive_axis(from_json_checked<std::int64_t>(one), x.dims()));
    return all;
  };
  const std::vector<std::size_t> from = axes("source");
  const std::vector<std::size_t> to = axes("destination");
  if (from.size() != to.size()) throw Error(ErrorCode::kInvalidArgument, "as many axes go somewhere as are named");
  Integers order(x.rank(), -1);
  for (std::size_t i = 0; i < from.size(); ++i) order[to[i]] = static_cast<std::int64_t>(from[i]);
  std::int64_t next = 0;
  for (std::int64_t& place : order) {
    if (place >= 0) continue;
    while (std::ranges::contains(from, static_cast<std::size_t>(next))) ++next;
    place = next++;
  }
  return call.ops().transpose(x, std::move(order));
}

Value expand_dims(const Call& call, const Value& x) {
  return call.ops().unsqueeze(x, from_json_checked<Integers>(call.plain("axis", Json(-1))));
}

Value squeeze(const Call& call, const Value& x) {
  if (call.has("axis")) return call.ops().squeeze(x, from_json_checked<Integers>(call.plain("axis")));
  Integers ones;
  for (std::size_t i = 0; i < x.rank(); ++i)
    if (x.dims()[i] == Dim(1)) ones.push_back(static_cast<std::int64_t>(i));
  return ones.empty() ? x : call.ops().squeeze(x, std::move(ones));
}

Value flip(const Call& call, const Value& x) {
  Ops& ops = call.ops();
  Integers axes;
  if (call.has("axis")) {
    axes = layers::integers(layers::positive_axes(call.plain("axis"), x.dims()));
  } else {
    axes.resize(x.rank());
    std::iota(axes.begin(), axes.end(), 0);
  }
  const Integers back(axes.size(), -1);
  return ops.node("Slice", {x, ops.ints(back), ops.ints(Integers(axes.size(), std::numeric_limits<std::int64_t>::min())), ops.ints(axes),
                            ops.ints(back)});
}

Value tile(const Call& call, const Value& x) {
  Integers repeats = call.get<Integers>("repeats", {});
  if (repeats.size() > x.rank()) throw Error(ErrorCode::kUnsupported, "more repeats than axes");
  repeats.insert(repeats.begin(), x.rank() - repeats.size(), 1);
  return call.ops().node("Tile", {x, call.ops().ints(std::move(repeats))});
}

// What goes out at one end of an axis comes in at the other. The place of the first is taken by the size, which may be smaller than the
// shift.
Value rolled(Ops& ops, const Value& x, std::int64_t axis, std::int64_t shift) {
  const Value size = ops.gather(ops.shape(x), ops.ints({axis}), 0);
  const Value first = ops.node("Mod", {ops.ints({-shift}), size});
  const auto part = [&](const Value& from, const Value& to) { return ops.node("Slice", {x, from, to, ops.ints({axis})}); };
  return ops.concat({part(first, ops.ints({std::numeric_limits<std::int64_t>::max()})), part(ops.ints({0}), first)}, axis);
}

Value roll(const Call& call, const Value& x) {
  Ops& ops = call.ops();
  const auto list = [&](const char* which) {
    const Json given = call.plain(which);
    return from_json_checked<Integers>(given.is_array() ? given : Json::array({given}));
  };
  const Integers shifts = list("shift");
  if (!call.has("axis")) {
    const Value flat = rolled(ops, ops.reshape(x, {-1}), 0, std::accumulate(shifts.begin(), shifts.end(), std::int64_t{0}));
    return ops.reshape(flat, ops.shape(x));
  }
  const Integers axes = list("axis");
  if (shifts.size() != axes.size() && shifts.size() != 1 && axes.size() != 1)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} shifts for {} axes", shifts.size(), axes.size()));
  Value y = x;
  for (std::size_t i = 0; i < std::max(shifts.size(), axes.size()); ++i)
    y = rolled(ops, y, static_cast<std::int64_t>(layers::positive_axis(axes[axes.size() == 1 ? 0 : i], x.dims())),
               shifts[shifts.size() == 1 ? 0 : i]);
  return ops.reshape(y, ops.shape(x));  // whose sizes are known
}

Value ravel(const Call& call, const Value& x) { return call.ops().reshape(x, {-1}); }

// Zeros above (tril) or below (triu) the k-th diagonal.
Value triangle(const Call& call, const Value& x, std::int64_t upper) {
  Ops& ops = call.ops();
  return ops.node("Trilu", {x, ops.constant(Tensor::scalar(call.get<std::int64_t>("k", 0)))}, {{"upper", upper}});
}

// Each element several times: a new axis behind it, spread, and taken back in.
Value repeat(const Call& call, const Value& x) {
  Ops& ops = call.ops();
  const auto times = from_json_checked<std::int64_t>(call.plain("repeats"));
  const Value y = call.has("axis") ? x : ops.reshape(x, {-1});
  const std::size_t axis = layers::positive_axis(call.get<std::int64_t>("axis", 0), y.dims());
  Integers spread(y.rank() + 1, 1);
  spread[axis + 1] = times;
  const Value wide = ops.node("Tile", {ops.unsqueeze(y, {static_cast<std::int64_t>(axis) + 1}), ops.ints(std::move(spread))});
  Integers shape(y.rank(), 0);
  const Dim& size = y.dims()[axis];
  shape[axis] = size.known() ? size.value * times : -1;
  for (std::size_t i = axis + 1; i < y.rank(); ++i) {
    if (!y.dims()[i].known()) throw Error(ErrorCode::kUnsupported, upkeep::format("axis {} has no known size", i));
    shape[i] = y.dims()[i].value;
  }
  return ops.reshape(wide, std::move(shape));
}

Value broadcast_to(const Call& call, const Value& x) {
  Integers shape;
  for (const Json& size : call.plain("shape", Json::array())) shape.push_back(size.is_null() ? 1 : from_json_checked<std::int64_t>(size));
  return call.ops().expand(x, call.ops().ints(std::move(shape)));
}

// What stands at the ends of an axis, once more behind it in the other direction. ONNX's Pad does not know it.
Value mirrored(Ops& ops, const Value& x, std::int64_t axis, std::int64_t before, std::int64_t behind) {
  const auto reversed = [&](std::int64_t from, std::int64_t to) {
    return ops.node("Slice", {x, ops.ints({from}), ops.ints({to}), ops.ints({axis}), ops.ints({-1})});
  };
  std::vector<Value> parts;
  if (before > 0) parts.push_back(reversed(before - 1, std::numeric_limits<std::int64_t>::min()));
  parts.push_back(x);
  if (behind > 0) parts.push_back(reversed(-1, -behind - 1));
  return parts.size() == 1 ? x : ops.concat(std::move(parts), axis);
}

// One pair for all axes, or one for each.
Value pad(const Call& call, const Value& x) {
  Ops& ops = call.ops();
  static const std::map<std::string, std::string> kModes = {
      {"constant", "constant"}, {"reflect", "reflect"}, {"symmetric", ""}, {"edge", "edge"}};
  std::string mode = call.get<std::string>("mode", "constant");
  std::ranges::transform(mode, mode.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto known = kModes.find(mode);
  if (known == kModes.end()) throw Error(ErrorCode::kUnsupported, upkeep::format("mode \"{}\" has no operator", mode));
  Json widths = call.plain("pad_width");
  if (widths.is_number()) widths = Json::array({widths, widths});
  if (!widths.is_array() || widths.empty()) throw wrong_type("widths before and behind", widths);
  if (!widths[0].is_array()) widths = Json::array({widths});
  Integers before, behind;
  for (std::size_t i = 0; i < x.rank(); ++i) {
    const auto pair = from_json_checked<Integers>(widths.size() == 1 ? widths[0] : widths.at(i));
    before.push_back(pair.at(0));
    behind.push_back(pair.at(pair.size() - 1));
  }
  if (mode == "symmetric") {
    Value y = x;
    for (std::size_t i = 0; i < x.rank(); ++i) y = mirrored(ops, y, static_cast<std::int64_t>(i), before[i], behind[i]);
    return y;
  }
  before.insert(before.end(), behind.begin(), behind.end());
  const Value filling = call.has("constant_values") ? call.value("constant_values", x.dtype()) : layers::number(ops, 0, x.dtype());
  return ops.node("Pad", {x, ops.ints(std::move(before)), filling}, {{"mode", known->second, {}}});
}

}  // namespace

void add_shape(OperationCatalog& catalog) {
  catalog.add(of_shape("reshape", "Reshape", {"reshape"}, "the same numbers in another shape", {made("newshape", {"shape"})}, reshape));
  catalog.add(of_shape("transpose", "Transpose", {"transpose", "compat.v1.transpose"}, "axes in another order", {made("axes", {"perm"})},
                       transpose));
  catalog.add(of_shape("swapaxes", "Swapaxes", {}, "two axes change places", {made("axis1"), made("axis2")}, swapaxes));
  catalog.add(of_shape("moveaxis", "Moveaxis", {}, "axes go elsewhere", {made("source"), made("destination")}, moveaxis));
  catalog.add(of_shape("expand_dims", "ExpandDims", {"expand_dims"}, "a new axis of size 1", {made("axis")}, expand_dims));
  catalog.add(of_shape("squeeze", "Squeeze", {"squeeze", "compat.v1.squeeze"}, "without axes of size 1", {made("axis")}, squeeze));
  catalog.add(of_shape("flip", "Flip", {"reverse"}, "from the end", {made("axis")}, flip));
  catalog.add(of_shape("roll", "Roll", {"roll"}, "what goes out at one end comes in at the other", {made("shift"), made("axis")}, roll));
  catalog.add(of_shape("ravel", "Ravel", {}, "all in a row", {}, ravel));
  catalog.add(of_shape("tril", "Tril", {}, "zeros above a diagonal", {made("k")},
                       [](const Call& call, const Value& x) { return triangle(call, x, 0); }));
  catalog.add(of_shape("triu", "Triu", {}, "zeros below a diagonal", {made("k")},
                       [](const Call& call, const Value& x) { return triangle(call, x, 1); }));
  catalog.add(of_shape("tile", "Tile", {"tile"}, "the whole several times", {made("repeats", {"multiples"})}, tile));
  catalog.add(of_shape("repeat", "Repeat", {"repeat"}, "each element several times", {made("repeats"), made("axis")}, repeat));
  catalog.add(of_shape("broadcast_to", "BroadcastTo", {"broadcast_to"}, "spread to a shape", {made("shape")}, broadcast_to));
  catalog.add(of_shape("pad", "Pad", {"pad", "compat.v1.pad"}, "more around",
                       {made("pad_width", {"paddings"}), made("mode"), called("constant_values")}, pad));
}

}  // namespace upkeep::operations
