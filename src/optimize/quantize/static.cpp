// Static quantisation: weights and activations become integers whose scales are fixed beforehand, from what calibration rows make of the
// activations (Jacob et al. 2018, arXiv:1712.05877; Nagel et al. 2021, "A white paper on neural network quantization", arXiv:2106.08295).
//
// Every calibrator's ranges come from one pass of the rows. The model is written with each, answers the rows, and the one with the smallest
// error stays. Biases are corrected by what the rounding of the weights adds on average:  b' = b - (W_q - W) E[x]
// (Nagel et al. 2019, arXiv:1906.04721, section 4.2).

#include <cmath>

#include "base/cores.hpp"
#include "base/format.hpp"
#include "optimize/quantize/calibrators/calibrator.hpp"
#include "optimize/quantize/quantize.hpp"
#include "optimize/quantize/shared/bias_correction.hpp"
#include "optimize/quantize/shared/equalize.hpp"
#include "optimize/quantize/shared/fidelity.hpp"
#include "optimize/quantize/shared/observe.hpp"
#include "optimize/quantize/shared/prepare.hpp"
#include "optimize/quantize/shared/qdq.hpp"
#include "optimize/quantize/shared/rounding.hpp"
#include "runtime/processor.hpp"

namespace upkeep::quantization {

struct Static {
  std::string activations = "uint8";
  std::string weights = "int8";
  std::int64_t weight_bits = 8;
  bool per_channel = true;
  bool symmetric = false;
  std::string reduce_range = "auto";
  std::string calibrator = "best";
  std::string rounding = "auto";
  bool bias_correction = true;
  std::string equalize = "auto";
  std::string smooth = "auto";
  bool trainable = false;
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
    field("weight_bits", &Static::weight_bits, "of each weight, in integers of 8 bits: fewer zip better and run as fast", range(2, 8)),
    field("per_channel", &Static::per_channel, "one scale for each output channel of a weight, instead of one for all"),
    field("symmetric", &Static::symmetric, "activations with 0 in the middle of the integers, but for those that a ReLU cuts at 0"),
    field("reduce_range", &Static::reduce_range, "weights of 7 bits; auto: where the processor would overflow with 8",
          one_of({"auto", "true", "false"})),
    field("calibrator", &Static::calibrator,
          "one of `upkeep catalog optimize/quantize/calibrators`; best: the one with the smallest error"),
    field(
        "rounding", &Static::rounding,
        "nearest; adaptive: weights up or down by what the sums of their layer become on the rows, where that helps; auto: adaptive where "
        "weights have 6 bits or fewer",
        one_of({"auto", "nearest", "adaptive"})),
    field("bias_correction", &Static::bias_correction, "take out what the rounding of weights adds on average, where that helps"),
    field("equalize", &Static::equalize, "even out the weights of layers that follow each other; auto: where a weight has one scale",
          one_of({"auto", "true", "false"})),
    field("smooth", &Static::smooth, "move outliers of a LayerNormalization into the weights behind it; auto: where that helps",
          one_of({"auto", "true", "false"})),
    field("trainable", &Static::trainable,
          "weights stay floats behind conversions, for `upkeep train`; the method finish makes integers of them afterwards"),
    field("rows", &Static::rows, "most calibration rows that are used, evenly spaced", range(1, 1e9)));

}  // namespace upkeep

namespace upkeep::quantization {

namespace {

constexpr const char* kPlainest = "minmax";  // of the calibrators
constexpr double kFarWorse = 3;              // dB below it

// The scale where a Clip ends at `limit`: the largest integer must not stand for more.
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
        model_(work.model),
        wiring_(equalized()),
        keep_(work.context.keep_float),
        plan_(make_plan(wiring_, {.keep_float = keep_, .eight_bits = eight_bits()})) {
    if (plan_.values.empty()) return;
    types_ = other_types(plan_);
    const Tensors rows = evenly(work.context.rows, options.rows);
    observed_ = observe(model_, plan_, rows, work.context.threads);
    keep_what_is_not_finite(rows);
    quantize_weights();
    choose_smoothing(rows);
    make_room_for_biases(of_all_values(plan_, parameters_by(calibrators::catalog().at(kPlainest))));
    choose_rounding(rows);
    choose_calibrator();
    if (options_.bias_correction && !options_.trainable) correct_biases();
    work_.change.facts["calibration_rows"] = row_count(rows);
    say_what_was_chosen();
  }

