#include "layers/shared/initializers.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numbers>
#include <numeric>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/random.hpp"
#include "layers/keras/form.hpp"

namespace upkeep {
namespace layers::initializers {

struct Plain {};
struct Constant {
  double value = 0;
};
struct Identity {
  double gain = 1;
};
struct Orthogonal {
  double gain = 1;
  Json seed = nullptr;
};
struct RandomNormal {
  double mean = 0;
  double stddev = 0.05;
  Json seed = nullptr;
};
struct RandomUniform {
  double minval = -0.05;
  double maxval = 0.05;
  Json seed = nullptr;
};
// VarianceScaling with scale, mode and distribution fixed: Glorot, He, LeCun.
struct Scaled {
  Json seed = nullptr;
  Json input_axes = nullptr;
  Json output_axes = nullptr;
};
struct VarianceScaling {
  double scale = 1;
  std::string mode = "fan_in";
  std::string distribution = "truncated_normal";
  Json seed = nullptr;
  Json input_axes = nullptr;
  Json output_axes = nullptr;
};

struct Stft {
  std::string side = "real";
  Json window = "hann";
  std::optional<std::string> scaling = "density";
  bool periodic = false;
};

// An LSTM's bias: 1 for the forget gate, the second of four; `others` fills the rest.
struct UnitForgetBias {
  Json others = "zeros";
};

}  // namespace layers::initializers

namespace init = layers::initializers;

template <>
const Settings settings<init::Plain> = describe<init::Plain>("initializer", "no settings");
template <>
const Settings settings<init::Constant> =
    describe<init::Constant>("constant", "one value everywhere", field("value", &init::Constant::value, "the value"));
template <>
const Settings settings<init::Identity> =
    describe<init::Identity>("identity", "a multiple of the identity matrix", field("gain", &init::Identity::gain, "factor"));
template <>
const Settings settings<init::Orthogonal> =
    describe<init::Orthogonal>("orthogonal", "a multiple of a random orthogonal matrix", field("gain", &init::Orthogonal::gain, "factor"),
                               field("seed", &init::Orthogonal::seed, "its own seed"));
template <>
const Settings settings<init::RandomNormal> =
    describe<init::RandomNormal>("random_normal", "normal numbers", field("mean", &init::RandomNormal::mean, "mean"),
                                 field("stddev", &init::RandomNormal::stddev, "standard deviation", range(0, 1e30)),
                                 field("seed", &init::RandomNormal::seed, "its own seed"));
template <>
const Settings settings<init::RandomUniform> = describe<init::RandomUniform>(
    "random_uniform", "uniform numbers", field("minval", &init::RandomUniform::minval, "lower end"),
    field("maxval", &init::RandomUniform::maxval, "upper end"), field("seed", &init::RandomUniform::seed, "its own seed"));
template <>
const Settings settings<init::Scaled> =
    describe<init::Scaled>("initializer", "a variance that fits the layer's size", field("seed", &init::Scaled::seed, "its own seed"),
                           field("input_axes", &init::Scaled::input_axes, "axes of the weight that are inputs; null for the last but one"),
                           field("output_axes", &init::Scaled::output_axes, "axes of the weight that are outputs; null for the last"));
template <>
const Settings settings<init::VarianceScaling> = describe<init::VarianceScaling>(
    "variance_scaling", "a variance that fits the layer's size",
    field("scale", &init::VarianceScaling::scale, "factor on the variance", range(0, 1e30, Ends::kOpen)),
    field("mode", &init::VarianceScaling::mode, "which size counts", one_of({"fan_in", "fan_out", "fan_avg"})),
    field("distribution", &init::VarianceScaling::distribution, "form",
          one_of({"truncated_normal", "untruncated_normal", "normal", "uniform"})),
    field("seed", &init::VarianceScaling::seed, "its own seed"),
    field("input_axes", &init::VarianceScaling::input_axes, "axes of the weight that are inputs; null for the last but one"),
    field("output_axes", &init::VarianceScaling::output_axes, "axes of the weight that are outputs; null for the last"));

template <>
const Settings settings<init::UnitForgetBias> =
    describe<init::UnitForgetBias>("unit_forget_bias", "an LSTM's bias that does not forget",
                                   field("others", &init::UnitForgetBias::others, "what fills the other gates"));
template <>
const Settings settings<init::Stft> = describe<init::Stft>(
    "stft", "the waves of a short-time Fourier transform", field("side", &init::Stft::side, "cosines or sines", one_of({"real", "imag"})),
    field("window", &init::Stft::window, "hann, hamming, blackman, boxcar, a list of numbers, or null for none"),
    field("scaling", &init::Stft::scaling, "of the window; null for none", one_of({"density", "spectrum"})),
    field("periodic", &init::Stft::periodic, "whether the window is one period of a longer one"));

namespace layers {
namespace {

using Values = std::vector<float>;

void fill(Values& values, const std::function<double()>& next) {
  for (float& value : values) value = static_cast<float>(next());
}

// Keras's fans: the last two axes are inputs and outputs, those before are a receptive field.
std::pair<double, double> fans(const Shape& shape) {
  if (shape.empty()) return {1, 1};
  if (shape.size() == 1) return {static_cast<double>(shape[0]), static_cast<double>(shape[0])};
  const double field_size =
      std::accumulate(shape.begin(), shape.end() - 2, 1.0, [](double product, std::int64_t n) { return product * static_cast<double>(n); });
  return {static_cast<double>(shape[shape.size() - 2]) * field_size, static_cast<double>(shape.back()) * field_size};
}

double sizes_along(const Shape& shape, const Json& axes) {
  double product = 1;
  for (const std::int64_t axis : from_json_checked<std::vector<std::int64_t>>(axes)) {
    const auto rank = static_cast<std::int64_t>(shape.size());
    if (axis < -rank || axis >= rank)
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("axis {} is outside the shape {}", axis, to_string(shape)));
    product *= static_cast<double>(shape[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)]);
  }
  return product;
}

// The standard deviation of a standard normal cut off at two standard deviations.
constexpr double kTruncatedDeviation = 0.87962566103423978;

void variance_scaling(Values& values, const Shape& shape, Random& random, const init::VarianceScaling& s) {
  const bool told = !s.input_axes.is_null() && !s.output_axes.is_null();
  const auto [in, out] = told ? std::pair(sizes_along(shape, s.input_axes), sizes_along(shape, s.output_axes)) : fans(shape);
  const double fan = s.mode == "fan_in" ? in : s.mode == "fan_out" ? out : (in + out) / 2;
  const double variance = s.scale / std::max(1.0, fan);
  if (s.distribution == "uniform") {
    const double limit = std::sqrt(3 * variance);
    fill(values, [&] { return random.uniform(-limit, limit); });
  } else if (s.distribution == "untruncated_normal") {
    fill(values, [&] { return random.normal() * std::sqrt(variance); });
  } else {
    fill(values, [&] { return random.truncated_normal() * std::sqrt(variance) / kTruncatedDeviation; });
  }
}

void expect_rank(const Shape& shape, bool fits, const char* expected) {
  if (!fits) throw Error(ErrorCode::kInvalidArgument, upkeep::format("it fills {}, not shape {}", expected, to_string(shape)));
}

void identity(Values& values, const Shape& shape, Random&, const init::Identity& s) {
  expect_rank(shape, shape.size() == 2, "matrices");
  for (std::int64_t i = 0; i < std::min(shape[0], shape[1]); ++i)
    values[static_cast<std::size_t>(i * shape[1] + i)] = static_cast<float>(s.gain);
}

// Gram-Schmidt, twice for rounding. On normal vectors it gives the uniform distribution over orthogonal matrices (the Q of QR with a
// positive diagonal).
std::vector<std::vector<double>> orthonormal(std::size_t count, std::size_t length, Random& random) {
  std::vector<std::vector<double>> vectors(count, std::vector<double>(length));
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<double>& v = vectors[i];
    for (double& x : v) x = random.normal();
    for (int pass = 0; pass < 2; ++pass)
      for (std::size_t j = 0; j < i; ++j) {
        const double along = std::inner_product(v.begin(), v.end(), vectors[j].begin(), 0.0);
        for (std::size_t k = 0; k < length; ++k) v[k] -= along * vectors[j][k];
      }
    const double norm = std::sqrt(std::inner_product(v.begin(), v.end(), v.begin(), 0.0));
    for (double& x : v) x /= norm;
  }
  return vectors;
}

