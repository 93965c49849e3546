// Static quantisation: weights and activations become integers whose scales are fixed beforehand, from what calibration rows make of the
// activations (Jacob et al. 2018, arXiv:1712.05877; Nagel et al. 2021, "A white paper on neural network quantization", arXiv:2106.08295).
//
// Every calibrator's ranges come from one pass of the rows. The model is written with each, answers the rows, and the one with the smallest
// error stays. Biases are corrected by what the rounding of the weights adds on average:  b' = b - (W_q - W) E[x]
// (Nagel et al. 2019, arXiv:1906.04721, section 4.2).

#include <cmath>

#include "base/format.hpp"
#include "optimize/quantize/calibrators/calibrator.hpp"
#include "optimize/quantize/quantize.hpp"
#include "optimize/quantize/shared/fidelity.hpp"
#include "optimize/quantize/shared/observe.hpp"
#include "optimize/quantize/shared/prepare.hpp"
#include "optimize/quantize/shared/qdq.hpp"
#include "runtime/processor.hpp"

namespace upkeep::quantization {

struct Static {
  std::string activations = "uint8";
  std::string weights = "int8";
  bool per_channel = true;
  bool symmetric = false;
  std::string reduce_range = "auto";
  std::string calibrator = "best";
  bool bias_correction = true;
  std::int64_t rows = 512;
};

}  // namespace upkeep::quantization

namespace upkeep {

using quantization::Static;

template <>
inline const Settings settings<Static> = describe<Static>(
    "static", "weights and activations as integers with fixed scales, from calibration rows",
    field("activations", &Static::activations, "integers of the activations; ONNX Runtime has kernels for 8 bits",
          one_of({"uint8", "int8", "uint16", "int16"})),
    field("weights", &Static::weights, "integers of the weights", one_of({"int8", "uint8"})),
    field("per_channel", &Static::per_channel, "one scale for each output channel of a weight, instead of one for all"),
    field("symmetric", &Static::symmetric, "activations with 0 in the middle of the integers, but for those that a ReLU cuts at 0"),
    field("reduce_range", &Static::reduce_range, "weights of 7 bits; auto: where the processor would overflow with 8",
          one_of({"auto", "true", "false"})),
    field("calibrator", &Static::calibrator,
          "one of `upkeep catalog optimize/quantize/calibrators`; best: the one with the smallest error"),
    field("bias_correction", &Static::bias_correction, "take out what the rounding of weights adds on average, where that helps"),
    field("rows", &Static::rows, "most calibration rows that are used, evenly spaced", range(1, 1e9)));

}  // namespace upkeep

namespace upkeep::quantization {

namespace {

constexpr double kFarWorse = 3;  // dB below minmax

// The scale where a Clip ends at `limit`: the largest integer must not stand for more, or the Clip does not vanish.
void end_at(Parameters& parameters, float limit, IntegerRange range) {
  while (parameters.scale * static_cast<float>(range.high - parameters.zero_point) > limit)
    parameters.scale = std::nextafter(parameters.scale, 0.0F);
}

class StaticQuantizer : public Quantizer {
 public:
  StaticQuantizer(const Work& work, const Static& options)
      : work_(work),
        options_(options),
        activations_(dtype_from_string(options.activations)),
        reduced_(options.reduce_range == "true" || (options.reduce_range == "auto" && !multiplies_bytes_exactly())),
        wiring_(work.model),
        keep_(work.context.keep_float),
        plan_(make_plan(wiring_, {.keep_float = keep_})) {
    if (plan_.values.empty()) return;
    const Tensors rows = evenly(work.context.rows, options.rows);
    observed_ = observe(work.model, plan_, rows, work.context.threads);
    keep_what_is_not_finite(rows);
    for (const PlannedLayer& layer : plan_.layers) quantize_weight_of(layer);
    choose_calibrator();
    if (options_.bias_correction) correct_biases();
    work_.change.facts["calibration_rows"] = row_count(rows);
    say_what_was_chosen();
  }

  std::vector<QuantizedLayer> layers() const override {
    std::vector<QuantizedLayer> all;
    for (const PlannedLayer& layer : plan_.layers)
      all.push_back({layer.name, layer.op, layer.weight, options_.weights, layer.kept_because});
    return all;
  }

  Graph written(const std::set<std::string>& layers) const override {
    PlanOptions options{.keep_float = keep_, .only = layers};
    return written_as(make_plan(wiring_, options), best_);
  }

 private:
  struct Candidate {
    std::string calibrator;
    double sqnr = -1e9;
    std::map<std::string, Parameters> parameters;
    Corrections corrections;
  };