  std::vector<QuantizedLayer> layers() const override {
    std::vector<QuantizedLayer> all;
    for (const PlannedLayer& layer : plan_.layers)
      all.push_back({layer.name, layer.op, layer.weight, options_.weights,
                     not_finite_.contains(layer.name) ? "it reads or makes values that are not finite" : layer.kept_because,
                     narrowed(weight_bits(wiring_.node(layer.id)))});
    return all;
  }

  Graph written(const std::set<std::string>& layers) const override {
    PlanOptions options{.keep_float = keep_, .only = layers, .eight_bits = eight_bits()};
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
    return written_as_qdq(wiring_, plan,
                          {.activations = activations_,
                           .other_types = types_,
                           .parameters = candidate.parameters,
                           .weights = &weights_,
                           .corrections = candidate.corrections,
                           .trainable = options_.trainable,
                           .weight_bits = bits_});
  }

  // An activation that is infinite or NaN for some row has no range.
  void keep_what_is_not_finite(const Tensors& rows) {
    for (const auto& [value, seen] : observed_) {
      if (seen.not_finite == 0) continue;
      for (const Wiring::Id id : wiring_.readers(value)) not_finite_.insert(layer_name(wiring_.node(id)));
      if (const auto from = wiring_.producer(value)) not_finite_.insert(layer_name(wiring_.node(*from)));
      work_.change.notes.push_back(upkeep::format("\"{}\" has values that are not finite: the layers at it stay in floats", value));
    }
    if (not_finite_.empty()) return;
    keep_.insert(keep_.end(), not_finite_.begin(), not_finite_.end());
    plan_ = make_plan(wiring_, {.keep_float = keep_, .eight_bits = eight_bits()});
    observed_ = observe(model_, plan_, rows, work_.context.threads);
  }

  bool eight_bits() const {
    return (activations_ == DType::kUInt8 || activations_ == DType::kInt8) &&
           std::ranges::none_of(work_.context.layers, [](const LayerBits& one) { return one.activation_bits == 16; });
  }

  // --- what some layers have otherwise ---

  int weight_bits(const Node& node) const {
    int bits = static_cast<int>(options_.weight_bits);
    for (const LayerBits& one : work_.context.layers)
      if (one.weight_bits != 0 && is_meant(node, {one.pattern})) bits = one.weight_bits;
    return reduced_ ? std::min(bits, 7) : bits;
  }

  static int narrowed(int bits) { return bits < 8 ? bits : 0; }

  // What a layer with other bits reads or makes has them; where two disagree, more.
  std::map<std::string, DType> other_types(const Plan& plan) const {
    std::map<std::string, DType> all;
    for (const auto& [id, node] : plan.nodes)
      for (const LayerBits& one : work_.context.layers) {
        if (one.activation_bits == 0 || !is_meant(wiring_.node(id), {one.pattern})) continue;
        for (const std::string& value : values_at(node))
          if (const auto from = plan.scale_from.find(value); from != plan.scale_from.end()) {
            DType& dtype =
                all.try_emplace(from->second, one.activation_bits == 8 ? narrow(activations_) : wide(activations_)).first->second;
            if (one.activation_bits == 16) dtype = wide(activations_);
          }
      }
    return all;
  }
  static DType wide(DType dtype) { return range_of(dtype).low < 0 ? DType::kInt16 : DType::kUInt16; }
  static DType narrow(DType dtype) { return range_of(dtype).low < 0 ? DType::kInt8 : DType::kUInt8; }
  static std::vector<std::string> values_at(const IntegerNode& node) {
    std::vector<std::string> all = node.inputs;
    all.push_back(node.output);
    return all;
  }

  // The model whose weights are evened out, where that is asked for.
  const Model& equalized() {
    if (options_.equalize == "false" || (options_.equalize == "auto" && options_.per_channel)) return model_;
    work_.change.facts["equalized"] = equalize_layers(model_);
    return model_;
  }

  void quantize_weights() {
    weights_.clear();
    for (const auto& [id, node] : plan_.nodes)
      if (node.role == Role::kWeighted && !weights_.contains(node.weight)) {
        bits_[node.weight] = weight_bits(wiring_.node(id));
        weights_.emplace(node.weight, quantize_weight(*wiring_.constant(node.weight), weight_options(node)));
      }
  }

