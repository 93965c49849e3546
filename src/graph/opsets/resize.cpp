// Upsample and Resize.
//   Upsample: scales are an input since 9; set 10 calls it Resize.
//   Resize 10 reads the input at x / scale: linear, or, for "nearest", rounded down where the axis grows and up where it shrinks. (ONNX's
//   text does not say how it rounds; its test data and ONNX Runtime do.) Since 11, attributes say all that, and sizes may be given; half a
//   pixel is the default then. Set 18 brought axes, antialiasing and kept ratios, set 19 "half_pixel_symmetric".

#include <cmath>

#include "graph/opsets/adapter.hpp"

namespace upkeep::opsets {

using Scales = std::vector<float>;

static constexpr const char* kCoordinates = "coordinate_transformation_mode";

static std::string resize_mode(const Step& step) { return step.attribute<std::string>("mode", "nearest"); }
static std::string coordinates_of(const Step& step) { return step.attribute<std::string>(kCoordinates, "half_pixel"); }
static bool is_empty_input(const Step& step, std::size_t i) {
  const Tensor* value = step.constant_input(i);
  return !step.has(i) || (value && value->size() == 0);
}

static std::string scales_value(Step& step, const Scales& scales) {
  return step.constant(Tensor({static_cast<std::int64_t>(scales.size())}, scales));
}

// --- Upsample ------------------------------------------------------------------------------------------------------

static void upsample_scales_to_input(Step& step) {
  const auto scales = step.attribute<Scales>("scales", {});
  step.erase("scales");
  step.set_input(1, scales_value(step, scales));
}

static void upsample_scales_to_attribute(Step& step) {
  step.set("scales", step.floats(1, "scales"));
  step.node.inputs.resize(1);
}

static void upsample_becomes_resize(Step& step) {
  step.node.op = "Resize";
  step.made().at_least_one.insert(step.input(1));
}

static void resize_becomes_upsample(Step& step) {
  if (step.constant_input(1) && std::ranges::any_of(step.floats(1, "scales"), [](float one) { return one < 1; }))
    step.refuse("Upsample, as it is called there, only enlarges");
  step.node.op = "Upsample";
}

// --- Resize 10 <-> 11 ----------------------------------------------------------------------------------------------

static Scales only_where(const Scales& scales, bool grows) {
  Scales some = scales;
  for (float& scale : some)
    if ((scale > 1) != grows) scale = 1;
  return some;
}

static std::vector<Attribute> nearest_attributes(bool grows) {
  return {{"mode", std::string("nearest"), {}},
          {kCoordinates, std::string("asymmetric"), {}},
          {"nearest_mode", std::string(grows ? "floor" : "ceil"), {}}};
}

static std::string no_region(Step& step) { return step.constant(Tensor({0}, Scales{})); }

static void say_how_it_rounds(Step& step) {
  const std::string x = step.input(0), scales = step.input(1);
  if (resize_mode(step) != "nearest")
    return step.become("Resize", {x, no_region(step), scales},
                       {{"mode", resize_mode(step), {}}, {kCoordinates, std::string("asymmetric"), {}}});
  if (step.made().at_least_one.contains(scales)) return step.become("Resize", {x, no_region(step), scales}, nearest_attributes(true));
  if (!step.constant_input(1)) step.refuse("whether it rounds down or up depends on \"" + scales + "\", which is computed by the graph");
  const Scales known = step.floats(1, "scales");
  const bool grows = std::ranges::any_of(known, [](float one) { return one > 1; });
  const bool shrinks = std::ranges::any_of(known, [](float one) { return one < 1; });
  if (!grows || !shrinks) return step.become("Resize", {x, no_region(step), scales}, nearest_attributes(!shrinks));
  const std::string grown =
      step.before("Resize", {x, no_region(step), scales_value(step, only_where(known, true))}, nearest_attributes(true));
  step.become("Resize", {grown, no_region(step), scales_value(step, only_where(known, false))}, nearest_attributes(false));
}

// The scales of given sizes, as Resize 10 turns them into these sizes again.
static Scales scales_of_sizes(const Step& step) {
  const auto sizes = step.integers(3, "sizes");
  const std::optional<Dims> dims = step.dims(0);
  Scales scales;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (!dims || dims->size() != sizes.size() || !(*dims)[i].known() || (*dims)[i].value == 0)
      step.refuse("it takes scales there, and the sizes of \"" + step.input(0) + "\" are not known");
    const auto from = static_cast<float>((*dims)[i].value);
    float scale = static_cast<float>(sizes[i]) / from;
    while (std::floor(from * scale) < static_cast<float>(sizes[i])) scale = std::nextafter(scale, std::numeric_limits<float>::infinity());
    scales.push_back(scale);
  }
  return scales;
}

