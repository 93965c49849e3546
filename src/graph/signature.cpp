#include "graph/signature.hpp"

#include <algorithm>
#include <array>

#include "base/format.hpp"
#include "base/names.hpp"
#include "graph/element_types.hpp"
#include "graph/notes.hpp"

namespace upkeep {

namespace {

using NameList = std::vector<std::string>;

template <typename Enum, std::size_t N>
struct Words {
  std::array<std::pair<Enum, std::string_view>, N> words;

  std::string_view of(Enum value) const { return std::ranges::find(words, value, &std::pair<Enum, std::string_view>::first)->second; }
  Enum from(std::string_view what, std::string_view name) const {
    NameList known;
    for (const auto& [value, word] : words) {
      if (word == name) return value;
      known.emplace_back(word);
    }
    throw unknown_name(what, name, known);
  }
};

constexpr Words<FeatureKind, 4> kKinds{{{{FeatureKind::kNumber, "number"},
                                         {FeatureKind::kCategory, "category"},
                                         {FeatureKind::kBoolean, "boolean"},
                                         {FeatureKind::kText, "text"}}}};
constexpr Words<Answer, 5> kAnswers{{{{Answer::kNumber, "number"},
                                      {Answer::kBinary, "binary"},
                                      {Answer::kClasses, "classes"},
                                      {Answer::kLabel, "label"},
                                      {Answer::kTensor, "tensor"}}}};

// --- from the graph ----------------------------------------------------------------------------------------------------

std::optional<std::vector<std::int64_t>> sizes(const ValueType& type) {
  if (!type.shape) return std::nullopt;
  std::vector<std::int64_t> dims;
  for (const Dim& dim : *type.shape) dims.push_back(dim.known() ? dim.value : -1);
  return dims;
}

bool is_class_label(DType dtype) { return dtype == DType::kString || is_integer_type(dtype); }

Answer answer_by_type(const OutputSignature& output) {
  const std::size_t rank = output.dims ? output.dims->size() : 0;
  if (is_class_label(output.dtype)) return rank == 1 || (rank == 2 && output.dims->back() == 1) ? Answer::kLabel : Answer::kTensor;
  if (!output.classes.empty()) return output.dims && output.dims->back() == 1 ? Answer::kBinary : Answer::kClasses;
  return rank == 1 || rank == 2 ? Answer::kNumber : Answer::kTensor;
}

Signature of_graph(const Graph& graph) {
  Signature signature;
  for (const ValueInfo& input : graph.inputs)
    signature.inputs.push_back({.name = input.name, .dtype = input.type.dtype, .dims = sizes(input.type), .features = {}});
  for (const ValueInfo& output : graph.outputs)
    signature.outputs.push_back(
        {.name = output.name, .dtype = output.type.dtype, .dims = sizes(output.type), .classes = {}, .targets = {}});
  return signature;
}

// --- what is kept must fit the graph ---------------------------------------------------------------------------------

// One feature may hold whole arrays; several stand along the last axis.
bool fits(const InputSignature& input) {
  const std::size_t count = input.features.size();
  if (count <= 1 || !input.dims) return true;
  return !input.dims->empty() && (input.dims->back() < 0 || std::cmp_equal(input.dims->back(), count));
}

bool classes_fit(const OutputSignature& output) {
  if (output.classes.empty() || !output.dims || output.dims->empty() || !is_floating(output.dtype)) return true;
  const std::int64_t width = output.dims->back();
  return width < 0 || (width == 1 ? output.classes.size() == 2 : std::cmp_equal(width, output.classes.size()));
}

void leave_out_what_no_longer_fits(Signature& signature) {
  for (InputSignature& input : signature.inputs)
    if (!fits(input)) input.features.clear();
  for (OutputSignature& output : signature.outputs)
    if (!classes_fit(output)) output.classes.clear();
}

// --- files of older releases -------------------------------------------------------------------------------------------

NameList list_under(const Model& model, const char* key) {
  const std::string* text = find(model.metadata, key);
  if (!text) return {};
  return in_context("metadata \"" + std::string(key) + "\"", [&] {
    const Json list = parse_json(*text);
    if (!list.is_array()) throw Error(ErrorCode::kCorrupt, "it is not a JSON list of names");
    NameList names;
    for (const Json& one : list) {
      if (!one.is_string()) throw Error(ErrorCode::kCorrupt, "a name in it is not a text");
      names.push_back(one.get<std::string>());
    }
    return names;
  });
}

// "left=yes" belongs to "left", where `parts` has a part of that name.
template <typename Part>
std::pair<Part*, std::string> owner_of(const std::string& text, std::vector<Part>& parts, Part* fallback) {
  if (const std::size_t sign = text.find('='); sign != std::string::npos && parts.size() > 1)
    if (const auto found = std::ranges::find(parts, text.substr(0, sign), &Part::name); found != parts.end())
      return {&*found, text.substr(sign + 1)};
  return {fallback, text};
}

// An input that is one number for all rows has no columns.
InputSignature* first_by_row(std::vector<InputSignature>& inputs) {
  const auto found = std::ranges::find_if(inputs, [](const InputSignature& input) { return !input.dims || !input.dims->empty(); });
  return found == inputs.end() ? nullptr : &*found;
}

// scikit-learn's classifiers give their labels before the probabilities, which are what is judged.
OutputSignature* first_of_floats(std::vector<OutputSignature>& outputs) {
  const auto found = std::ranges::find_if(outputs, [](const OutputSignature& output) { return is_floating(output.dtype); });
  return found != outputs.end() ? &*found : outputs.empty() ? nullptr : &outputs.front();
}

void read_older_keys(const Model& model, Signature& signature) {
  for (const std::string& text : list_under(model, kFeaturesKey))
    if (auto [input, column] = owner_of(text, signature.inputs, first_by_row(signature.inputs)); input)
      input->features.push_back({.column = column, .categories = {}});
  for (const std::string& text : list_under(model, kClassesKey))
    if (auto [output, name] = owner_of(text, signature.outputs, first_of_floats(signature.outputs)); output)
      output->classes.push_back(name);
  for (const std::string& text : list_under(model, kTargetKey))
    if (auto [output, column] = owner_of(text, signature.outputs, first_of_floats(signature.outputs)); output)
      output->targets.push_back(column);
}

// --- JSON ---------------------------------------------------------------------------------------------------------------

void refuse_unknown_keys(const Json& json, const NameList& known) {
  if (!json.is_object()) throw Error(ErrorCode::kInvalidArgument, "a JSON object is expected, with: " + join(known));
  for (const auto& [key, _] : json.items())
    if (!std::ranges::contains(known, key)) throw unknown_name("key", key, known);
}

std::string text_at(const Json& json, const char* key, const char* fallback = nullptr) {
  if (!json.contains(key)) {
    if (fallback) return fallback;
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" is not given", key));
  }
  if (!json.at(key).is_string()) throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" is not a text", key));
  return json.at(key).get<std::string>();
}

