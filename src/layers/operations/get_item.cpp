// x[...] with numbers, slices, None and an ellipsis; take along an axis.

#include <limits>

#include "base/format.hpp"
#include "layers/operations/operation.hpp"

namespace upkeep::operations {
namespace {

constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();

// {"start": 0, "stop": null, "step": 2}, in TensorFlow's form or in Keras 3's ({"class_name": "__slice__", "config": {...}}).
const Json& slice_of(const Json& one) { return one.contains("config") ? one["config"] : one; }

bool is_ellipsis(const Json& one) {
  return one.is_object() ? one.contains("class_name") && one["class_name"] == "__ellipsis__" : one == "__ellipsis__" || one == "...";
}

// One part of the index after the other, each for the next axis.
class Index {
 public:
  Index(const Json& parts, std::size_t rank) {
    std::size_t fixed = 0;
    for (const Json& one : parts) fixed += one.is_null() || is_ellipsis(one) ? 0 : 1;
    if (fixed > rank) throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} indices into {} axes", fixed, rank));
    for (const Json& one : parts) add(one, rank - fixed);
  }

  Value apply(Ops& ops, Value x) const {
    if (!axes_.empty()) x = ops.node("Slice", {x, ops.ints(starts_), ops.ints(stops_), ops.ints(axes_), ops.ints(steps_)});
    if (!gone_.empty()) x = ops.squeeze(x, gone_);
    return fresh_.empty() ? x : ops.unsqueeze(x, fresh_);
  }

 private:
  void add(const Json& one, std::size_t skipped_by_ellipsis) {
    if (one.is_null()) return fresh_.push_back(kept_++);
    if (is_ellipsis(one)) {
      axis_ += static_cast<std::int64_t>(skipped_by_ellipsis);
      kept_ += static_cast<std::int64_t>(skipped_by_ellipsis);
      return;
    }
    if (one.is_number_integer()) {
      const auto at = one.get<std::int64_t>();
      cut(at, at == -1 ? kEnd : at + 1, 1);
      gone_.push_back(axis_++);
      return;
    }
    if (!one.is_object() || !slice_of(one).is_object()) throw wrong_type("a number, a slice, null or an ellipsis", one);
    const Json& slice = slice_of(one);
    const auto number = [&](const char* key, std::int64_t fallback) {
      const Json value = slice.value(key, Json(nullptr));
      return value.is_null() ? fallback : in_context(key, [&] { return from_json_checked<std::int64_t>(value); });
    };
    const std::int64_t step = number("step", 1);
    const std::int64_t first = number("start", step > 0 ? 0 : kEnd);
    const std::int64_t stop = number("stop", step > 0 ? kEnd : std::numeric_limits<std::int64_t>::min());
    if (first != 0 || stop != kEnd || step != 1) cut(first, stop, step);
    ++axis_;
    ++kept_;
  }

  void cut(std::int64_t start, std::int64_t stop, std::int64_t step) {
    starts_.push_back(start);
    stops_.push_back(stop);
    steps_.push_back(step);
    axes_.push_back(axis_);
  }

  std::int64_t axis_ = 0;  // of x
  std::int64_t kept_ = 0;  // of the result
  std::vector<std::int64_t> starts_, stops_, steps_, axes_, gone_, fresh_;
};

std::vector<Value> get_item(const Call& call) {
  const Value x = call.value("x");
  const Json key = call.plain("key", Json::array());
  return {Index(key.is_array() ? key : Json::array({key}), x.rank()).apply(call.ops(), x)};
}

std::vector<Value> take(const Call& call) {
  Ops& ops = call.ops();
  const Value x = call.value("x");
  const Json indices = call.plain("indices");
  const bool computed = indices.is_object() || (indices.is_array() && !indices.empty() && indices[0].is_array());
  Value which = computed ? ops.cast(call.value("indices"), DType::kInt64) : Value();
  if (!computed && indices.is_number_integer()) which = ops.constant(Tensor::scalar(indices.get<std::int64_t>()));
  else if (!computed) which = ops.ints(from_json_checked<std::vector<std::int64_t>>(indices));
  if (!call.has("axis")) return {ops.gather(ops.reshape(x, {-1}), which, 0)};
  const auto axis = call.get<std::int64_t>("axis", 0);
  const auto rows = call.get<std::int64_t>("batch_dims", 0);  // axes that both have in front
  if (rows == 0) return {ops.gather(x, which, axis)};
  if (rows != axis || static_cast<std::int64_t>(which.rank()) < rows)
    throw Error(ErrorCode::kUnsupported, "batch_dims other than the axis is not supported", "gather along the axis behind them");
  return {ops.node("GatherND", {x, ops.unsqueeze(which, {-1})}, {{"batch_dims", rows}})};
}

// TensorFlow's gather without an axis is along the first one that the indices do not share; Keras's is of the flat value.
void along_first_axis(Json& arguments) {
  if (!arguments.contains("axis") || arguments["axis"].is_null()) arguments["axis"] = arguments.value("batch_dims", Json(0));
  if (arguments.value("batch_dims", Json(0)) == 0) arguments.erase("batch_dims");
}

std::vector<Value> take_along_axis(const Call& call) {
  Ops& ops = call.ops();
  return {ops.node("GatherElements", {call.value("x"), ops.cast(call.value("indices"), DType::kInt64)},
                   {{"axis", call.get<std::int64_t>("axis", -1)}})};
}

}  // namespace

void add_get_item(OperationCatalog& catalog) {
  catalog.add({.name = "get_item",
               .aliases = {"GetItem", "__operators__.getitem"},
               .keras_class = "GetItem",
               .help = "x[...]",
               .parameters = {called("x", {"tensor"}), {.name = "key", .also = {"slice_spec"}, .is_index = true}},
               .build = get_item});
  catalog.add({.name = "take",
               .aliases = {"Take", "gather", "compat.v1.gather"},
               .keras_class = "Take",
               .help = "what stands at these places of an axis",
               .parameters = {called("x", {"params"}), called("indices"), made("axis"), made("batch_dims")},
               .build = take,
               .from_tensorflow = along_first_axis});
  catalog.add({.name = "take_along_axis",
               .aliases = {"TakeAlongAxis"},
               .keras_class = "TakeAlongAxis",
               .help = "one element for each place",
               .parameters = {called("x"), called("indices"), made("axis")},
               .build = take_along_axis});
}

}  // namespace upkeep::operations
