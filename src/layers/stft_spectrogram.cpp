// Spectrograms by two convolutions over time, whose kernels start as the cosines and sines of a short-time Fourier transform and can be
// trained.   real_kernel, imag_kernel [frame_length, 1, fft_length / 2 + 1]
//
//   real, imag   the convolutions          stft        one behind the other
//   psd          real^2 + imag^2, twice that but in the first and the last bin
//   magnitude    sqrt(max(real^2 + imag^2, 1e-7))      log   log(max(magnitude, 1e-7))      angle   atan2(imag, real)

#include <bit>
#include <numbers>

#include "base/format.hpp"
#include "layers/layer.hpp"
#include "layers/shared/convolution.hpp"
#include "layers/shared/window.hpp"
#include "layers/view/layout.hpp"

namespace upkeep {
namespace layers {

struct StftSpectrogramOptions {
  std::string mode = "log";
  std::int64_t frame_length = 256;
  std::optional<std::int64_t> frame_step;
  std::optional<std::int64_t> fft_length;
  Json window = "hann";
  bool periodic = false;
  std::optional<std::string> scaling = "density";
  std::string padding = "valid";
  bool expand_dims = false;
  std::string data_format = "channels_last";
  bool trainable = true;
};

}  // namespace layers

template <>
const Settings settings<layers::StftSpectrogramOptions> = describe<layers::StftSpectrogramOptions>(
    "stft_spectrogram", "spectrograms by convolutions with waves",
    field("mode", &layers::StftSpectrogramOptions::mode, "what is given",
          one_of({"log", "magnitude", "psd", "real", "imag", "angle", "stft"})),
    field("frame_length", &layers::StftSpectrogramOptions::frame_length, "samples of a frame", range(1, 1 << 24)),
    field("frame_step", &layers::StftSpectrogramOptions::frame_step, "samples from one frame to the next; null for half a frame"),
    field("fft_length", &layers::StftSpectrogramOptions::fft_length,
          "twice the number of bins but one; null for the next power of two from frame_length on"),
    field("window", &layers::StftSpectrogramOptions::window, "hann, hamming, blackman, boxcar, a list of numbers, or null for none"),
    field("periodic", &layers::StftSpectrogramOptions::periodic, "whether the window is one period of a longer one"),
    field("scaling", &layers::StftSpectrogramOptions::scaling, "of the window; null for none", one_of({"density", "spectrum"})),
    field("padding", &layers::StftSpectrogramOptions::padding, "zeros around the signal", one_of({"valid", "same"})),
    field("expand_dims", &layers::StftSpectrogramOptions::expand_dims, "whether bins and channels are two axes"),
    field("data_format", &layers::StftSpectrogramOptions::data_format, "where the channels are",
          one_of({"channels_last", "channels_first"})),
    field("trainable", &layers::StftSpectrogramOptions::trainable, "whether training changes the waves"));

namespace layers {
namespace {

constexpr float kSmallestPower = 1e-7F;  // Keras's epsilon

// atan2, which ONNX does not have.
Value angle_of(Ops& ops, const Value& imag, const Value& real) {
  constexpr auto kPi = static_cast<float>(std::numbers::pi);
  const Value zero = ops.constant(0.0F);
  const Value flat = ops.equal(real, zero);
  const Value quotient = ops.div(imag, ops.where(flat, ops.constant(1.0F), real));
  const Value half_turn = ops.where(ops.less(imag, 0.0F), ops.constant(-kPi), ops.constant(kPi));
  const Value sideways = ops.add(ops.node("Atan", {quotient}), ops.where(ops.less(real, 0.0F), half_turn, zero));
  return ops.where(flat, ops.mul(ops.sign(imag), kPi / 2), sideways);
}

class StftSpectrogram : public Layer {
 public:
  using Options = StftSpectrogramOptions;

