#include "optimize/quantize/quantize.hpp"

#include <future>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/progress.hpp"
#include "base/some_of.hpp"
#include "graph/notes.hpp"
#include "graph/wiring.hpp"
#include "optimize/quantize/shared/fidelity.hpp"
#include "optimize/quantize/shared/integer_operators.hpp"
#include "optimize/quantize/shared/plan.hpp"
#include "optimize/quantize/shared/prepare.hpp"

namespace upkeep {

template <>
inline const Settings settings<LayerBits> =
    describe<LayerBits>("layer", "what some layers have otherwise than the others",
                        field("weight_bits", &LayerBits::weight_bits, "of the weights; 0: as the method has it", range(0, 8)),
                        field("activation_bits", &LayerBits::activation_bits,
                              "8 or 16, of what the layer reads and makes; 0: as the method has it", range(0, 16)));

LayerBits parse_layer_bits(std::string_view text) {
  return in_context(upkeep::format("layer \"{}\"", text), [&] {
    const NamedSettings given = parse_named(text);
    LayerBits bits = parse<LayerBits>(given.values);
    bits.pattern = given.name;
    if (bits.weight_bits == 0 && bits.activation_bits == 0)
      throw Error(ErrorCode::kInvalidArgument, "it changes nothing", "write conv*:weight_bits=4 or conv*:activation_bits=16");
    if (bits.weight_bits == 1) throw Error(ErrorCode::kInvalidArgument, "weights of 1 bit", "give 2 to 8");
    if (bits.activation_bits != 0 && bits.activation_bits != 8 && bits.activation_bits != 16)
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("activations of {} bits", bits.activation_bits), "give 8 or 16");
    return bits;
  });
}

namespace quantization {

namespace {

constexpr std::int64_t kJudgedRows = 64;

void expect_rows(const MethodEntry& entry, const QuantizeContext& context) {
  if (entry.needs_rows && row_count(context.rows) == 0)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("the method {} needs calibration rows", entry.name), "give --data");
}

void expect_known(const Model& model, const std::vector<std::string>& keep_float) {
  for (const std::string& pattern : keep_float) {
    if (std::ranges::any_of(model.graph.nodes, [&](const Node& node) { return is_meant(node, {pattern}); })) continue;
    std::vector<std::string> names;
    for (const PlannedLayer& layer : make_plan(Wiring(model), {}).layers) names.push_back(layer.name);
    throw unknown_name("layer", pattern, names);
  }
}

void expect_settings(const MethodEntry& entry, const std::vector<LayerBits>& layers) {
  for (const LayerBits& one : layers)
    for (const auto& [name, bits] : {std::pair("weight_bits", one.weight_bits), std::pair("activation_bits", one.activation_bits)})
      if (bits != 0 && !std::ranges::contains(entry.by_layer, name))
        throw Error(ErrorCode::kInvalidArgument, upkeep::format("the method {} has no {} by layer", entry.name, name),
                    entry.by_layer.empty() ? "static and weight-only have settings by layer" : "it has " + join(entry.by_layer));
}

std::vector<std::string> patterns_of(const QuantizeContext& context) {
  std::vector<std::string> all = context.keep_float;
  for (const LayerBits& one : context.layers) all.push_back(one.pattern);
  return all;
}

std::int64_t opset_for(const MethodEntry& entry, const NamedSettings& method, const QuantizeContext& context) {
  constexpr std::int64_t kOfSixteenBits = 21;
  const bool wide = std::ranges::any_of(context.layers, [](const LayerBits& one) { return one.activation_bits == 16; });
  const bool narrow =
      entry.name == "weight-only" && std::ranges::any_of(context.layers, [](const LayerBits& one) { return one.weight_bits == 4; });
  return std::max(entry.opset(method.values), wide || narrow ? kOfSixteenBits : 0);
}

std::size_t weight_bytes(const Model& model) {
  std::size_t sum = 0;
  for (const auto& [name, tensor] : model.graph.initializers) sum += tensor.size_bytes();
  return sum;
}

void say_what_runs(const RuntimeUse& use, Change& change) {
  change.facts["integer_operators"] = use.integer_operators;
  change.facts["float_operators"] = use.float_operators;
  change.facts["conversions"] = use.conversions;
  change.facts["fell_back"] = use.fell_back;
}

void write_down(Model& model, const Change& change) {
  Json record = Json::object();
  for (const char* key : {"method", "settings", "opset", "rows", "calibrator", "sqnr", "sqnr_rows"})
    if (change.facts.contains(key)) record[key] = change.facts[key];
  set(model.metadata, kQuantizedKey, record.dump());
}

class Quantisation {
 public:
  Quantisation(const MethodEntry& entry, const NamedSettings& method, const QuantizeContext& context, Model& model, Change& change)
      : entry_(entry), method_(method), context_(context), model_(model), change_(change) {}

  void run() {
    begin();
    finish(with(layers_));
  }

  Accepted run(const upkeep::Judge& judge) {
    begin();
    Accepted made = accepted_by(judge);
    reverted_ = made.verdict.reverted;
    finish(made.model);
    made.model = model_;
    return made;
  }

