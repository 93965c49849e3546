// Gives a layer more units and keeps the function exactly (Net2WiderNet: Chen, Goodfellow and Shlens 2015). New units copy old ones drawn
// at random, and whoever reads a unit of r copies divides its weights by r:
//
//   kernel'[:, j] = kernel[:, o(j)]      reader'[j, :] = reader[o(j), :] / copies(o(j))      o(j) = j for the old units
//
// Copies learn the same until something tells them apart: dropout, or noise on their kernel, which is said in shares of its deviation.

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <set>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/random.hpp"
#include "layers/shared/activations.hpp"
#include "layers/view/build.hpp"
#include "optimize/structure/structure.hpp"

namespace upkeep::structure {

namespace {

constexpr const char* kWidenForm = "LAYER=UNITS[:noise=0.01]";

struct WidenRequest {
  std::string layer;
  std::int64_t units = 0;
  double noise = 0;
};

WidenRequest read_widen(std::string_view argument) {
  const auto [layer, rest] = split_argument(argument, '=', kWidenForm);
  NamedSettings wanted = parse_named(rest);
  WidenRequest request{.layer = layer};
  const auto [end, error] = std::from_chars(wanted.name.data(), wanted.name.data() + wanted.name.size(), request.units);
  if (error != std::errc() || end != wanted.name.data() + wanted.name.size())
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" is no number of units", wanted.name),
                upkeep::format("the form is {}", kWidenForm));
  request.noise = take_noise(wanted.values, kWidenForm);
  return request;
}

// The setting that says how many units a layer of this kind has.
const char* units_setting(const LayerSpec& layer) {
  if (layer.kind == "dense") return "units";
  if (layer.kind == "conv1d" || layer.kind == "conv2d" || layer.kind == "conv3d") return "filters";
  throw Error(ErrorCode::kUnsupported, upkeep::format("layer \"{}\" is of the kind {}", layer.name, layer.kind),
              "dense and convolution layers can be widened");
}

std::int64_t units_of(const LayerSpec& layer) { return layer.settings.at(units_setting(layer)).get<std::int64_t>(); }

Architecture widen(const Architecture& before, std::string_view argument) {
  const WidenRequest request = read_widen(argument);
  Architecture after = before;
  LayerSpec& layer = after.layers[inner_index(after, request.layer)];
  const std::int64_t units = units_of(layer);
  if (request.units <= units)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("layer \"{}\" has {} units already", layer.name, units),
                upkeep::format("widen it to more, --widen {}={}", layer.name, 2 * units));
  layer.settings[units_setting(layer)] = request.units;
  check_settings(layer);
  return after;
}

// Where each channel of a widened value comes from in the value before, which had `before` of them.
struct Channels {
  std::vector<std::int64_t> origin;
  std::int64_t before = 0;

  std::vector<double> copies() const {
    std::vector<double> counts(static_cast<std::size_t>(before), 0);
    for (const std::int64_t one : origin) ++counts[static_cast<std::size_t>(one)];
    return counts;
  }
};

enum class Reading { kCopied, kShared };  // shared: divided by how often a channel stands there

Tensor along(const Tensor& weight, std::size_t axis, const Channels& channels, Reading reading) {
  const std::vector<double> copies = channels.copies();
  const std::int64_t inner = std::accumulate(weight.shape().begin() + static_cast<std::ptrdiff_t>(axis) + 1, weight.shape().end(),
                                             std::int64_t{1}, std::multiplies<>());
  const std::int64_t outer = weight.size() / (inner * channels.before);
  Shape shape = weight.shape();
  shape[axis] = std::ssize(channels.origin);
  std::vector<float> values;
  values.reserve(static_cast<std::size_t>(outer * inner) * channels.origin.size());
  for (std::int64_t o = 0; o < outer; ++o)
    for (const std::int64_t from : channels.origin) {
      const auto part =
          weight.floats().subspan(static_cast<std::size_t>((o * channels.before + from) * inner), static_cast<std::size_t>(inner));
      const double share = reading == Reading::kShared ? copies[static_cast<std::size_t>(from)] : 1;
      for (const float value : part) values.push_back(static_cast<float>(value / share));
    }
  return Tensor(std::move(shape), std::move(values));
}

