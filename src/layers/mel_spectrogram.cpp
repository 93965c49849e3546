// Spectrograms of signals [batch, time] in bands that lie as the ear hears them, [batch, num_mel_bins, frames].
//
// Frames are centred (the signal is mirrored at its ends), windowed and transformed; their magnitudes to the power mag_exp are summed over
// triangular bands, which are equally wide in mel = 1127 ln(1 + hertz / 700); then in decibel, at most top_db below the batch's maximum.

#include <cmath>
#include <numbers>

#include "base/format.hpp"
#include "layers/layer.hpp"

namespace upkeep {
namespace layers {

struct MelSpectrogramOptions {
  std::int64_t fft_length = 2048;
  std::int64_t sequence_stride = 512;
  std::optional<std::int64_t> sequence_length;
  Json window = "hann";
  double sampling_rate = 16000;
  std::int64_t num_mel_bins = 128;
  double min_freq = 20;
  std::optional<double> max_freq;
  bool power_to_db = true;
  double top_db = 80;
  double mag_exp = 2;
  double min_power = 1e-10;
  double ref_power = 1;
};

}  // namespace layers

template <>
const Settings settings<layers::MelSpectrogramOptions> = describe<layers::MelSpectrogramOptions>(
    "mel_spectrogram", "spectrograms in bands that lie as the ear hears them",
    field("fft_length", &layers::MelSpectrogramOptions::fft_length, "samples of a frame", range(2, 1 << 24)),
    field("sequence_stride", &layers::MelSpectrogramOptions::sequence_stride, "samples from one frame to the next", range(1, 1 << 24)),
    field("sequence_length", &layers::MelSpectrogramOptions::sequence_length, "samples of the window in its middle; null for all"),
    field("window", &layers::MelSpectrogramOptions::window, "hann, hamming, a list of numbers, or null for none"),
    field("sampling_rate", &layers::MelSpectrogramOptions::sampling_rate, "samples per second", range(1.0, 1e9)),
    field("num_mel_bins", &layers::MelSpectrogramOptions::num_mel_bins, "number of bands", range(1, 1 << 20)),
    field("min_freq", &layers::MelSpectrogramOptions::min_freq, "where the lowest band begins", "Hz"),
    field("max_freq", &layers::MelSpectrogramOptions::max_freq, "where the highest band ends; null for half the sampling rate", "Hz"),
    field("power_to_db", &layers::MelSpectrogramOptions::power_to_db, "whether in decibel"),
    field("top_db", &layers::MelSpectrogramOptions::top_db, "how far below the maximum at most", "dB"),
    field("mag_exp", &layers::MelSpectrogramOptions::mag_exp, "power of the magnitudes: 1 for energy, 2 for power"),
    field("min_power", &layers::MelSpectrogramOptions::min_power, "smallest power"),
    field("ref_power", &layers::MelSpectrogramOptions::ref_power, "power of 0 dB"));

namespace layers {
namespace {

float mel(float hertz) { return 1127.0F * std::log(1.0F + hertz / 700.0F); }

class MelSpectrogram : public Layer {
 public:
  using Options = MelSpectrogramOptions;

  explicit MelSpectrogram(Options options) : options_(std::move(options)), length_(options_.sequence_length.value_or(options_.fft_length)) {
    if (length_ < 1 || length_ > options_.fft_length)
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("mel_spectrogram.sequence_length: {} is not in [1, fft_length = {}]", length_, options_.fft_length));
    window_ = in_context("mel_spectrogram.window", [&] { return read_window(); });
  }

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    const Value x = ops.cast(context.inputs[0], DType::kFloat32);
    if (x.rank() != 2) throw Error(ErrorCode::kInvalidArgument, "it expects signals [batch, time], got " + to_string(x.dims()));
    const Value bands = ops.matmul(magnitudes(ops, x), ops.constant(band_weights()));
    return ops.transpose(options_.power_to_db ? in_decibel(ops, bands) : bands, {0, 2, 1});
  }