  Graph written_as(const Plan& plan, const Candidate& candidate) const {
    return written_as_qdq(
        wiring_, plan,
        {.activations = activations_, .parameters = candidate.parameters, .weights = &weights_, .corrections = candidate.corrections});
  }

  // An activation that is infinite or NaN for some row has no range.
  void keep_what_is_not_finite(const Tensors& rows) {
    const std::size_t before = keep_.size();
    for (const auto& [value, seen] : observed_) {
      if (seen.not_finite == 0) continue;
      for (const Wiring::Id id : wiring_.readers(value)) keep_.push_back(layer_name(wiring_.node(id)));
      if (const auto from = wiring_.producer(value)) keep_.push_back(layer_name(wiring_.node(*from)));
      work_.change.notes.push_back(upkeep::format("\"{}\" has values that are not finite: the layers at it stay in floats", value));
    }
    if (keep_.size() == before) return;
    plan_ = make_plan(wiring_, {.keep_float = keep_});
    observed_ = observe(work_.model, plan_, rows, work_.context.threads);
  }

  void quantize_weight_of(const PlannedLayer& layer) {
    const auto found = plan_.nodes.find(layer.id);
    if (found == plan_.nodes.end() || weights_.contains(layer.weight)) return;
    WeightOptions how{.dtype = dtype_from_string(options_.weights), .symmetric = options_.weights == "int8", .reduced = reduced_};
    if (options_.per_channel) how.axis = found->second.weight_axis;
    weights_.emplace(layer.weight, quantize_weight(*wiring_.constant(layer.weight), how));
  }

  // --- scales of the activations ---

  // How a Relu or Clip cuts the value: {0, its upper end}; nothing where none does.
  std::optional<ValueRange> cut_of(const std::string& value) const {
    for (const auto& [id, node] : plan_.nodes) {
      if (node.output != value || !node.cut) continue;
      const Node& cut = wiring_.node(*node.cut);
      const Tensor* high = cut.inputs.size() > 2 && !cut.inputs[2].empty() ? wiring_.constant(cut.inputs[2]) : nullptr;
      return ValueRange{0, high ? static_cast<double>(high->floats()[0]) : std::numeric_limits<double>::infinity()};
    }
    return std::nullopt;
  }

  std::map<std::string, Parameters> parameters_by(const CalibratorEntry& calibrator) const {
    const IntegerRange integers = range_of(activations_);
    std::map<std::string, Parameters> all;
    for (const auto& [value, seen] : observed_) {
      ValueRange range = seen.seen == 0 ? ValueRange{} : calibrator.range(seen, static_cast<int>(integers.high - integers.low));
      const std::optional<ValueRange> cut = cut_of(value);
      if (cut) range = {0, std::min(std::max(range.high, 0.0), cut->high)};
      Parameters made = parameters_for(range.low, range.high, activations_, options_.symmetric && !cut);
      if (cut && std::isfinite(cut->high)) end_at(made, static_cast<float>(cut->high), integers);
      all.emplace(value, made);
    }
    return all;
  }

  // Of each value of the plan, and with it of each that lies between some of its layers.
  static std::map<std::string, Parameters> of_all_values(const Plan& plan, const std::map<std::string, Parameters>& own) {
    std::map<std::string, Parameters> all;
    for (const auto& [value, from] : plan.scale_from) all.emplace(value, own.at(from));
    return all;
  }

  double error_of(const Candidate& candidate) const {
    Model tried = work_.model;
    tried.graph = written_as(plan_, candidate);
    return least_of(work_.judge.sqnr(tried));
  }

  Candidate calibrated(const CalibratorEntry& calibrator) const {
    Candidate made{.calibrator = calibrator.name, .parameters = of_all_values(plan_, parameters_by(calibrator)), .corrections = {}};
    made.sqnr = error_of(made);
    return made;
  }

  void choose_calibrator() {
    const CalibratorEntry& minmax = calibrators::catalog().at("minmax");
    best_ = calibrated(minmax);
    const double plain = best_.sqnr;
    Json tried = {{"minmax", plain}};
    for (const CalibratorEntry& one : calibrators::catalog()) {
      if (one.name == "minmax" || (options_.calibrator != "best" && options_.calibrator != one.name)) continue;
      Candidate next = calibrated(one);
      tried[one.name] = next.sqnr;
      if (options_.calibrator == one.name && next.sqnr < plain - kFarWorse)
        work_.change.notes.push_back(upkeep::format("the calibrator {} is far worse than minmax ({:.1f} dB, {:.1f} dB) and was dropped",
                                                    one.name, next.sqnr, plain));
      else if (options_.calibrator == one.name || next.sqnr > best_.sqnr) best_ = std::move(next);
    }
    work_.change.facts["calibrators"] = std::move(tried);
  }

