// Changes settings of a layer; the others stay as they are. Layers that share its weights change with it.
//
// A convolution's trained kernel is kept where its window or its groups change:
//   kernel_size   the old kernel in the middle of the new one, zeros around it, or its middle alone. With padding "same" and strides of 1
//                 the larger one gives the same answers.
//   groups        zeros where a filter did not see a channel; the same answers with fewer groups

#include <algorithm>

#include "base/format.hpp"
#include "layers/window.hpp"
#include "optimize/structure/structure.hpp"

namespace upkeep::structure {

namespace {

constexpr const char* kSetForm = "NAME:SETTING=VALUE,...";

const std::string& owner_of(const LayerSpec& layer) { return layer.shares.empty() ? layer.name : layer.shares; }

Architecture set_settings(const Architecture& before, std::string_view argument) {
  Architecture after = before;
  split_argument(argument, ':', kSetForm);
  const NamedSettings wanted = parse_named(argument);
  const LayerSpec& layer = after.layer(wanted.name);
  if (wanted.values.contains("name")) throw Error(ErrorCode::kUnsupported, "a layer cannot be renamed: its weights are known by its name");
  const std::string owner = owner_of(layer);
  for (LayerSpec& one : after.layers) {
    if (one.name != owner && one.shares != owner) continue;
    one.settings.update(wanted.values);
    check_settings(one);
  }
  return after;
}

// --- the trained kernel of a convolution -------------------------------------------------------------------------------

// How many axes its window has; 0 for other layers.
std::size_t window_axes(const std::string& kind) {
  for (const char* family : {"conv", "depthwise_conv", "separable_conv"})
    for (std::size_t axes = 1; axes <= 3; ++axes)
      if (kind == upkeep::format("{}{}d", family, axes)) return axes;
  return 0;
}

layers::Window window_of(const LayerSpec& layer, std::size_t axes) {
  const auto sizes = [&](const char* setting, const Json& fallback) {
    return layers::read_sizes(setting, layer.settings.value(setting, fallback), axes);
  };
  return {.size = sizes("kernel_size", layers::ones(axes)),
          .strides = sizes("strides", layers::ones(axes)),
          .dilation = sizes("dilation_rate", layers::ones(axes)),
          .padding = layer.settings.value("padding", "valid")};
}

// Where the old window begins in the new one, along an axis; negative where it is cut.
std::int64_t shift(const layers::Window& before, const layers::Window& after, std::size_t axis) {
  if (after.padding == "causal") return after.size[axis] - before.size[axis];
  return (after.size[axis] - 1) / 2 - (before.size[axis] - 1) / 2;
}

// Whether a larger window with zeros gives the same answers along an axis: zeros are put around the input by as much as the old window
// moved in the new one.
bool same_answers(const layers::Window& before, const layers::Window& after, std::size_t axis) {
  const std::int64_t moved = shift(before, after, axis);
  if (moved < 0 || moved + before.size[axis] > after.size[axis]) return false;
  if (before.padding != after.padding || before.strides != after.strides || before.dilation != after.dilation) return false;
  if (after.padding == "causal") return true;
  const std::int64_t before_old = (before.size[axis] - 1) * before.dilation[axis] / 2;
  const std::int64_t before_new = (after.size[axis] - 1) * after.dilation[axis] / 2;
  return after.padding == "same" && after.strides[axis] == 1 && before_new - before_old == moved * after.dilation[axis];
}

struct Moved {
  Tensor kernel;
  double lost = 0;  // the part of the squared norm that was cut
};

// kernel [...size, rows, columns] in a window of another size.
Moved in_window(const Tensor& kernel, const layers::Window& before, const layers::Window& after) {
  const std::size_t axes = before.size.size();
  const auto block = static_cast<std::size_t>(kernel.dim(axes) * kernel.dim(axes + 1));
  Shape shape = after.size;
  shape.insert(shape.end(), kernel.shape().end() - 2, kernel.shape().end());
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)), 0);
  double kept = 0, all = 0;
  std::vector<std::int64_t> at(axes, 0);
  for (std::size_t from = 0; from < kernel.floats().size(); from += block) {
    std::int64_t to = 0;
    bool inside = true;
    for (std::size_t i = 0; i < axes; ++i) {
      const std::int64_t place = at[i] + shift(before, after, i);
      inside = inside && place >= 0 && place < after.size[i];
      to = to * after.size[i] + place;
    }
    const std::span<const float> part = kernel.floats().subspan(from, block);
    double squares = 0;
    for (const float value : part) squares += static_cast<double>(value) * value;
    all += squares;
    if (inside) {
      std::ranges::copy(part, values.begin() + to * static_cast<std::int64_t>(block));
      kept += squares;
    }
    for (std::size_t i = axes; i-- > 0 && ++at[i] == before.size[i];) at[i] = 0;
  }
  return {.kernel = Tensor(std::move(shape), std::move(values)), .lost = all > 0 ? 1 - kept / all : 0};
}