// A whole number or truth value in YAML stands for the text that it is.
NameList texts_at(const Json& json, const char* key) {
  NameList texts;
  if (!json.contains(key)) return texts;
  if (!json.at(key).is_array()) throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" is not a list", key));
  for (const Json& one : json.at(key)) texts.push_back(one.is_string() ? one.get<std::string>() : one.dump());
  return texts;
}

const Json& list_at(const Json& json, const char* key) {
  static const Json kNone = Json::array();
  if (!json.contains(key)) return kNone;
  if (!json.at(key).is_array()) throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" is not a list", key));
  return json.at(key);
}

Feature feature_from(const Json& json) {
  if (json.is_string()) return {.column = json.get<std::string>(), .categories = {}};
  refuse_unknown_keys(json, {"column", "kind", "categories", "may_be_missing"});
  const Json missing = json.value("may_be_missing", Json(false));
  if (!missing.is_boolean()) throw Error(ErrorCode::kInvalidArgument, "\"may_be_missing\" is not true or false");
  return {.column = text_at(json, "column"),
          .kind = feature_kind_from_string(text_at(json, "kind", "number")),
          .categories = texts_at(json, "categories"),
          .may_be_missing = missing.get<bool>()};
}

InputSignature input_from(const Json& json) {
  refuse_unknown_keys(json, {"name", "features"});
  InputSignature input{.name = text_at(json, "name"), .dims = {}, .features = {}};
  in_context("input \"" + input.name + "\"", [&] {
    for (const Json& feature : list_at(json, "features")) input.features.push_back(feature_from(feature));
  });
  return input;
}