 private:
  void begin() {
    if (entry_.of_float_models) refuse_quantized(model_.graph);
    expect_rows(entry_, context_);
    expect_settings(entry_, context_.layers);
    check_rows(model_, context_);
    change_.facts = {{"method", entry_.name}, {"settings", method_.values}, {"rows", row_count(context_.rows)}};
    change_.facts["weight_bytes_before"] = weight_bytes(model_);
    if (entry_.of_float_models) prepare(model_, opset_for(entry_, method_, context_), change_);
    expect_known(model_, patterns_of(context_));
    fidelity_ = std::make_unique<Fidelity>(model_, evenly(context_.rows, kJudgedRows), context_.threads);
    quantizer_ = entry_.prepare({model_, context_, *fidelity_, change_}, method_.values);
    for (const QuantizedLayer& layer : quantizer_->layers())
      if (layer.kept_because.empty()) layers_.insert(layer.name);
    expect_layers();
    if (context_.sensitivity) measure_layers();
  }

  void finish(Model made) {
    record(made);
    write_down(made, change_);
    quantizer_.reset();  // it looks at the model as it was
    model_ = std::move(made);
  }

  void expect_layers() const {
    if (!layers_.empty()) return;
    std::vector<std::string> why;
    for (const QuantizedLayer& layer : quantizer_->layers())
      why.push_back(upkeep::format("{} \"{}\": {}", layer.op, layer.name, layer.kept_because));
    throw Error(ErrorCode::kFailedPrecondition, upkeep::format("the method {} can quantise no layer of this model", entry_.name),
                some_of(why, 8, "; "));
  }

  Model with(const std::set<std::string>& layers) const {
    Model made = model_;
    made.graph = quantizer_->written(layers);
    for (const auto& [domain, version] : quantizer_->other_opsets()) made.opsets[domain] = version;
    drop_stale_notes(made, Edit::kGraphChanged);
    made.training_tensors.clear();
    return made;
  }

  void measure_layers() {
    if (!fidelity_->has_rows() || !alone_.empty()) return;
    Progress progress("sensitivity", std::ssize(layers_));
    for (const std::string& layer : layers_) {
      alone_[layer] = least_of(fidelity_->sqnr(with({layer})));
      progress.update(std::ssize(alone_));
    }
  }

  Accepted accepted_by(const upkeep::Judge& judge) {
    Accepted all{.model = with(layers_), .verdict = {}};
    all.verdict = judge.judge(all.model);
    if (all.verdict.accepted() || !fidelity_->has_rows()) return all;
    measure_layers();
    std::vector<std::string> ranked(layers_.begin(), layers_.end());
    std::ranges::sort(ranked, {}, [&](const std::string& layer) { return alone_.at(layer); });
    return accept_with_reverts(
        judge,
        [&](const std::vector<std::string>& reverted) {
          std::set<std::string> left = layers_;
          for (const std::string& layer : reverted) left.erase(layer);
          return with(left);
        },
        ranked);
  }

  void record(const Model& made) {
    Json layers = Json::array();
    for (const QuantizedLayer& layer : quantizer_->layers()) {
      const bool reverted = std::ranges::contains(reverted_, layer.name);
      const std::string kept = reverted ? "its error was not accepted" : layer.kept_because;
      Json one = {{"layer", layer.name}, {"op", layer.op}, {"weight", layer.weight}, {"type", kept.empty() ? layer.type : "float32"}};
      if (!kept.empty()) one["kept"] = kept;
      else if (layer.bits != 0) one["bits"] = layer.bits;
      if (const auto found = alone_.find(layer.name); found != alone_.end()) one["sqnr"] = found->second;
      layers.push_back(std::move(one));
    }
    change_.facts["layers"] = std::move(layers);
    change_.facts["reverted"] = reverted_;
    change_.facts["opset"] = opset(made);
    change_.facts["weight_bytes"] = weight_bytes(made);
    std::future<RuntimeUse> use = std::async(std::launch::async, [&made] { return use_in_runtime(made); });
    if (fidelity_->has_rows()) {
      change_.facts["sqnr"] = fidelity_->sqnr(made);
      change_.facts["sqnr_rows"] = row_count(fidelity_->rows());
    }
    say_what_runs(use.get(), change_);
  }

  const MethodEntry& entry_;
  const NamedSettings& method_;
  const QuantizeContext& context_;
  Model& model_;
  Change& change_;
  std::unique_ptr<Fidelity> fidelity_;
  std::unique_ptr<Quantizer> quantizer_;
  std::set<std::string> layers_;         // that can be quantised
  std::map<std::string, double> alone_;  // the answers' signal to noise when only this layer is quantised
  std::vector<std::string> reverted_;
};

}  // namespace

}  // namespace quantization

Change quantize(Model& model, const NamedSettings& method, const QuantizeContext& context) {
  const quantization::MethodEntry& entry = quantization::catalog().at(method.name);
  return run_pass("quantize " + entry.name, model,
                  [&](Model& quantized, Change& change) { quantization::Quantisation(entry, method, context, quantized, change).run(); });
}

QuantizedAndJudged quantize_judged(const Model& model, const NamedSettings& method, const QuantizeContext& context, const Judge& judge) {
  const quantization::MethodEntry& entry = quantization::catalog().at(method.name);
  QuantizedAndJudged result;
  Model copy = model;
  result.change = run_pass("quantize " + entry.name, copy, [&](Model& quantized, Change& change) {
    result.made = quantization::Quantisation(entry, method, context, quantized, change).run(judge);
  });
  return result;
}

}  // namespace upkeep