// kernel [..., channels / before, filters] as [..., channels / after, filters], where the old groups lie in the new ones.
Tensor regrouped(const Tensor& kernel, std::int64_t before, std::int64_t after) {
  const std::int64_t rows = kernel.dim(kernel.rank() - 2), filters = kernel.shape().back(), wider = rows * before / after;
  Shape shape = kernel.shape();
  shape[shape.size() - 2] = wider;
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)), 0);
  const std::int64_t places = kernel.size() / (rows * filters);
  for (std::int64_t place = 0; place < places; ++place)
    for (std::int64_t row = 0; row < rows; ++row)
      for (std::int64_t filter = 0; filter < filters; ++filter) {
        const std::int64_t channel = filter / (filters / before) * rows + row;  // of the input
        const std::int64_t first = filter / (filters / after) * wider;          // of the new group
        values[static_cast<std::size_t>((place * wider + channel - first) * filters + filter)] =
            kernel.floats()[static_cast<std::size_t>((place * rows + row) * filters + filter)];
      }
  return Tensor(std::move(shape), std::move(values));
}

// What is said of a kernel in another window.
std::string window_note(const std::string& name, const Tensor& kernel, const Moved& moved, bool same) {
  const std::string shapes = upkeep::format("{} {} -> {}: ", name, to_string(kernel.shape()), to_string(moved.kernel.shape()));
  if (moved.lost > 0) return shapes + upkeep::format("its middle is kept; {:.1f} % of its squares are cut off", 100 * moved.lost);
  return shapes + (same ? "zeros around the trained kernel; the answers stay as they were"
                        : "zeros around the trained kernel; the answers change where the input is padded or stepped over otherwise");
}

// Of a layer with another number of units, which are all new.
std::optional<CarriedWeights> other_units(const LayerSpec& before, const LayerSpec& after) {
  for (const char* setting : {"units", "filters", "depth_multiplier"}) {
    const Json was = before.settings.value(setting, Json(nullptr)), is = after.settings.value(setting, Json(nullptr));
    if (was == is) continue;
    CarriedWeights none;
    const bool widens = setting != std::string_view("depth_multiplier") && was.is_number() && is > was;
    if (widens)
      none.notes.push_back(upkeep::format("--widen {}={} instead would keep what {} learned", before.name, is.dump(), before.name));
    return none;
  }
  return std::nullopt;
}

CarriedWeights kernel_of(const LayerEdit& edit) {
  const LayerSpec& layer = edit.before.layer(owner_of(edit.before.layer(parse_named(edit.argument).name)));
  const LayerSpec& now = edit.after.layer(layer.name);
  if (std::optional<CarriedWeights> none = other_units(layer, now)) return std::move(*none);
  const std::size_t axes = window_axes(layer.kind);
  const std::string name = layer.name + (layer.kind.starts_with("separable") ? "/depthwise_kernel" : "/kernel");
  const Tensor* kernel = find(edit.weights, name);
  if (axes == 0 || !kernel || kernel->rank() != axes + 2 || kernel->dtype() != DType::kFloat32) return {};
  const layers::Window before = window_of(layer, axes), after = window_of(now, axes);
  const auto groups_before = layer.settings.value("groups", std::int64_t{1}), groups = now.settings.value("groups", std::int64_t{1});
  CarriedWeights carried;
  Tensor made = *kernel;
  if (after.size != before.size) {
    Moved moved = in_window(made, before, after);
    bool same = true;
    for (std::size_t i = 0; i < axes; ++i) same = same && same_answers(before, after, i);
    carried.notes.push_back(window_note(name, made, moved, same && groups == groups_before));
    made = std::move(moved.kernel);
  }
  if (groups != groups_before && groups > 0 && groups_before % groups == 0) {
    made = regrouped(made, groups_before, groups);
    carried.notes.push_back(upkeep::format("{}: zeros where its {} groups did not see a channel", name, groups_before));
  }
  if (!carried.notes.empty()) carried.weights.emplace_back(name, std::move(made));
  return carried;
}

}  // namespace

void add_set(StructureCatalog& catalog) {
  catalog.add({.name = "set", .help = "change settings of a layer", .argument = kSetForm, .apply = set_settings, .carry = kernel_of});
}

}  // namespace upkeep::structure