void orthogonal(Values& values, const Shape& shape, Random& random, const init::Orthogonal& s) {
  expect_rank(shape, shape.size() >= 2 && !values.empty(), "tensors of rank 2 or more");
  const std::size_t columns = static_cast<std::size_t>(shape.back());
  const std::size_t rows = values.size() / columns;
  const bool tall = rows >= columns;
  const auto vectors = orthonormal(std::min(rows, columns), std::max(rows, columns), random);
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < columns; ++c) values[r * columns + c] = static_cast<float>(s.gain * (tall ? vectors[c][r] : vectors[r][c]));
}

struct Initializer {
  std::string keras_class;
  std::vector<std::string> aliases;
  std::function<Json(const Json& given)> complete;  // all settings
  std::function<void(Values& values, const Shape& shape, Random& random, const Json& settings)> fill;
};

const Initializer& initializer_called(const std::string& name);

void unit_forget_bias(Values& values, const Shape& shape, Random& random, const init::UnitForgetBias& s) {
  expect_rank(shape, shape.size() == 1 && shape[0] % 4 == 0, "the biases of four gates");
  const NamedSettings others = read_keras_form(s.others);
  const Initializer& filler = initializer_called(others.name);
  const auto units = values.size() / 4;
  const auto fill_part = [&](std::size_t begin, std::size_t count) {
    Values part(count);
    filler.fill(part, {static_cast<std::int64_t>(count)}, random, filler.complete(others.values));
    std::ranges::copy(part, values.begin() + static_cast<std::ptrdiff_t>(begin));
  };
  fill_part(0, units);
  std::fill_n(values.begin() + static_cast<std::ptrdiff_t>(units), units, 1.0F);
  fill_part(2 * units, 2 * units);
}