// Noise on the copies alone, so that the units they copy stay what they are.
Tensor with_noise(const Tensor& kernel, std::int64_t units_before, double share, Random& random) {
  std::vector<float> values(kernel.floats().begin(), kernel.floats().end());
  const double deviation = share * standard_deviation(kernel);
  const auto units = static_cast<std::size_t>(kernel.shape().back());
  for (std::size_t i = 0; i < values.size(); ++i)
    if (i % units >= static_cast<std::size_t>(units_before)) values[i] += static_cast<float>(deviation * random.normal());
  return Tensor(kernel.shape(), std::move(values));
}

const std::set<std::string, std::less<>> kChannelByChannel = {"identity",
                                                              "dropout",
                                                              "alpha_dropout",
                                                              "gaussian_dropout",
                                                              "gaussian_noise",
                                                              "activity_regularization",
                                                              "elu",
                                                              "leaky_relu",
                                                              "relu",
                                                              "masking",
                                                              "max_pooling1d",
                                                              "max_pooling2d",
                                                              "max_pooling3d",
                                                              "average_pooling1d",
                                                              "average_pooling2d",
                                                              "average_pooling3d",
                                                              "cropping1d",
                                                              "cropping2d",
                                                              "cropping3d",
                                                              "up_sampling1d",
                                                              "up_sampling2d",
                                                              "up_sampling3d",
                                                              "zero_padding1d",
                                                              "zero_padding2d",
                                                              "zero_padding3d",
                                                              "spatial_dropout_1d",
                                                              "spatial_dropout_2d",
                                                              "spatial_dropout_3d",
                                                              "global_max_pooling1d",
                                                              "global_max_pooling2d",
                                                              "global_max_pooling3d",
                                                              "global_average_pooling1d",
                                                              "global_average_pooling2d",
                                                              "global_average_pooling3d"};
const std::set<std::string, std::less<>> kAcrossChannels = {"softmax", "log_softmax", "sparsemax", "glu"};  // activations

// Follows the channels of the widened layer to all that read them.
class Widening {
 public:
  explicit Widening(const LayerEdit& edit) : edit_(edit), shapes_(output_shapes(edit.before)) {}