static bool is_whole(float number) { return std::floor(number) == number; }

// Whether all this reads the same elements as x / scale, rounded down where the axis grows and up where it shrinks.
static bool reads_as_set_10(const Step& step, float scale) {
  if (scale == 1) return coordinates_of(step) != "tf_half_pixel_for_nn";
  const std::string rounding = step.attribute<std::string>("nearest_mode", "round_prefer_floor");
  const std::string coordinates = coordinates_of(step);
  if (coordinates == "asymmetric") {
    if (scale < 1) return rounding == "ceil" || (is_whole(1 / scale) && std::exp2(std::round(std::log2(scale))) == scale);
    return rounding == "floor" || (rounding == "round_prefer_floor" && scale == 2);
  }
  const bool from_centre = coordinates == "half_pixel" || coordinates == "pytorch_half_pixel" || coordinates == "half_pixel_symmetric";
  return from_centre && scale > 1 && is_whole(scale) && rounding.starts_with("round");
}

static void round_as_set_10(Step& step) {
  const std::string mode = resize_mode(step), coordinates = coordinates_of(step);
  if (mode == "cubic") step.refuse("it has no mode \"cubic\" there");
  const bool by_sizes = !is_empty_input(step, 3);
  if (!by_sizes && !step.constant_input(2)) {
    if (mode != "linear" || coordinates != "asymmetric")
      step.refuse("what it reads depends on \"" + step.input(2) + "\", which is computed by the graph");
    return step.become("Resize", {step.input(0), step.input(2)}, {{"mode", mode, {}}});
  }
  const Scales scales = by_sizes ? scales_of_sizes(step) : step.floats(2, "scales");
  const bool changes = std::ranges::any_of(scales, [](float one) { return one != 1; });
  if (mode == "linear" && coordinates != "asymmetric" && changes)
    step.refuse("it reads at x / scale there, not as \"" + coordinates + "\" does");
  if (mode == "nearest" && !std::ranges::all_of(scales, [&](float one) { return reads_as_set_10(step, one); }))
    step.refuse("it reads at x / scale there, rounded down or up, not as \"" + coordinates + "\" does at these scales");
  step.become("Resize", {step.input(0), by_sizes ? scales_value(step, scales) : step.input(2)}, {{"mode", mode, {}}});
}

// --- Resize since 13 -----------------------------------------------------------------------------------------------

// floor((x + 0.5) / scale) = floor(((x + 0.5) / scale - 0.5) + 0.5)
static void no_half_pixel_for_nearest(Step& step) {
  if (coordinates_of(step) != "tf_half_pixel_for_nn") return;
  if (resize_mode(step) != "nearest" || step.attribute<std::string>("nearest_mode", "round_prefer_floor") != "floor")
    step.refuse("it has no tf_half_pixel_for_nn there");
  step.set(kCoordinates, std::string("half_pixel"));
  step.set("nearest_mode", std::string("round_prefer_ceil"));
}