 private:
  // In the middle of fft_length.
  std::vector<float> read_window() const {
    std::vector<float> taps(static_cast<std::size_t>(length_), 1.0F);
    if (options_.window.is_array()) {
      taps = from_json_checked<std::vector<float>>(options_.window);
      if (taps.size() != static_cast<std::size_t>(length_))
        throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} numbers for {} samples", taps.size(), length_));
    } else if (!options_.window.is_null()) {
      const auto name = from_json_checked<std::string>(options_.window);
      if (name != "hann" && name != "hamming") throw unknown_name("window", name, {"hann", "hamming"});
      raise_cosine(taps, name == "hann" ? 0.5 : 0.54);
    }
    std::vector<float> whole(static_cast<std::size_t>(options_.fft_length), 0.0F);
    std::ranges::copy(taps, whole.begin() + (options_.fft_length - length_) / 2);
    return whole;
  }

  // a - (1 - a) cos(2 pi n / N), N being odd lengths less 1 (tf.signal).
  static void raise_cosine(std::vector<float>& taps, double a) {
    const std::size_t period = taps.size() - taps.size() % 2;
    if (period == 0) return;
    for (std::size_t n = 0; n < taps.size(); ++n)
      taps[n] = static_cast<float>(a - (1 - a) * std::cos(2 * std::numbers::pi * static_cast<double>(n) / static_cast<double>(period)));
  }

  // [batch, frames, bins]
  Value magnitudes(Ops& ops, const Value& x) const {
    const std::int64_t half = options_.fft_length / 2;
    const Value ends = ops.ints({0, half, 0, half});
    const Value padded = ops.node("Pad", {x, ends}, {{"mode", std::string("reflect"), {}}});
    const Value spectrum =
        ops.node("STFT",
                 {ops.unsqueeze(padded, {-1}), ops.constant(Tensor::scalar(options_.sequence_stride)),
                  ops.constant(Tensor({options_.fft_length}, window_)), ops.constant(Tensor::scalar(options_.fft_length))},
                 {{"onesided", std::int64_t{1}, {}}});
    const Value power = ops.reduce_sum(ops.mul(spectrum, spectrum), {-1});
    return options_.mag_exp == 2 ? power : ops.pow(power, ops.constant(static_cast<float>(options_.mag_exp / 2)));
  }

  // [bins, bands], in float32 as Keras: the edges lie so near to each other that their last digits show.
  Tensor band_weights() const {
    const std::int64_t bins = options_.fft_length / 2 + 1;
    const auto bands = options_.num_mel_bins;
    const auto nyquist = static_cast<float>(options_.sampling_rate / 2);
    const float low = mel(static_cast<float>(options_.min_freq));
    const float high = mel(static_cast<float>(options_.max_freq.value_or(std::floor(options_.sampling_rate / 2))));
    const float width = (high - low) / static_cast<float>(bands + 1);
    const auto edge = [&](std::int64_t i) { return i == bands + 1 ? high : low + width * static_cast<float>(i); };
    std::vector<float> weights(static_cast<std::size_t>(bands), 0.0F);  // the lowest bin is in no band
    for (std::int64_t bin = 1; bin < bins; ++bin) {
      const float at = mel(nyquist / static_cast<float>(bins - 1) * static_cast<float>(bin));
      for (std::int64_t band = 0; band < bands; ++band) {
        const float rise = (at - edge(band)) / (edge(band + 1) - edge(band));
        const float fall = (edge(band + 2) - at) / (edge(band + 2) - edge(band + 1));
        weights.push_back(std::max(0.0F, std::min(rise, fall)));
      }
    }
    return Tensor({bins, bands}, std::move(weights));
  }

  Value in_decibel(Ops& ops, const Value& power) const {
    constexpr auto kFactor = static_cast<float>(10 / std::numbers::ln10);
    const Value level = ops.mul(ops.log(ops.max(power, ops.constant(static_cast<float>(options_.min_power)))), kFactor);
    const auto reference = static_cast<float>(10 * std::log10(std::max(std::abs(options_.ref_power), options_.min_power)));
    const Value decibel = reference == 0 ? level : ops.sub(level, reference);
    return ops.max(decibel, ops.sub(ops.reduce_max(decibel, {}), static_cast<float>(options_.top_db)));
  }

  Options options_;
  std::int64_t length_;
  std::vector<float> window_;
};

}  // namespace

void add_mel_spectrogram(LayerCatalog& catalog) { catalog.add(entry<MelSpectrogram>("MelSpectrogram")); }

}  // namespace layers
}  // namespace upkeep
