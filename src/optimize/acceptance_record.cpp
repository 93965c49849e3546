// What a result file says of how it was accepted. The record names the weights that it is of by their hash: trained on, or given others,
// the model has no such record any more.

#include <algorithm>
#include <cmath>

#include "base/sha256.hpp"
#include "graph/notes.hpp"
#include "optimize/acceptance.hpp"

namespace upkeep {

namespace {

Json finite_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json to_json(const Quartiles& times) { return {{"lower_ms", times.lower}, {"median_ms", times.median}, {"upper_ms", times.upper}}; }

Json to_json(const Finding& finding) {
  Json json = {{"what", finding.what},
               {"before", finite_or_null(finding.before)},
               {"after", finite_or_null(finding.after)},
               {"relative", finding.relative},
               {"change", finite_or_null(finding.change)},
               {"low", finite_or_null(finding.low)},
               {"high", finite_or_null(finding.high)},
               {"limit", finding.limit ? Json(*finding.limit) : Json(nullptr)},
               {"judgement", to_string(finding.judgement)}};
  if (!finding.unit.empty()) json["unit"] = finding.unit;
  if (!finding.reason.empty()) json["reason"] = finding.reason;
  return json;
}

std::string weights_hash(const Model& model) {
  std::vector<const std::pair<std::string, Tensor>*> weights;
  for (const auto& weight : model.graph.initializers) weights.push_back(&weight);
  std::ranges::sort(weights, {}, [](const auto* weight) { return weight->first; });
  Sha256 hash;
  for (const auto* weight : weights) {
    const Tensor& tensor = weight->second;
    hash.update(weight->first + " " + upkeep::to_string(tensor.dtype()) + upkeep::to_string(tensor.shape()));
    if (tensor.dtype() == DType::kString)
      for (const std::string& text : tensor.strings()) hash.update(text);
    else hash.update({reinterpret_cast<const char*>(tensor.bytes().data()), tensor.bytes().size()});
  }
  return hash.hex();
}

}  // namespace

Json to_json(const Verdict& verdict) {
  Json json = {{"accepted", verdict.accepted()},   {"judgement", to_string(verdict.judgement())},
               {"findings", Json::array()},        {"rows", verdict.rows},
               {"confidence", verdict.confidence}, {"seed", verdict.seed},
               {"methods", verdict.methods},       {"reverted", verdict.reverted}};
  for (const Finding& finding : verdict.findings) json["findings"].push_back(to_json(finding));
  if (!verdict.attempts.empty()) json["attempts"] = verdict.attempts;
  if (verdict.latency)
    json["latency"] = {{"before", to_json(verdict.latency->before_ms)},
                       {"after", to_json(verdict.latency->after_ms)},
                       {"rows", verdict.latency->rows},
                       {"threads", verdict.latency->threads},
                       {"runs", verdict.latency->runs}};
  return json;
}

void record_acceptance(Model& model, const Model& before, const Verdict& verdict, const std::string& pass, const std::string& data) {
  Json record = to_json(verdict);
  record["pass"] = pass;
  if (!data.empty()) record["data"] = data;
  record["weights_sha256"] = weights_hash(model);
  Json earlier = Json::array();
  if (std::optional<Json> one = acceptance_record(before)) {
    if (one->contains("earlier")) earlier = std::move((*one)["earlier"]);
    one->erase("earlier");
    earlier.push_back(std::move(*one));
  }
  if (!earlier.empty()) record["earlier"] = std::move(earlier);
  set(model.metadata, kAcceptanceKey, record.dump());
}

std::optional<Json> acceptance_record(const Model& model) {
  const std::string* text = find(model.metadata, kAcceptanceKey);
  if (!text) return std::nullopt;
  Json record = Json::parse(*text, nullptr, false);
  if (!record.is_object() || record.value("weights_sha256", "") != weights_hash(model)) return std::nullopt;
  return record;
}

}  // namespace upkeep