  explicit StftSpectrogram(Options options)
      : options_(std::move(options)),
        step_(options_.frame_step.value_or(std::max<std::int64_t>(options_.frame_length / 2, 1))),
        fft_length_(
            options_.fft_length.value_or(static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(options_.frame_length))))) {
    if (step_ < 1 || step_ > options_.frame_length)
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("stft_spectrogram.frame_step: {} is not in [1, frame_length = {}]", step_, options_.frame_length));
    if (fft_length_ < options_.frame_length)
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("stft_spectrogram.fft_length: {} is less than frame_length, {}", fft_length_, options_.frame_length));
  }

  std::vector<WeightSpec> weights(const std::vector<Dims>& inputs) const override {
    channels(inputs[0]);
    std::vector<WeightSpec> all;
    if (options_.mode != "imag") all.push_back(waves("real"));
    if (options_.mode != "real") all.push_back(waves("imag"));
    return all;
  }

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    const std::int64_t count = channels(context.inputs[0].dims());
    const Value x = channels_first(ops, ops.cast(context.inputs[0], DType::kFloat32), options_.data_format);
    const Value real = options_.mode == "imag" ? Value() : transformed(ops, x, context.weight("real_kernel"), count);
    const Value imag = options_.mode == "real" ? Value() : transformed(ops, x, context.weight("imag_kernel"), count);
    return arranged(ops, by_mode(ops, real, imag));
  }

 private:
  std::int64_t bins() const { return fft_length_ / 2 + 1; }

  WeightSpec waves(const std::string& side) const {
    const Json scaling = options_.scaling ? Json(*options_.scaling) : Json();
    return {
        .name = side + "_kernel",
        .shape = {options_.frame_length, 1, bins()},
        .initializer = {{"class_name", "STFT"},
                        {"config", {{"side", side}, {"window", options_.window}, {"scaling", scaling}, {"periodic", options_.periodic}}}},
        .trainable = options_.trainable};
  }

  std::int64_t channels(const Dims& input) const {
    const Dim count = input.size() != 3 ? Dim() : options_.data_format == "channels_first" ? input[1] : input[2];
    if (!count.known())
      throw Error(ErrorCode::kInvalidArgument,
                  "it expects [batch, time, channels] with a known number of channels, got " + to_string(input));
    return count.value;
  }

  // [batch, channels, bins, frames]: each channel by itself.
  Value transformed(Ops& ops, const Value& x, const Value& kernel, std::int64_t count) const {
    const Window window{.size = {options_.frame_length}, .strides = {step_}, .dilation = {1}, .padding = options_.padding};
    const Value filters = filters_first(ops, kernel);
    const Value for_all = ops.concat(std::vector<Value>(static_cast<std::size_t>(count), filters), 0);
    const Value y = convolve(ops, x, count == 1 ? filters : for_all, {}, window, count);
    return ops.reshape(y, {0, count, bins(), -1});
  }

  Value by_mode(Ops& ops, const Value& real, const Value& imag) const {
    if (options_.mode == "real") return real;
    if (options_.mode == "imag") return imag;
    if (options_.mode == "angle") return angle_of(ops, imag, real);
    if (options_.mode == "stft") return ops.concat({real, imag}, 2);
    const Value power = ops.add(ops.mul(real, real), ops.mul(imag, imag));
    if (options_.mode == "psd") {
      std::vector<float> twice(static_cast<std::size_t>(bins()), 2);
      twice.front() = twice.back() = 1;
      return ops.mul(power, ops.constant(Tensor({bins(), 1}, std::move(twice))));
    }
    const Value magnitude = ops.sqrt(ops.max(power, ops.constant(kSmallestPower)));
    return options_.mode == "log" ? ops.log(ops.max(magnitude, ops.constant(kSmallestPower))) : magnitude;
  }

  Value arranged(Ops& ops, const Value& y) const {
    const bool first = options_.data_format == "channels_first";
    if (options_.expand_dims)
      return ops.transpose(y, first ? std::vector<std::int64_t>{0, 1, 3, 2} : std::vector<std::int64_t>{0, 3, 2, 1});
    const Value rows = ops.reshape(y, {0, y.dims()[1].value * y.dims()[2].value, -1});
    return in_data_format(ops, rows, options_.data_format);
  }

  Options options_;
  std::int64_t step_;
  std::int64_t fft_length_;
};

}  // namespace

void add_stft_spectrogram(LayerCatalog& catalog) { catalog.add(entry<StftSpectrogram>("STFTSpectrogram")); }

}  // namespace layers
}  // namespace upkeep
