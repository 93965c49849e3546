// Changes settings of a layer; the others stay as they are. Layers that share its weights change with it.
//
// A convolution's trained kernel is kept where its window or its groups change:
//   kernel_size    the old kernel in the middle of the new one, zeros around it, or its middle alone. With padding "same" and strides of 1
//                  the larger one gives the same answers. carry=resample stretches or shrinks the kernel instead; its sum stays.
//   with a smaller dilation_rate   zeros between the old weights: the same answers
//   strides, padding, dilation_rate   the kernel as it is, at other places
//   groups         zeros where a filter did not see a channel; the same answers with fewer groups
// A dense layer behind a Flatten whose image has another size now keeps its kernel, resampled over the image; its sum stays.

#include <algorithm>
#include <map>

#include "base/format.hpp"
#include "base/names.hpp"
#include "layers/shared/window.hpp"
#include "layers/view/build.hpp"
#include "optimize/structure/structure.hpp"

namespace upkeep::structure {

namespace {

constexpr const char* kSetForm = "NAME:SETTING=VALUE,...[,carry=zeros|resample]";

// What is asked of a layer, with how its kernel gets into another window.
struct SetRequest {
  NamedSettings wanted;
  bool resample = false;
};

SetRequest read_set(std::string_view argument) {
  SetRequest request{.wanted = parse_named(argument)};
  const std::string carry = take_text(request.wanted.values, "carry");
  if (!carry.empty() && carry != "zeros" && carry != "resample")
    throw unknown_name("way to carry a kernel over", carry, {"zeros", "resample"});
  request.resample = carry == "resample";
  return request;
}

const std::string& owner_of(const LayerSpec& layer) { return layer.shares.empty() ? layer.name : layer.shares; }

Architecture set_settings(const Architecture& before, std::string_view argument) {
  Architecture after = before;
  split_argument(argument, ':', kSetForm);
  const NamedSettings wanted = read_set(argument).wanted;
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

// How many places of the new window lie from one old weight to the next: more than one where zeros go between them.
std::int64_t spread(const layers::Window& before, const layers::Window& after, std::size_t axis) {
  const bool between =
      after.size[axis] != before.size[axis] && after.dilation[axis] > 0 && before.dilation[axis] % after.dilation[axis] == 0;
  return between ? before.dilation[axis] / after.dilation[axis] : 1;
}

// Where the old window begins in the new one, along an axis; negative where it is cut.
std::int64_t shift(const layers::Window& before, const layers::Window& after, std::size_t axis) {
  const std::int64_t covered = (before.size[axis] - 1) * spread(before, after, axis);
  if (after.padding == "causal") return after.size[axis] - 1 - covered;
  return (after.size[axis] - 1) / 2 - covered / 2;
}

// Whether a larger window with zeros gives the same answers along an axis: zeros are put around the input by as much as the old window
// moved in the new one.
bool same_answers(const layers::Window& before, const layers::Window& after, std::size_t axis) {
  const std::int64_t moved = shift(before, after, axis), steps = spread(before, after, axis);
  if (moved < 0 || moved + (before.size[axis] - 1) * steps >= after.size[axis]) return false;
  if (before.padding != after.padding || before.strides != after.strides || before.dilation[axis] != steps * after.dilation[axis])
    return false;
  const bool same_reach = (before.size[axis] - 1) * before.dilation[axis] == (after.size[axis] - 1) * after.dilation[axis];
  if (after.padding == "causal" || same_reach) return true;
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
      const std::int64_t place = at[i] * spread(before, after, i) + shift(before, after, i);
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

// The tensor with another number of places along an axis, each the sum of what it covers of the old ones: the sum of all stays.
Tensor resampled(const Tensor& tensor, std::size_t axis, std::int64_t places) {
  const std::int64_t old = tensor.dim(axis);
  std::int64_t inner = 1;
  for (std::size_t i = axis + 1; i < tensor.rank(); ++i) inner *= tensor.dim(i);
  const std::int64_t outer = tensor.size() / std::max<std::int64_t>(1, old * inner);
  Shape shape = tensor.shape();
  shape[axis] = places;
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)), 0);
  const double step = static_cast<double>(old) / static_cast<double>(places);
  for (std::int64_t place = 0; place < places; ++place)
    for (std::int64_t from = 0; from < old; ++from) {
      const double begin = std::max(static_cast<double>(place) * step, static_cast<double>(from));
      const double end = std::min(static_cast<double>(place + 1) * step, static_cast<double>(from + 1));
      for (std::int64_t o = 0; end > begin && o < outer; ++o)
        for (std::int64_t i = 0; i < inner; ++i)
          values[static_cast<std::size_t>((o * places + place) * inner + i)] +=
              static_cast<float>(end - begin) * tensor.floats()[static_cast<std::size_t>((o * old + from) * inner + i)];
    }
  return Tensor(std::move(shape), std::move(values));
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
  return shapes +
         (same ? "zeros around or between the trained weights; the answers stay as they were"
               : "zeros around or between the trained weights; the answers change where the input is padded or stepped over otherwise");
}

// What is said of a kernel that stays as it is and stands at other places.
std::string places_note(const std::string& name, const layers::Window& before, const layers::Window& after) {
  std::vector<std::string> changes;
  const auto say = [&](const char* what, const std::vector<std::int64_t>& was, const std::vector<std::int64_t>& is) {
    if (was != is) changes.push_back(upkeep::format("{} {} -> {}", what, Json(was).dump(), Json(is).dump()));
  };
  say("strides", before.strides, after.strides);
  say("dilation_rate", before.dilation, after.dilation);
  if (before.padding != after.padding) changes.push_back(upkeep::format("padding {} -> {}", before.padding, after.padding));
  return changes.empty() ? "" : upkeep::format("{}: the trained kernel stays, with {}; it was not trained for that", name, join(changes));
}

// The kernel in its new window.
std::string into_window(Tensor& kernel, const std::string& name, const layers::Window& before, const layers::Window& after, bool resample,
                        bool same_groups) {
  if (resample) {
    const Shape old = kernel.shape();
    for (std::size_t axis = 0; axis < before.size.size(); ++axis) kernel = resampled(kernel, axis, after.size[axis]);
    return upkeep::format("{} {} -> {}: resampled; each filter's sum stays", name, to_string(old), to_string(kernel.shape()));
  }
  Moved moved = in_window(kernel, before, after);
  bool same = same_groups;
  for (std::size_t i = 0; i < before.size.size(); ++i) same = same && same_answers(before, after, i);
  std::string note = window_note(name, kernel, moved, same);
  kernel = std::move(moved.kernel);
  return note;
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

void carry_kernel(const LayerEdit& edit, const LayerSpec& layer, const LayerSpec& now, CarriedWeights& carried) {
  const std::size_t axes = window_axes(layer.kind);
  const std::string name = layer.name + (layer.kind.starts_with("separable") ? "/depthwise_kernel" : "/kernel");
  const Tensor* kernel = find(edit.weights, name);
  if (axes == 0 || !kernel || kernel->rank() != axes + 2 || kernel->dtype() != DType::kFloat32) return;
  const layers::Window before = window_of(layer, axes), after = window_of(now, axes);
  const auto groups_before = layer.settings.value("groups", std::int64_t{1}), groups = now.settings.value("groups", std::int64_t{1});
  Tensor made = *kernel;
  if (after.size != before.size)
    carried.notes.push_back(into_window(made, name, before, after, read_set(edit.argument).resample, groups == groups_before));
  else if (const std::string note = places_note(name, before, after); !note.empty()) carried.notes.push_back(note);
  if (groups != groups_before && groups > 0 && groups_before % groups == 0) {
    made = regrouped(made, groups_before, groups);
    carried.notes.push_back(upkeep::format("{}: zeros where its {} groups did not see a channel", name, groups_before));
  }
  if (made.shape() != kernel->shape()) carried.weights.emplace_back(name, std::move(made));
}

// The sizes of an image [batch, ..., channels] that a Flatten reads before and after, where only they changed.
std::optional<std::pair<Shape, Shape>> other_image(const Dims& before, const Dims& after) {
  if (before.size() != after.size() || before.size() < 3 || before == after || before.back() != after.back()) return std::nullopt;
  std::pair<Shape, Shape> sizes;
  for (std::size_t i = 1; i < before.size(); ++i) {
    if (!before[i].known() || !after[i].known()) return std::nullopt;
    sizes.first.push_back(before[i].value);
    sizes.second.push_back(after[i].value);
  }
  return sizes;
}

// Dense layers behind a Flatten: kernel [places * channels, units], resampled over the places.
void carry_readers(const LayerEdit& edit, CarriedWeights& carried) {
  const std::map<std::string, Dims> was = output_shapes(edit.before), is = output_shapes(edit.after);
  for (const LayerSpec& dense : edit.after.layers) {
    if (dense.kind != "dense" || !dense.shares.empty() || dense.inputs.size() != 1) continue;
    const LayerSpec& flatten = edit.after.layer(layer_of(dense.inputs[0]));
    const Tensor* kernel = find(edit.weights, dense.name + "/kernel");
    if (flatten.kind != "flatten" || !kernel || kernel->dtype() != DType::kFloat32) continue;
    const auto image = other_image(was.at(flatten.inputs[0]), is.at(flatten.inputs[0]));
    if (!image || element_count(image->first) != kernel->dim(0)) continue;
    Shape shape = image->first;
    shape.push_back(kernel->dim(1));
    Tensor made = kernel->reshaped(shape);
    for (std::size_t axis = 0; axis + 1 < image->second.size(); ++axis) made = resampled(made, axis, image->second[axis]);
    carried.weights.emplace_back(dense.name + "/kernel", made.reshaped({element_count(image->second), kernel->dim(1)}));
    carried.notes.push_back(upkeep::format("{}/kernel: resampled from an image of {} to {}; each unit's sum stays", dense.name,
                                           to_string(image->first), to_string(image->second)));
  }
}

CarriedWeights carry_set(const LayerEdit& edit) {
  const LayerSpec& layer = edit.before.layer(owner_of(edit.before.layer(read_set(edit.argument).wanted.name)));
  const LayerSpec& now = edit.after.layer(layer.name);
  if (std::optional<CarriedWeights> none = other_units(layer, now)) return std::move(*none);
  CarriedWeights carried;
  carry_kernel(edit, layer, now, carried);
  carry_readers(edit, carried);
  return carried;
}

}  // namespace

void add_set(StructureCatalog& catalog) {
  catalog.add({.name = "set", .help = "change settings of a layer", .argument = kSetForm, .apply = set_settings, .carry = carry_set});
}

}  // namespace upkeep::structure