OutputSignature output_from(const Json& json) {
  refuse_unknown_keys(json, {"name", "answers", "classes", "targets", "threshold"});
  OutputSignature output{.name = text_at(json, "name"), .dims = {}, .classes = {}, .targets = {}};
  in_context("output \"" + output.name + "\"", [&] {
    output.answer = answer_from_string(text_at(json, "answers", "tensor"));
    output.classes = texts_at(json, "classes");
    output.targets = texts_at(json, "targets");
    const Json threshold = json.value("threshold", Json(0.5));
    if (!threshold.is_number()) throw Error(ErrorCode::kInvalidArgument, "\"threshold\" is not a number");
    output.threshold = threshold.get<double>();
  });
  return output;
}

Json json_of(const Feature& feature) {
  Json json = {{"column", feature.column}};
  if (feature.kind != FeatureKind::kNumber) json["kind"] = to_string(feature.kind);
  if (!feature.categories.empty()) json["categories"] = feature.categories;
  if (feature.may_be_missing) json["may_be_missing"] = true;
  return json;
}

Json json_of(const OutputSignature& output) {
  Json json = {{"name", output.name}, {"answers", to_string(output.answer)}};
  if (!output.classes.empty()) json["classes"] = output.classes;
  if (!output.targets.empty()) json["targets"] = output.targets;
  if (output.threshold != 0.5) json["threshold"] = output.threshold;
  return json;
}

// All that is not the graph's.
void take_over(const OutputSignature& known, OutputSignature& output) {
  output.answer = known.answer;
  output.classes = known.classes;
  output.targets = known.targets;
  output.threshold = known.threshold;
}

template <typename Part>
NameList names_of(const std::vector<Part>& parts) {
  NameList names;
  for (const Part& part : parts) names.push_back(part.name);
  return names;
}

// The outputs of which nothing is said.
std::vector<OutputSignature*> read_kept(const std::string& text, Signature& signature) {
  const Signature kept = signature_from_json(parse_json(text));
  for (InputSignature& input : signature.inputs)
    if (const InputSignature* known = kept.input(input.name)) input.features = known->features;
  std::vector<OutputSignature*> silent;
  for (OutputSignature& output : signature.outputs) {
    const OutputSignature* known = kept.output(output.name);
    if (!known) {
      silent.push_back(&output);
      continue;
    }
    take_over(*known, output);
  }
  return silent;
}

}  // namespace

std::string_view to_string(FeatureKind kind) { return kKinds.of(kind); }
FeatureKind feature_kind_from_string(std::string_view name) { return kKinds.from("kind of feature", name); }
std::string_view to_string(Answer answer) { return kAnswers.of(answer); }
Answer answer_from_string(std::string_view name) { return kAnswers.from("answer", name); }

bool InputSignature::has_scalar_features() const {
  if (features.empty() || !dims || dims->empty() || dims->size() > 2) return false;
  return dims->size() == 1 ? features.size() == 1 : std::cmp_equal(dims->back(), features.size());
}

const InputSignature* Signature::input(std::string_view name) const {
  const auto found = std::ranges::find(inputs, name, &InputSignature::name);
  return found == inputs.end() ? nullptr : &*found;
}

const OutputSignature* Signature::output(std::string_view name) const {
  const auto found = std::ranges::find(outputs, name, &OutputSignature::name);
  return found == outputs.end() ? nullptr : &*found;
}