static void fill_in_regions(Step& step) {
  const std::string nothing = no_region(step);
  if (step.node.inputs.size() < 3) step.node.inputs.resize(3);
  for (const std::size_t i : {1U, 2U})
    if (!step.has(i)) step.set_input(i, nothing);
}

// Numbers for the chosen axes, in their places among `others`.
template <typename T>
static std::vector<T> spread(const Step& step, const std::vector<T>& chosen, const std::vector<std::int64_t>& axes, std::vector<T> others) {
  if (chosen.size() != axes.size()) step.refuse("it has not as many numbers as axes");
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (axes[i] < 0 || axes[i] >= static_cast<std::int64_t>(others.size())) step.refuse("it has no axis " + std::to_string(axes[i]));
    others[static_cast<std::size_t>(axes[i])] = chosen[i];
  }
  return others;
}

static void resize_every_axis(Step& step) {
  const bool by_sizes = !is_empty_input(step, 3);
  if (!by_sizes) step.erase("keep_aspect_ratio_policy");  // says something about sizes only
  if (step.attribute<std::string>("mode", "nearest") == "nearest") step.erase("antialias");
  if (!step.has_attribute("axes")) return;
  auto axes = step.attribute<std::vector<std::int64_t>>("axes", {});
  const std::int64_t rank = step.known_rank(0);
  count_from_front(step, axes, rank);
  if (coordinates_of(step) == "tf_crop_and_resize") step.refuse("it has no axes there, and its region is for some of them");
  if (by_sizes) {
    std::vector<std::int64_t> sizes;
    const Dims dims = *step.dims(0);
    for (const Dim& dim : dims) sizes.push_back(dim.value);
    sizes = spread(step, step.integers(3, "sizes"), axes, sizes);
    if (std::ranges::any_of(sizes, [](std::int64_t one) { return one < 0; }))
      step.refuse("it has no axes there, and the sizes of \"" + step.input(0) + "\" are not known");
    step.set_input(3, step.ints(sizes));
  } else {
    step.set_input(2, scales_value(step, spread(step, step.floats(2, "scales"), axes, Scales(static_cast<std::size_t>(rank), 1.0F))));
  }
  if (step.node.inputs.size() > 1) step.set_input(1, "");
  step.erase("axes");
}

// Symmetric about the centre: the same as half_pixel where sizes come out whole.
static void no_symmetric_half_pixel(Step& step) {
  if (coordinates_of(step) != "half_pixel_symmetric") return;
  if (is_empty_input(step, 3)) {
    const std::optional<Dims> dims = step.dims(0);
    const Tensor* scales = step.constant_input(2);
    const Scales known = scales ? step.floats(2, "scales") : Scales{};
    bool whole = dims && dims->size() == known.size();
    for (std::size_t i = 0; whole && i < known.size(); ++i)
      whole = is_whole(known[i]) || ((*dims)[i].known() && is_whole(known[i] * static_cast<float>((*dims)[i].value)));
    if (!whole) step.refuse("it has no half_pixel_symmetric there");
  }
  step.set(kCoordinates, std::string("half_pixel"));
}

void add_resize(AdapterCatalog& catalog) {
  catalog.add({.name = "resize",
               .help = "Upsample, called Resize since 10; what it reads is said since 11, axes are chosen since 18",
               .changes = {{{"Upsample"}, 9, upsample_scales_to_input, upsample_scales_to_attribute},
                           {{"Upsample"}, 10, upsample_becomes_resize, nullptr},
                           {{"Resize"}, 10, nullptr, resize_becomes_upsample},
                           {{"Resize"}, 11, say_how_it_rounds, round_as_set_10},
                           {{"Resize"}, 13, no_half_pixel_for_nearest, fill_in_regions},
                           {{"Resize"}, 18, nullptr, resize_every_axis},
                           {{"Resize"}, 19, nullptr, no_symmetric_half_pixel}}});
}

}  // namespace upkeep::opsets