// SciPy's general cosine windows: sum over k of (-1)^k a_k cos(2 pi k n / (N - 1)); a periodic one is one longer, without its last.
std::vector<double> window_values(const Json& window, std::size_t length, bool periodic) {
  static const std::map<std::string, std::vector<double>> kCosines = {
      {"boxcar", {1}}, {"hann", {0.5, 0.5}}, {"hamming", {0.54, 0.46}}, {"blackman", {0.42, 0.5, 0.08}}};
  if (!window.is_string()) return from_json_checked<std::vector<double>>(window);
  const auto found = kCosines.find(window.get<std::string>());
  if (found == kCosines.end()) {
    std::vector<std::string> names;
    for (const auto& [name, terms] : kCosines) names.push_back(name);
    throw unknown_name("window", window.get<std::string>(), names);
  }
  const double span = std::max(1.0, static_cast<double>(length) - (periodic ? 0 : 1));
  std::vector<double> values(length, 0);
  for (std::size_t n = 0; n < length; ++n)
    for (std::size_t k = 0; k < found->second.size(); ++k)
      values[n] += (k % 2 == 0 ? 1 : -1) * found->second[k] *
                   std::cos(2 * std::numbers::pi * static_cast<double>(k) * static_cast<double>(n) / span);
  if (length == 1) values[0] = 1;
  return values;
}

// kernel[t, 0, f] = window[t] / scale * cos(2 pi t f / (2 (F - 1))), or minus the sine.
void stft(Values& values, const Shape& shape, Random&, const init::Stft& s) {
  expect_rank(shape, shape.size() == 3 && shape[1] == 1 && shape[2] > 1, "[frame, 1, frequencies] with two frequencies or more");
  const auto frame = static_cast<std::size_t>(shape[0]);
  const auto bins = static_cast<std::size_t>(shape[2]);
  std::vector<double> window(frame, 1);
  double scale = 1;
  if (!s.window.is_null()) {
    window = window_values(s.window, frame, s.periodic);
    if (window.size() != frame)
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("the window has {} values, the frame {}", window.size(), frame));
    if (s.scaling == "density") scale = std::sqrt(std::inner_product(window.begin(), window.end(), window.begin(), 0.0));
    if (s.scaling == "spectrum")
      scale = std::accumulate(window.begin(), window.end(), 0.0, [](double sum, double w) { return sum + std::abs(w); });
  }
  for (std::size_t t = 0; t < frame; ++t)
    for (std::size_t f = 0; f < bins; ++f) {
      const double angle = -2 * std::numbers::pi * static_cast<double>(t * f) / (2 * static_cast<double>(bins - 1));
      values[t * bins + f] = static_cast<float>((s.side == "real" ? std::cos(angle) : std::sin(angle)) * window[t] / scale);
    }
}

template <typename S>
Initializer known_initializer(std::string keras_class, std::vector<std::string> aliases,
                              void (*fill)(Values&, const Shape&, Random&, const S&)) {
  return {std::move(keras_class), std::move(aliases), [](const Json& given) { return to_json(parse<S>(given)); },
          [fill](Values& values, const Shape& shape, Random& random, const Json& all) { fill(values, shape, random, parse<S>(all)); }};
}

Initializer scaled(std::string keras_class, std::string alias, double scale, const char* mode, const char* distribution) {
  return {std::move(keras_class),
          {std::move(alias)},
          [](const Json& given) { return to_json(parse<init::Scaled>(given)); },
          [=](Values& values, const Shape& shape, Random& random, const Json& all) {
            const auto s = parse<init::Scaled>(all);
            variance_scaling(values, shape, random, {scale, mode, distribution, s.seed, s.input_axes, s.output_axes});
          }};
}

