// What turned out to be true, from whoever learns it: the rules are those of `upkeep label`.

#include "base/format.hpp"
#include "serve/endpoints/endpoint.hpp"

namespace upkeep::endpoints {

namespace {

Error bad(std::size_t row, const std::string& what, std::string hint = {}) {
  return Error(ErrorCode::kInvalidArgument, upkeep::format("label {}: {}", row + 1, what), std::move(hint));
}

std::variant<double, std::string> value_of(const Json& value, std::size_t row) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? 1.0 : 0.0;
  if (value.is_number()) return value.get<double>();
  throw bad(row, "\"label\" is neither a number nor a text nor a truth value");
}

Label label_from(const Json& json, std::size_t row) {
  if (!json.is_object()) throw bad(row, "a JSON object is expected", R"({"request_id": "a1", "label": 3.5})");
  for (const auto& [key, _] : json.items())
    if (key != "request_id" && key != "row" && key != "label" && key != "time" && key != "source" && key != "output")
      throw bad(row, upkeep::format("unknown key \"{}\"", key), "request_id, row, label, time, source and output are known");
  if (!json.contains("request_id") || !json["request_id"].is_string()) throw bad(row, "\"request_id\" is not a text");
  if (!json.contains("label")) throw bad(row, "\"label\" is missing");
  Label label{.request_id = json["request_id"].get<std::string>(),
              .row = {},
              .value = value_of(json["label"], row),
              .time = {},
              .source = {},
              .output = {}};
  if (json.contains("row")) {
    if (!json["row"].is_number_unsigned() || json["row"].get<std::uint64_t>() > 2'000'000'000) throw bad(row, "\"row\" needs 0, 1, ...");
    label.row = json["row"].get<std::int32_t>();
  }
  if (json.contains("time")) {
    if (!json["time"].is_string()) throw bad(row, "\"time\" is not a text", "write it as 2026-01-31T12:00:00Z");
    label.time = time_from_iso8601(json["time"].get<std::string>());
  }
  if (json.contains("output")) {
    if (!json["output"].is_string()) throw bad(row, "\"output\" is not a text");
    label.output = json["output"].get<std::string>();
  }
  if (json.contains("source")) {
    if (!json["source"].is_string()) throw bad(row, "\"source\" is not a text");
    label.source = json["source"].get<std::string>();
  }
  return label;
}

// A text is not the truth of a number.
void check_kind(const Label& label, const Signature& signature, std::size_t row) {
  const OutputSignature* const judged = label.output.empty() ? signature.judged_output() : signature.output(label.output);
  if (judged && judged->answer == upkeep::Answer::kNumber && std::holds_alternative<std::string>(label.value))
    throw bad(row,
              upkeep::format("output \"{}\" is a number, the label is the text \"{}\"", judged->name, std::get<std::string>(label.value)));
}

serve::Answer<Json> labels(const Request& request) {
  const auto version = request.context.engine.find(request.model, {});
  if (!version) return std::unexpected(version.error());
  PredictionLog* const log = request.context.log;
  if (!log) return serve::refuse(serve::RefusalCode::kConflict, "this server logs no predictions, so labels have nothing to join");
  if (!request.body.is_object() || !request.body.contains("labels") || !request.body["labels"].is_array())
    return serve::refuse(serve::RefusalCode::kInvalid, "a JSON object with a list \"labels\" is expected");
  std::vector<Label> all;
  for (const Json& one : request.body["labels"]) {
    all.push_back(label_from(one, all.size()));
    check_kind(all.back(), *(*version)->signature(), all.size() - 1);
  }
  log->flush();  // what this server answered before counts as logged
  const LabelCounts counts = append_labels(log->folder(), std::string(request.model), all);
  return Json{{"model_name", request.model},   {"labels", counts.labels},       {"matched", counts.matched},
              {"unmatched", counts.unmatched}, {"ambiguous", counts.ambiguous}, {"replaced", counts.replaced}};
}

}  // namespace

void add_labels(EndpointCatalog& catalog) {
  catalog.add({.name = "labels",
               .help = "Tell what turned out to be true of earlier answers, by request id and row",
               .role = Role::kLabel,
               .method = "POST",
               .paths = {"/v2/models/{model}/labels"},
               .waits = true,
               .body = {{"type", "object"},
                        {"properties", {{"labels", {{"type", "array"}, {"items", {{"type", "object"}}}}}}},
                        {"required", {"labels"}}},
               .document = labels});
}

}  // namespace upkeep::endpoints
