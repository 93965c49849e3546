#include "optimize/quantize/quantize.hpp"

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/progress.hpp"
#include "graph/notes.hpp"
#include "optimize/quantize/shared/fidelity.hpp"
#include "optimize/quantize/shared/integer_operators.hpp"
#include "optimize/quantize/shared/plan.hpp"
#include "optimize/quantize/shared/prepare.hpp"
#include "optimize/rewrites/wiring.hpp"

namespace upkeep {

namespace quantization {

namespace {

constexpr std::int64_t kJudgedRows = 256;

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

std::size_t weight_bytes(const Model& model) {
  std::size_t sum = 0;
  for (const auto& [name, tensor] : model.graph.initializers) sum += tensor.size_bytes();
  return sum;
}

void say_what_runs(const Model& model, Change& change) {
  const RuntimeUse use = use_in_runtime(model);
  change.facts["integer_operators"] = use.integer_operators;
  change.facts["float_operators"] = use.float_operators;
  change.facts["conversions"] = use.conversions;
  change.facts["fell_back"] = use.fell_back;
}

void write_down(Model& model, const Change& change) {
  Json record = Json::object();
  for (const char* key : {"method", "settings", "opset", "rows", "calibrator", "sqnr"})
    if (change.facts.contains(key)) record[key] = change.facts[key];
  set(model.metadata, kQuantizedKey, record.dump());
}

class Quantisation {
 public:
  Quantisation(const MethodEntry& entry, const NamedSettings& method, const QuantizeContext& context, Model& model, Change& change)
      : entry_(entry), method_(method), context_(context), model_(model), change_(change) {}

  void run() {
    expect_rows(entry_, context_);
    check_rows(model_, context_);
    change_.facts = {{"method", entry_.name}, {"settings", method_.values}, {"rows", row_count(context_.rows)}};
    change_.facts["weight_bytes_before"] = weight_bytes(model_);
    prepare(model_, entry_.opset(method_.values), change_);
    expect_known(model_, context_.keep_float);
    const Judge judge(model_, evenly(context_.rows, kJudgedRows), context_.threads);
    judge_ = &judge;
    quantizer_ = entry_.prepare({model_, context_, judge, change_}, method_.values);
    for (const QuantizedLayer& layer : quantizer_->layers())
      if (layer.kept_because.empty()) layers_.insert(layer.name);
    expect_layers();
    if (context_.sensitivity) measure_layers();
    Model made = accepted();
    record(made);
    model_ = std::move(made);
    write_down(model_, change_);
  }

 private:
  void expect_layers() const {
    if (!layers_.empty()) return;
    std::string why;
    for (const QuantizedLayer& layer : quantizer_->layers())
      why += upkeep::format("{}{} \"{}\": {}", why.empty() ? "" : "; ", layer.op, layer.name, layer.kept_because);
    throw Error(ErrorCode::kFailedPrecondition, upkeep::format("the method {} can quantise no layer of this model", entry_.name), why);
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
    if (!judge_->has_rows() || !alone_.empty()) return;
    Progress progress("sensitivity", std::ssize(layers_));
    for (const std::string& layer : layers_) {
      alone_[layer] = least_of(judge_->sqnr(with({layer})));
      progress.update(std::ssize(alone_));
    }
  }

  // With as many layers as the caller accepts; those whose own error is largest go back to floats first, one after the other.
  Model accepted() {
    std::set<std::string> layers = layers_;
    std::string reason;
    while (!layers.empty()) {
      Model made = with(layers);
      sqnr_ = judge_->sqnr(made);
      const auto refused = context_.refuse ? context_.refuse(made, sqnr_) : std::nullopt;
      if (!refused) return made;
      reason = *refused;
      if (!judge_->has_rows()) break;
      measure_layers();
      const auto worst = std::ranges::min_element(layers, {}, [&](const std::string& layer) { return alone_.at(layer); });
      change_.notes.push_back(upkeep::format("\"{}\" went back to floats: {}", *worst, reason));
      reverted_.push_back(*worst);
      layers.erase(worst);
    }
    throw Error(ErrorCode::kFailedPrecondition, "no quantised form of the model is accepted: " + reason,
                "another method, or a limit that allows more");
  }

  void record(const Model& made) {
    Json layers = Json::array();
    for (const QuantizedLayer& layer : quantizer_->layers()) {
      const bool reverted = std::ranges::contains(reverted_, layer.name);
      const std::string kept = reverted ? "its error was not accepted" : layer.kept_because;
      Json one = {{"layer", layer.name}, {"op", layer.op}, {"weight", layer.weight}, {"type", kept.empty() ? layer.type : "float32"}};
      if (!kept.empty()) one["kept"] = kept;
      if (const auto found = alone_.find(layer.name); found != alone_.end()) one["sqnr"] = found->second;
      layers.push_back(std::move(one));
    }
    change_.facts["layers"] = std::move(layers);
    change_.facts["reverted"] = reverted_;
    change_.facts["opset"] = rewrites::opset(made);
    change_.facts["weight_bytes"] = weight_bytes(made);
    if (judge_->has_rows()) change_.facts["sqnr"] = sqnr_;
    say_what_runs(made, change_);
  }

  const MethodEntry& entry_;
  const NamedSettings& method_;
  const QuantizeContext& context_;
  Model& model_;
  Change& change_;
  const Judge* judge_ = nullptr;
  std::unique_ptr<Quantizer> quantizer_;
  std::set<std::string> layers_;         // that can be quantised
  std::map<std::string, double> alone_;  // the answers' signal to noise when only this layer is quantised
  std::map<std::string, double> sqnr_;
  std::vector<std::string> reverted_;
};

}  // namespace

}  // namespace quantization

Change quantize(Model& model, const NamedSettings& method, const QuantizeContext& context) {
  const quantization::MethodEntry& entry = quantization::catalog().at(method.name);
  return run_pass("quantize " + entry.name, model,
                  [&](Model& quantized, Change& change) { quantization::Quantisation(entry, method, context, quantized, change).run(); });
}

}  // namespace upkeep