void constant(Values& values, const Shape&, Random&, const init::Constant& s) {
  fill(values, [&] { return s.value; });
}
void zeros(Values&, const Shape&, Random&, const init::Plain&) {}
void ones(Values& values, const Shape&, Random&, const init::Plain&) {
  fill(values, [] { return 1.0; });
}
void normal(Values& values, const Shape&, Random& random, const init::RandomNormal& s) {
  fill(values, [&] { return s.mean + s.stddev * random.normal(); });
}
void truncated(Values& values, const Shape&, Random& random, const init::RandomNormal& s) {
  fill(values, [&] { return s.mean + s.stddev * random.truncated_normal(); });
}
void uniform(Values& values, const Shape&, Random& random, const init::RandomUniform& s) {
  fill(values, [&] { return random.uniform(s.minval, s.maxval); });
}

const std::vector<Initializer>& initializers() {
  static const std::vector<Initializer> all = {
      known_initializer<init::Plain>("Zeros", {"zeros", "zero"}, zeros),
      known_initializer<init::Plain>("Ones", {"ones", "one"}, ones),
      known_initializer<init::Constant>("Constant", {"constant"}, constant),
      known_initializer<init::Identity>("Identity", {"identity", "IdentityInitializer"}, identity),
      known_initializer<init::Orthogonal>("Orthogonal", {"orthogonal", "OrthogonalInitializer"}, orthogonal),
      known_initializer<init::UnitForgetBias>("UnitForgetBias", {"unit_forget_bias"}, unit_forget_bias),
      known_initializer<init::Stft>("STFT", {"stft", "STFTInitializer"}, stft),
      known_initializer<init::RandomNormal>("RandomNormal", {"random_normal", "normal"}, normal),
      known_initializer<init::RandomNormal>("TruncatedNormal", {"truncated_normal"}, truncated),
      known_initializer<init::RandomUniform>("RandomUniform", {"random_uniform", "uniform"}, uniform),
      known_initializer<init::VarianceScaling>("VarianceScaling", {"variance_scaling"}, variance_scaling),
      scaled("GlorotUniform", "glorot_uniform", 1, "fan_avg", "uniform"),
      scaled("GlorotNormal", "glorot_normal", 1, "fan_avg", "truncated_normal"),
      scaled("HeUniform", "he_uniform", 2, "fan_in", "uniform"),
      scaled("HeNormal", "he_normal", 2, "fan_in", "truncated_normal"),
      scaled("LecunUniform", "lecun_uniform", 1, "fan_in", "uniform"),
      scaled("LecunNormal", "lecun_normal", 1, "fan_in", "truncated_normal"),
  };
  return all;
}

const Initializer& initializer_called(const std::string& name) {
  std::vector<std::string> names;
  for (const Initializer& one : initializers()) {
    if (one.keras_class == name || std::ranges::contains(one.aliases, name)) return one;
    names.push_back(one.aliases[0]);
  }
  throw unknown_name("initializer", name, names);
}

// An integer, null, or Keras's {"class_name": "SeedGenerator", "config": {"seed": 1}}.
std::optional<std::uint64_t> own_seed(const Json& config) {
  Json seed = config.value("seed", Json());
  if (seed.is_object() && seed.contains("config") && seed["config"].is_object()) seed = seed["config"].value("seed", Json());
  if (seed.is_null()) return std::nullopt;
  return static_cast<std::uint64_t>(from_json_checked<std::int64_t>(seed));
}

}  // namespace

Json full_initializer(const Json& initializer) {
  const NamedSettings named = read_keras_form(initializer);
  const Initializer& found = initializer_called(named.name);
  return {{"class_name", found.keras_class}, {"config", found.complete(named.values)}};
}

Json with_fan_axes(const Json& initializer, const std::vector<std::int64_t>& inputs, const std::vector<std::int64_t>& outputs) {
  Json full = full_initializer(initializer);
  Json& config = full["config"];
  if (!config.contains("input_axes") || (!config["input_axes"].is_null() && !config["output_axes"].is_null())) return initializer;
  config["input_axes"] = inputs;
  config["output_axes"] = outputs;
  return full;
}

Tensor initial_values(const Json& initializer, const Shape& shape, std::uint64_t seed, std::string_view weight) {
  constexpr std::int64_t kMostElements = std::int64_t{1} << 31;
  const NamedSettings named = read_keras_form(initializer);
  const Initializer& found = initializer_called(named.name);
  if (element_count(shape) > kMostElements)
    throw Error(ErrorCode::kResourceExhausted,
                upkeep::format("a weight of shape {} is larger than {} elements", to_string(shape), kMostElements));
  Values values(static_cast<std::size_t>(element_count(shape)));
  in_context("initializer " + found.keras_class, [&] {
    const Json config = found.complete(named.values);
    Random random(own_seed(config).value_or(seed), stream_id(weight));
    found.fill(values, shape, random, config);
  });
  return Tensor(shape, std::move(values));
}

}  // namespace layers
}  // namespace upkeep