  CarriedWeights run() {
    const WidenRequest request = read_widen(edit_.argument);
    const LayerSpec& layer = edit_.before.layer(request.layer);
    Random random(edit_.seed, stream_id("widen " + layer.name));
    Channels channels{.origin = {}, .before = units_of(layer)};
    for (std::int64_t i = 0; i < request.units; ++i)
      channels.origin.push_back(i < channels.before ? i
                                                    : static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(channels.before))));
    expect_own_weights(layer);
    expect_channels_last(layer);
    if (layer.settings.value("groups", 1) != 1) throw cannot(layer, "has groups, which would have to grow alike");
    expect_each_channel_alone(layer);
    Tensor kernel = along(weight(layer, "kernel"), weight(layer, "kernel").rank() - 1, channels, Reading::kCopied);
    if (request.noise > 0) kernel = with_noise(kernel, channels.before, request.noise, random);
    put(layer, "kernel", std::move(kernel));
    if (has(layer, "bias")) put(layer, "bias", along(weight(layer, "bias"), 0, channels, Reading::kCopied));
    follow(layer.name, channels);
    made_.notes.push_back(upkeep::format("{} has {} units, {} of them copies{}", layer.name, request.units, request.units - channels.before,
                                         request.noise > 0 ? upkeep::format(" with noise of {:g} of the kernel's deviation", request.noise)
                                                           : "; the answers stay as they were"));
    return std::move(made_);
  }

 private:
  static Error cannot(const LayerSpec& layer, const std::string& why) {
    return Error(ErrorCode::kUnsupported, upkeep::format("layer \"{}\" ({}) {}", layer.name, layer.kind, why),
                 "--set gives a layer other units with fresh weights");
  }

  // Everybody who reads `value`, whose last axis has these channels.
  void follow(const std::string& value, const Channels& channels) {
    if (std::ranges::contains(output_layers(edit_.before), value))
      throw Error(ErrorCode::kUnsupported, upkeep::format("\"{}\" is an output of the model, which would be wider", value),
                  "widen a layer before it");
    for (const LayerSpec& reader : edit_.before.layers) {
      if (!std::ranges::contains(reader.inputs, value)) continue;
      if (!seen_.insert(reader.name).second) throw cannot(reader, "is reached in two ways");
      expect_own_weights(reader);
      read(reader, value, channels);
    }
  }

  void read(const LayerSpec& reader, const std::string& value, const Channels& channels) {
    if (kChannelByChannel.contains(reader.kind) || (reader.kind == "activation" && alone(reader))) {
      expect_channels_last(reader);
      follow(reader.name, channels);
    } else if (reader.kind == "batch_normalization") normalize(reader, value, channels);
    else if (reader.kind == "prelu") scale(reader, channels);
    else if (reader.kind == "flatten") flatten(reader, value, channels);
    else if (reader.kind == "concatenate") concatenate(reader, value, channels);
    else if (reader.kind.starts_with("depthwise_conv")) deepwise(reader, channels);
    else weigh(reader, value, channels);
  }

  // The readers that weigh every channel end the walk.
  void weigh(const LayerSpec& reader, const std::string& value, const Channels& channels) {
    const bool convolution = reader.kind == "conv1d" || reader.kind == "conv2d" || reader.kind == "conv3d";
    const bool transposed = reader.kind.ends_with("d_transpose");
    const bool separable = reader.kind.starts_with("separable_conv");
    if (convolution || transposed || separable) expect_channels_last(reader);
    if (reader.settings.value("groups", 1) != 1) throw cannot(reader, "reads the channels in groups");
    if (separable) {
      const Channels deep = multiplied(reader, channels);
      put(reader, "depthwise_kernel",
          along(weight(reader, "depthwise_kernel"), weight(reader, "depthwise_kernel").rank() - 2, channels, Reading::kCopied));
      put(reader, "pointwise_kernel",
          along(weight(reader, "pointwise_kernel"), weight(reader, "pointwise_kernel").rank() - 2, deep, Reading::kShared));
      return;
    }
    const bool rows = reader.kind == "dense" || reader.kind == "lstm" || reader.kind == "gru" || reader.kind == "simple_rnn";
    if (!rows && !convolution && !transposed) throw cannot(reader, "reads it, and would not be the same of more channels");
    if (reader.inputs.front() != value || std::ranges::count(reader.inputs, value) != 1) throw cannot(reader, "reads it as a state");
    const Tensor& kernel = weight(reader, "kernel");
    const std::size_t axis = transposed ? kernel.rank() - 1 : kernel.rank() - 2;
    put(reader, "kernel", along(kernel, axis, channels, Reading::kShared));
  }

  void normalize(const LayerSpec& reader, const std::string& value, const Channels& channels) {
    const auto axis = reader.settings.value("axis", std::int64_t{-1});
    if (axis != -1 && axis + 1 != std::ssize(shapes_.at(value))) throw cannot(reader, "normalises another axis than the last");
    for (const char* name : {"gamma", "beta", "moving_mean", "moving_variance"})
      if (has(reader, name)) put(reader, name, along(weight(reader, name), 0, channels, Reading::kCopied));
    follow(reader.name, channels);
  }

  void scale(const LayerSpec& reader, const Channels& channels) {
    const Tensor& alpha = weight(reader, "alpha");
    if (alpha.shape().back() == channels.before) put(reader, "alpha", along(alpha, alpha.rank() - 1, channels, Reading::kCopied));
    follow(reader.name, channels);
  }

  // The channel is what changes fastest in Keras's order.
  void flatten(const LayerSpec& reader, const std::string& value, const Channels& channels) {
    expect_channels_last(reader);
    Channels flat;
    const Dims& dims = shapes_.at(value);
    std::int64_t places = 1;
    for (std::size_t i = 1; i + 1 < dims.size(); ++i) {
      if (!dims[i].known()) throw cannot(reader, "flattens a size that is not known");
      places *= dims[i].value;
    }
    for (std::int64_t place = 0; place < places; ++place)
      for (const std::int64_t from : channels.origin) flat.origin.push_back(place * channels.before + from);
    flat.before = places * channels.before;
    follow(reader.name, flat);
  }

  void concatenate(const LayerSpec& reader, const std::string& value, const Channels& channels) {
    const auto axis = reader.settings.value("axis", std::int64_t{-1});
    if (axis != -1 && axis + 1 != std::ssize(shapes_.at(value))) throw cannot(reader, "joins another axis than the last");
    Channels joined;
    for (const std::string& input : reader.inputs) {
      const std::int64_t own = shapes_.at(input).back().value;
      if (input == value)
        for (const std::int64_t from : channels.origin) joined.origin.push_back(joined.before + from);
      else
        for (std::int64_t i = 0; i < own; ++i) joined.origin.push_back(joined.before + i);
      joined.before += own;
    }
    follow(reader.name, joined);
  }

  void deepwise(const LayerSpec& reader, const Channels& channels) {
    expect_channels_last(reader);
    expect_each_channel_alone(reader);
    const Channels deep = multiplied(reader, channels);
    put(reader, "kernel", along(weight(reader, "kernel"), weight(reader, "kernel").rank() - 2, channels, Reading::kCopied));
    if (has(reader, "bias")) put(reader, "bias", along(weight(reader, "bias"), 0, deep, Reading::kCopied));
    follow(reader.name, deep);
  }

  static Channels multiplied(const LayerSpec& reader, const Channels& channels) {
    const auto multiplier = reader.settings.value("depth_multiplier", std::int64_t{1});
    Channels deep{.origin = {}, .before = channels.before * multiplier};
    for (const std::int64_t from : channels.origin)
      for (std::int64_t i = 0; i < multiplier; ++i) deep.origin.push_back(from * multiplier + i);
    return deep;
  }

  static bool alone(const LayerSpec& layer) {
    return !kAcrossChannels.contains(layers::read_activation(layer.settings.value("activation", Json(nullptr))).name);
  }
  static void expect_each_channel_alone(const LayerSpec& layer) {
    if (!alone(layer)) throw cannot(layer, "has an activation over all units together");
  }
  static void expect_channels_last(const LayerSpec& layer) {
    if (layer.settings.value("data_format", "channels_last") != "channels_last")
      throw Error(ErrorCode::kUnsupported, upkeep::format("layer \"{}\" has its channels first", layer.name),
                  "upkeep convert --rewrite channels puts them last");
  }
  void expect_own_weights(const LayerSpec& layer) const {
    const bool shared = !layer.shares.empty() || std::ranges::contains(edit_.before.layers, layer.name, &LayerSpec::shares);
    if (shared) throw cannot(layer, "shares its weights with another");
  }

  static std::string full(const LayerSpec& layer, std::string_view name) { return layer.name + "/" + std::string(name); }
  bool has(const LayerSpec& layer, std::string_view name) const { return find(edit_.weights, full(layer, name)) != nullptr; }
  const Tensor& weight(const LayerSpec& layer, std::string_view name) const {
    if (const Tensor* found = find(edit_.weights, full(layer, name)); found && found->dtype() == DType::kFloat32) return *found;
    throw cannot(layer, upkeep::format("has no {} of float32", name));
  }
  void put(const LayerSpec& layer, std::string_view name, Tensor value) { made_.weights.emplace_back(full(layer, name), std::move(value)); }

  const LayerEdit& edit_;
  const std::map<std::string, Dims> shapes_;
  std::set<std::string> seen_;
  CarriedWeights made_;
};

}  // namespace

void add_widen(StructureCatalog& catalog) {
  catalog.add({.name = "widen",
               .help = "give a dense or convolution layer more units, copies of old ones, with the same answers",
               .argument = kWidenForm,
               .apply = widen,
               .carry = [](const LayerEdit& edit) { return Widening(edit).run(); }});
}

}  // namespace upkeep::structure
