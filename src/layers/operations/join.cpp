// Several values in one, and one in several: concatenate, stack, split, unstack.

#include "base/format.hpp"
#include "layers/operations/operation.hpp"
#include "layers/shared/axes.hpp"
#include "layers/shared/merging.hpp"
#include "layers/view/layout.hpp"

namespace upkeep::operations {
namespace {

std::vector<Value> concatenate(const Call& call) {
  Ops& ops = call.ops();
  const std::vector<Value> parts = call.values("xs");
  const std::int64_t axis = call.get<std::int64_t>("axis", 0);
  if (!layers::any_channels_first(ops, parts)) return {ops.concat(parts, axis)};
  const Value joined = ops.concat(layers::all_channels_first(ops, parts), layers::channels_first_axis(axis, parts[0].rank()));
  return {layers::channels_last(ops, joined)};
}

std::vector<Value> stack(const Call& call) {
  Ops& ops = call.ops();
  std::vector<Value> parts = call.values("x");
  const std::int64_t axis = call.get<std::int64_t>("axis", 0);
  for (Value& part : parts) part = ops.unsqueeze(part, {axis});
  return {ops.concat(std::move(parts), axis)};
}

// In equal parts, or at places.
std::vector<Value> split(const Call& call) {
  Ops& ops = call.ops();
  const Value x = call.value("x");
  const std::int64_t axis = call.get<std::int64_t>("axis", 0);
  const Json parts = call.plain("indices_or_sections");
  if (parts.is_number_integer()) {
    const auto count = parts.get<std::int64_t>();
    if (count < 1 || count > 100'000) throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} parts", count));
    return ops.nodes("Split", {x}, static_cast<std::size_t>(count), {{"axis", axis}, {"num_outputs", count}});
  }
  const Dim& size = x.dims()[layers::positive_axis(axis, x.dims())];
  if (!size.known()) throw Error(ErrorCode::kUnsupported, "it is split at places along an axis of unknown size");
  std::vector<std::int64_t> sizes;
  std::int64_t before = 0;
  for (const std::int64_t place : from_json_checked<std::vector<std::int64_t>>(parts)) {
    sizes.push_back(place - before);
    before = place;
  }
  sizes.push_back(size.value - before);
  const std::size_t count = sizes.size();
  return ops.nodes("Split", {x, ops.ints(std::move(sizes))}, count, {{"axis", axis}});
}

// TensorFlow gives the sizes of the parts, Keras 3 the places between them.
void places_of_sizes(Json& arguments) {
  Json& parts = arguments["indices_or_sections"];
  if (!parts.is_array()) return;
  Json places = Json::array();
  std::int64_t place = 0;
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) places.push_back(place += from_json_checked<std::int64_t>(parts[i]));
  parts = std::move(places);
}

std::vector<Value> unstack(const Call& call) {
  Ops& ops = call.ops();
  const Value x = call.value("x");
  const std::int64_t axis = call.get<std::int64_t>("axis", 0);
  const Dim& size = x.dims()[layers::positive_axis(axis, x.dims())];
  const std::int64_t count = call.get<std::int64_t>("num", size.known() ? size.value : 0);
  if (count < 1) throw Error(ErrorCode::kUnsupported, "it is taken apart along an axis of unknown size");
  std::vector<Value> parts = ops.nodes("Split", {x}, static_cast<std::size_t>(count), {{"axis", axis}, {"num_outputs", count}});
  for (Value& part : parts) part = ops.squeeze(part, {axis});
  return parts;
}

}  // namespace

void add_join(OperationCatalog& catalog) {
  catalog.add({.name = "concatenate",
               .aliases = {"Concatenate", "concat"},
               .keras_class = "Concatenate",
               .help = "values side by side along an axis",
               .parameters = {called("xs", {"values"}), made("axis")},
               .build = concatenate});
  catalog.add({.name = "stack",
               .aliases = {"Stack"},
               .keras_class = "Stack",
               .help = "values side by side along a new axis",
               .parameters = {called("x", {"values"}), made("axis")},
               .build = stack});
  catalog.add({.name = "split",
               .aliases = {"Split"},
               .keras_class = "Split",
               .help = "parts along an axis",
               .parameters = {called("x", {"value"}), made("indices_or_sections", {"num_or_size_splits"}), made("axis")},
               .build = split,
               .from_tensorflow = places_of_sizes});
  catalog.add({.name = "unstack",
               .aliases = {"Unstack"},
               .keras_class = "Unstack",
               .keras_module = "keras.src.ops.core",
               .help = "what stands along an axis, one by one",
               .parameters = {called("x", {"value"}), made("num"), made("axis")},
               .build = unstack});
}

}  // namespace upkeep::operations