const OutputSignature* Signature::judged_output() const {
  const auto first = [&](auto suits) -> const OutputSignature* {
    const auto found = std::ranges::find_if(outputs, suits);
    return found == outputs.end() ? nullptr : &*found;
  };
  if (const OutputSignature* output = first([](const OutputSignature& one) { return !one.targets.empty(); })) return output;
  const auto judged = [](const OutputSignature& one) { return one.answer != Answer::kLabel && one.answer != Answer::kTensor; };
  if (const OutputSignature* output = first(judged)) return output;
  return first([](const OutputSignature& one) { return one.answer == Answer::kLabel; });
}

Signature signature_of(const Model& model) {
  Signature signature = of_graph(model.graph);
  std::vector<OutputSignature*> silent;
  if (const std::string* kept = find(model.metadata, kSignatureKey)) {
    in_context("metadata \"" + std::string(kSignatureKey) + "\"", [&] { silent = read_kept(*kept, signature); });
  } else {
    read_older_keys(model, signature);
    for (OutputSignature& output : signature.outputs) silent.push_back(&output);
  }
  leave_out_what_no_longer_fits(signature);
  for (OutputSignature* output : silent) output->answer = answer_by_type(*output);
  return signature;
}

void set_signature(Model& model, const Signature& signature) {
  std::erase_if(model.metadata,
                [](const auto& entry) { return entry.first == kFeaturesKey || entry.first == kTargetKey || entry.first == kClassesKey; });
  set(model.metadata, kSignatureKey,
      to_json(signature).dump(-1, ' ', false, Json::error_handler_t::replace));  // names of others may be in any encoding
}

Json to_json(const Signature& signature) {
  Json json = {{"inputs", Json::array()}, {"outputs", Json::array()}};
  for (const InputSignature& input : signature.inputs) {
    Json one = {{"name", input.name}};
    for (const Feature& feature : input.features) one["features"].push_back(json_of(feature));
    json["inputs"].push_back(std::move(one));
  }
  for (const OutputSignature& output : signature.outputs) json["outputs"].push_back(json_of(output));
  return json;
}

std::string to_json_text(const Signature& signature) { return to_json(signature).dump(); }

Signature signature_from_json(const Json& json) {
  refuse_unknown_keys(json, {"inputs", "outputs"});
  Signature signature;
  for (const Json& input : list_at(json, "inputs")) signature.inputs.push_back(input_from(input));
  for (const Json& output : list_at(json, "outputs")) signature.outputs.push_back(output_from(output));
  return signature;
}

void overlay(Signature& signature, const Signature& other) {
  for (const InputSignature& input : other.inputs) {
    const auto own = std::ranges::find(signature.inputs, input.name, &InputSignature::name);
    if (own == signature.inputs.end()) throw unknown_name("input", input.name, names_of(signature.inputs));
    own->features = input.features;
  }
  for (const OutputSignature& output : other.outputs) {
    const auto own = std::ranges::find(signature.outputs, output.name, &OutputSignature::name);
    if (own == signature.outputs.end()) throw unknown_name("output", output.name, names_of(signature.outputs));
    take_over(output, *own);
  }
}

std::vector<std::string> feature_columns(const Signature& signature) {
  const bool several =
      std::ranges::count_if(signature.inputs, [](const InputSignature& one) { return !one.dims || !one.dims->empty(); }) > 1;
  NameList names;
  for (const InputSignature& input : signature.inputs)
    for (const Feature& feature : input.features) names.push_back(several ? input.name + "=" + feature.column : feature.column);
  return names;
}

std::vector<std::string> target_columns(const Signature& signature) {
  const bool several = std::ranges::count_if(signature.outputs, [](const OutputSignature& one) { return !one.targets.empty(); }) > 1;
  NameList names;
  for (const OutputSignature& output : signature.outputs)
    for (const std::string& target : output.targets) names.push_back(several ? output.name + "=" + target : target);
  return names;
}

}  // namespace upkeep
