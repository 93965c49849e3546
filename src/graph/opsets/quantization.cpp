// QuantizeLinear, DequantizeLinear: scales along an axis since 13; the type that comes out may be said without a zero point since 21.
//   DequantizeLinear(x, s, z)  ==>  (x - z) * s         QuantizeLinear(x, s, z)  ==>  Cast(Clip(Round(x / s) + z, lowest, highest))

#include "graph/opsets/adapter.hpp"

namespace upkeep::opsets {

static bool one_scale(const Step& step) {
  const std::optional<Dims> scale = step.dims(1);
  return scale && (scale->empty() || (scale->size() == 1 && (*scale)[0].value == 1));
}

// Values along the axis, in the shape that they broadcast from: [C] -> [1, C, 1, 1].
class AlongAxis {
 public:
  explicit AlongAxis(Step& step) : step_(step), shape_(static_cast<std::size_t>(step.known_rank(0)), 1) {
    std::vector<std::int64_t> axis{step.attribute<std::int64_t>("axis", 1)};
    count_from_front(step, axis, step.rank(0));
    if (!step.dims(1) || axis[0] < 0 || axis[0] >= static_cast<std::int64_t>(shape_.size()))
      step.refuse("its scales are along an axis, and shapes are not known");
    shape_[static_cast<std::size_t>(axis[0])] = -1;
  }
  std::string of(const std::string& value) { return step_.before("Reshape", {value, step_.ints(shape_)}); }
  std::string of(const std::string& value, DType as) {
    return of(step_.before("Cast", {value}, {{"to", static_cast<std::int64_t>(as), {}}}));
  }

 private:
  Step& step_;
  std::vector<std::int64_t> shape_;
};

static void dequantize_without_axis(Step& step) {
  if (one_scale(step)) return step.erase("axis");
  AlongAxis along(step);
  const Attribute to_int32{"to", static_cast<std::int64_t>(DType::kInt32), {}};
  std::string centred = step.before("Cast", {step.input(0)}, {to_int32});
  if (step.has(2)) centred = step.before("Sub", {centred, along.of(step.input(2), DType::kInt32)});
  const std::string as_float = step.before("Cast", {centred}, {{"to", static_cast<std::int64_t>(DType::kFloat32), {}}});
  step.become("Mul", {as_float, along.of(step.input(1))});
}

static void quantize_without_axis(Step& step) {
  if (one_scale(step)) return step.erase("axis");
  AlongAxis along(step);
  const DType dtype = step.has(2) ? step.known_dtype(2) : DType::kUInt8;
  if (dtype != DType::kUInt8 && dtype != DType::kInt8) step.refuse("it makes int8 or uint8 there");
  const double lowest = dtype == DType::kInt8 ? -128 : 0;
  std::string made = step.before("Round", {step.before("Div", {step.input(0), along.of(step.input(1))})});
  if (step.has(2)) made = step.before("Add", {made, along.of(step.input(2), DType::kFloat32)});
  made = step.before("Clip", {made, step.filled({}, lowest, DType::kFloat32), step.filled({}, lowest + 255, DType::kFloat32)});
  step.become("Cast", {made}, {{"to", static_cast<std::int64_t>(dtype), {}}});
}

static void any_saturation(Step& step) { step.erase("saturate"); }  // of float8, which older sets do not have

static void type_by_zero_point(Step& step) {
  const auto dtype = static_cast<DType>(step.attribute<std::int64_t>("output_dtype", 0));
  if (dtype == DType::kUndefined || step.has(2)) return step.erase("output_dtype");
  const std::optional<Dims> scale = step.dims(1);
  if (!scale || std::ranges::any_of(*scale, [](const Dim& dim) { return !dim.known(); }))
    step.refuse("a zero point says the type there, and the shape of \"" + step.input(1) + "\" is not known");
  if (size_bits(dtype) < 8) step.refuse("it makes no " + to_string(dtype) + " there");
  Shape shape;
  for (const Dim& dim : *scale) shape.push_back(dim.value);
  step.set_input(2, step.filled(shape, 0, dtype));
  step.erase("output_dtype");
}

void add_quantization(AdapterCatalog& catalog) {
  catalog.add({.name = "quantization",
               .help = "QuantizeLinear, DequantizeLinear: scales along an axis since 13, the type by an attribute since 21",
               .changes = {{{"DequantizeLinear"}, 13, nullptr, dequantize_without_axis},
                           {{"QuantizeLinear"}, 13, nullptr, quantize_without_axis},
                           {{"QuantizeLinear", "Cast", "CastLike"}, 19, nullptr, any_saturation},
                           {{"QuantizeLinear"}, 21, nullptr, type_by_zero_point}}});
}

}  // namespace upkeep::opsets