  // Without, then with; the better one stays. Each is judged with the whole ranges of its activations.
  void choose_smoothing(const Tensors& rows) {
    Model smooth = model_;
    if (options_.smooth == "false" || smooth_activations(smooth, observed_) == 0) return;
    const double before = sqnr_with_whole_ranges();
    std::swap(model_, smooth);
    Observations observed = observe(model_, plan_, rows, work_.context.threads);
    std::swap(observed_, observed);
    wiring_ = Wiring(model_);
    quantize_weights();
    const bool better = options_.smooth == "true" || sqnr_with_whole_ranges() > before;
    work_.change.facts["smoothed"] = better;
    if (better) return;
    std::swap(model_, smooth);
    std::swap(observed_, observed);
    wiring_ = Wiring(model_);
    quantize_weights();
  }

  WeightOptions weight_options(const IntegerNode& node) const {
    return {.dtype = dtype_from_string(options_.weights),
            .symmetric = options_.weights == "int8",
            .bits = bits_.at(node.weight),
            .axis = options_.per_channel ? node.weight_axis : std::nullopt};
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
    std::map<std::string, Parameters> all;
    for (const auto& [value, seen] : observed_) {
      const auto other = types_.find(value);
      const DType dtype = other == types_.end() ? activations_ : other->second;
      const IntegerRange integers = range_of(dtype);
      ValueRange range = seen.seen == 0 ? ValueRange{} : calibrator.range(seen, static_cast<int>(integers.high - integers.low));
      const std::optional<ValueRange> cut = cut_of(value);
      if (cut) range = {0, std::min(std::max(range.high, 0.0), cut->high)};
      Parameters made = parameters_for(range.low, range.high, dtype, options_.symmetric && !cut);
      if (cut) made.zero_point = integers.low;
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

  double sqnr_of(const Candidate& candidate, int threads) const {
    Model tried = model_;
    tried.graph = written_as(plan_, candidate);
    return least_of(work_.fidelity.sqnr(tried, threads));
  }

  // A bias is an int32 of scale s_x s_W. Where that is too small for it, the weight of its channel gets a larger scale.
  void make_room_for_biases(const std::map<std::string, Parameters>& parameters) {
    constexpr double kLargest = 1 << 24;  // as exact as a float32, and room for scales that a calibrator makes smaller
    for (const auto& [id, node] : plan_.nodes) {
      if (node.role != Role::kWeighted || node.bias.empty()) continue;
      const Tensor& bias = *wiring_.constant(node.bias);
      QuantizedWeight& weight = weights_.at(node.weight);
      std::vector<float> least(weight.scales.size(), 0);
      for (std::size_t i = 0; i < node.channels; ++i) {
        const auto size = std::abs(static_cast<double>(bias.floats()[bias.size() == 1 ? 0 : i]));
        float& one = least[least.size() == 1 ? 0 : i];
        one = std::max(one, static_cast<float>(size / kLargest / static_cast<double>(parameters.at(node.inputs[0]).scale)));
      }
      if (std::ranges::equal(least, weight.scales, std::less_equal())) continue;
      weight = quantize_weight(*wiring_.constant(node.weight), weight_options(node), least);
    }
  }

  // Several at once, each with one thread.
  std::vector<Candidate> measured(std::vector<Candidate> candidates) const {
    const int threads = threads_or_cores(work_.context.threads);
    const auto measure = [&](std::size_t i) {
      Candidate& one = candidates[i];
      one.parameters = of_all_values(plan_, parameters_by(calibrators::catalog().at(one.calibrator)));
      one.sqnr = sqnr_of(one, candidates.size() == 1 ? threads : 1);
    };
    in_parallel(candidates.size(), measure, threads);
    return candidates;
  }
  double sqnr_with_whole_ranges() const { return measured({{.calibrator = kPlainest, .parameters = {}, .corrections = {}}})[0].sqnr; }

  void choose_calibrator() {
    std::vector<Candidate> asked{{.calibrator = kPlainest, .parameters = {}, .corrections = {}}};
    for (const CalibratorEntry& one : calibrators::catalog())
      if (one.name != kPlainest && (options_.calibrator == "best" || options_.calibrator == one.name))
        asked.push_back({.calibrator = one.name, .parameters = {}, .corrections = {}});
    choose_from(measured(std::move(asked)));
  }

  void choose_from(std::vector<Candidate> candidates) {
    Json tried = Json::object();
    for (const Candidate& one : candidates) tried[one.calibrator] = one.sqnr;
    work_.change.facts["calibrators"] = std::move(tried);
    const double plain = candidates[0].sqnr;
    Candidate& last = candidates.back();
    if (options_.calibrator == "best") {
      best_ = std::move(*std::ranges::max_element(candidates, {}, &Candidate::sqnr));
      return;
    }
    if (last.sqnr < plain - kFarWorse)
      work_.change.notes.push_back(upkeep::format("the calibrator {} is far worse than minmax ({:.1f} dB, {:.1f} dB) and was dropped",
                                                  last.calibrator, last.sqnr, plain));
    best_ = std::move(last.sqnr < plain - kFarWorse ? candidates[0] : last);
  }

  // --- rounding of the weights ---

  bool rounds_adaptively() const {
    const auto is_narrow = [](const auto& one) { return one.second <= 6; };
    return options_.rounding == "adaptive" || (options_.rounding == "auto" && !options_.trainable && std::ranges::any_of(bits_, is_narrow));
  }

  void choose_rounding(const Tensors& rows) {
    if (!rounds_adaptively()) return;
    const double before = sqnr_with_whole_ranges();
    const QuantizedWeights nearest = weights_;
    std::vector<Wiring::Id> layers;
    for (const auto& [id, node] : plan_.nodes)
      if (node.role == Role::kWeighted && node.weight_axis) layers.push_back(id);
    const auto products = input_products(model_, wiring_, layers, rows, work_.context.threads);
    for (const Wiring::Id id : layers) {
      const IntegerNode& node = plan_.nodes.at(id);
      const auto found = products.find(node.weight);
      if (found == products.end() || wiring_.node(id).inputs[0] != node.inputs[0]) continue;
      QuantizedWeight& weight = weights_.at(node.weight);
      const IntegerRange range = range_of_weight(weight.values.dtype(), bits_.at(node.weight));
      round_by_products(weight, *wiring_.constant(node.weight), *node.weight_axis, range, found->second);
    }
    const bool better = sqnr_with_whole_ranges() > before;
    work_.change.facts["adaptive_rounding"] = better;
    if (!better) weights_ = nearest;
  }

  // --- biases ---

  void correct_biases() {
    Candidate corrected = best_;
    corrected.corrections = bias_corrections(wiring_, plan_, weights_, observed_);
    if (corrected.corrections.empty()) return;
    corrected.sqnr = sqnr_of(corrected, work_.context.threads);
    if (corrected.sqnr > best_.sqnr) best_ = std::move(corrected);
  }

  void say_what_was_chosen() {
    work_.change.facts["calibrator"] = best_.calibrator;
    work_.change.facts["bias_correction"] = !best_.corrections.empty();
    work_.change.facts["weight_bits"] = reduced_ ? std::min<std::int64_t>(options_.weight_bits, 7) : options_.weight_bits;
    if (reduced_ && options_.weight_bits == 8 && options_.reduce_range == "auto")
      work_.change.notes.push_back("weights have 7 bits: this processor adds products of bytes in 16 bits, which overflow with 8");
    if (!eight_bits())
      work_.change.notes.push_back(
          "ONNX Runtime has no kernels for activations of 16 bits on the CPU: the layers run in floats between conversions");
  }

  const Work work_;
  const Static options_;
  DType activations_;
  bool reduced_;
  Model model_;
  Wiring wiring_;
  std::vector<std::string> keep_;
  std::set<std::string> not_finite_;  // layers at activations that are infinite or NaN for some row
  Plan plan_;
  Observations observed_;
  std::map<std::string, DType> types_;  // by value: where it has other bits than the others
  std::map<std::string, int> bits_;     // by weight
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
               .by_layer = {"weight_bits", "activation_bits"},
               .opset = [](const Json& values) { return parse<Static>(values).activations.ends_with("16") ? 21 : 13; },
               .prepare = [](const Work& work, const Json& values) -> std::unique_ptr<Quantizer> {
                 const Static options = parse<Static>(values);
                 if (options.trainable && options.rounding == "adaptive")
                   throw Error(ErrorCode::kInvalidArgument, "rounding=adaptive chooses integers, and trainable leaves floats",
                               "leave one of them out");
                 if (options.calibrator != "best") calibrators::catalog().at(options.calibrator);
                 return std::make_unique<StaticQuantizer>(work, options);
               }});
}

}  // namespace upkeep::quantization