  // --- biases ---

  // What the rounding of a weight adds to each channel's sum, on average over the rows.
  std::vector<float> mean_error(const PlannedLayer& layer, const IntegerNode& node) const {
    const Tensor& weight = *wiring_.constant(layer.weight);
    const Tensor rounded = dequantized(weights_.at(layer.weight));
    const Observed& read = observed_.at(plan_.scale_from.at(node.inputs[0]));
    std::vector<float> errors(node.channels, 0);
    const auto error = [&](std::size_t at) { return static_cast<double>(rounded.floats()[at] - weight.floats()[at]); };
    if (layer.op == "Conv") {
      const Along parts = along(weight.shape(), 1);  // [M, C / group, kernel]
      const std::size_t groups = read.channel_sums.size() / parts.count;
      for (std::size_t m = 0; m < parts.outer; ++m) {
        const std::size_t first = (m * groups / parts.outer) * parts.count;
        double sum = 0;
        for (std::size_t c = 0; c < parts.count; ++c)
          for (std::size_t k = 0; k < parts.inner; ++k)
            sum += error((m * parts.count + c) * parts.inner + k) * read.channel_mean(first + c);
        errors[m] = static_cast<float>(sum);
      }
      return errors;
    }
    const bool transposed = *node.weight_axis == 0;
    const std::size_t inputs = read.channel_sums.size();
    for (std::size_t m = 0; m < node.channels; ++m) {
      double sum = 0;
      for (std::size_t c = 0; c < inputs; ++c) sum += error(transposed ? m * inputs + c : c * node.channels + m) * read.channel_mean(c);
      errors[m] = static_cast<float>(sum);
    }
    return errors;
  }

  void correct_biases() {
    Corrections corrections;
    for (const PlannedLayer& layer : plan_.layers) {
      const auto found = plan_.nodes.find(layer.id);
      if (found == plan_.nodes.end() || layer.op == "MatMul" || corrections.contains(layer.weight)) continue;
      const Observed& read = observed_.at(plan_.scale_from.at(found->second.inputs[0]));
      const Tensor& weight = *wiring_.constant(layer.weight);
      const std::size_t contracted =
          layer.op == "Conv" ? static_cast<std::size_t>(weight.dim(1)) : static_cast<std::size_t>(weight.size()) / found->second.channels;
      if (contracted == 0 || read.channel_sums.empty() || read.channel_sums.size() % contracted != 0) continue;
      std::vector<float> errors = mean_error(layer, found->second);
      for (float& one : errors) one = -one;
      corrections.emplace(layer.weight, std::move(errors));
    }
    if (corrections.empty()) return;
    Candidate corrected = best_;
    corrected.corrections = std::move(corrections);
    corrected.sqnr = error_of(corrected);
    if (corrected.sqnr > best_.sqnr) best_ = std::move(corrected);
  }

  void say_what_was_chosen() {
    work_.change.facts["calibrator"] = best_.calibrator;
    work_.change.facts["bias_correction"] = !best_.corrections.empty();
    work_.change.facts["weight_bits"] = reduced_ ? 7 : 8;
    if (reduced_ && options_.reduce_range == "auto")
      work_.change.notes.push_back("weights have 7 bits: this processor adds products of bytes in 16 bits, which overflow with 8");
    if (activations_ == DType::kUInt16 || activations_ == DType::kInt16)
      work_.change.notes.push_back(
          "ONNX Runtime has no kernels for activations of 16 bits on the CPU: the layers run in floats between conversions");
  }

  const Work work_;
  const Static options_;
  DType activations_;
  bool reduced_;
  Wiring wiring_;
  std::vector<std::string> keep_;
  Plan plan_;
  Observations observed_;
  QuantizedWeights weights_;
  Candidate best_;
};

}  // namespace

void add_static(MethodCatalog& catalog) {
  const Settings& about = settings<Static>;
  catalog.add({.name = about.name(),
               .help = about.help(),
               .settings = about,
               .needs_rows = true,
               .opset = [](const Json& values) { return parse<Static>(values).activations.ends_with("16") ? 21 : 13; },
               .prepare = [](const Work& work, const Json& values) -> std::unique_ptr<Quantizer> {
                 const Static options = parse<Static>(values);
                 if (options.calibrator != "best") calibrators::catalog().at(options.calibrator);
                 return std::make_unique<StaticQuantizer>(work, options);
               }});
}

}  // namespace upkeep::quantization
