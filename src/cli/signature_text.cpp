#include "cli/signature_text.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/some_of.hpp"
#include "data/elements.hpp"

namespace upkeep {

namespace {

std::string described(const Feature& feature) {
  std::vector<std::string> about;
  if (!feature.categories.empty()) about.push_back(upkeep::format("category: {}", some_of(feature.categories)));
  else if (feature.kind != FeatureKind::kNumber) about.emplace_back(to_string(feature.kind));
  if (feature.may_be_missing) about.emplace_back("may be missing");
  return about.empty() ? feature.column : upkeep::format("{} ({})", feature.column, join(about, "; "));
}

std::string described(const OutputSignature& output) {
  std::string text = upkeep::format("answers  {}: {}", output.name, to_string(output.answer));
  if (!output.classes.empty()) text += " " + some_of(output.classes);
  if (output.answer == Answer::kBinary && output.threshold != 0.5) text += upkeep::format(", above {:g} the second", output.threshold);
  if (!output.targets.empty()) text += "; judged by " + some_of(output.targets);
  return text;
}

bool says_more_than_its_type(const OutputSignature& output) {
  return !output.targets.empty() || !output.classes.empty() || output.answer == Answer::kBinary || output.answer == Answer::kClasses;
}

std::vector<std::string> names_of(const auto& parts) {
  std::vector<std::string> names;
  for (const auto& part : parts) names.push_back(part.name);
  return names;
}

// "number?", "category:a|b", "binary:no|yes,threshold=0.3" -> kind, names, whether the question mark is there, the threshold.
struct Words {
  std::string kind;
  std::vector<std::string> names;
  bool question = false;
  std::optional<double> threshold;
};

// Takes "threshold=NUMBER" off the end of what stands behind the colon.
std::optional<double> take_threshold(std::string& text) {
  constexpr std::string_view kKey = "threshold=";
  const std::size_t comma = text.rfind(',');
  const std::size_t begin = text.starts_with(kKey) ? 0 : comma == std::string::npos ? comma : comma + 1;
  if (begin == std::string::npos || !std::string_view(text).substr(begin).starts_with(kKey)) return std::nullopt;
  const std::string value = text.substr(begin + kKey.size());
  const std::optional<double> number = parse_number(value);
  if (value.empty() || !number || !std::isfinite(*number))
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("the threshold \"{}\" is no number", value), "binary:threshold=0.3");
  text.resize(begin == 0 ? 0 : comma);
  return number;
}

Words words_of(std::string text) {
  Words words;
  if (const std::size_t colon = text.find(':'); colon != std::string::npos) {
    std::string names = text.substr(colon + 1);
    words.threshold = take_threshold(names);
    if (!names.empty() || !words.threshold) words.names = split(names, '|');
    text.resize(colon);
  }
  if (text.ends_with('?')) words.question = true, text.pop_back();
  words.kind = std::move(text);
  for (const std::string& name : words.names)
    if (name.empty()) throw Error(ErrorCode::kInvalidArgument, "a name between the bars is empty", "category:paris|rome");
  if (words.kind == "binary")
    for (const std::string& name : words.names)
      if (name.find('=') != std::string::npos)
        throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" is no class and no setting", name), "binary:no|yes,threshold=0.3");
  return words;
}

// Behind the last "=" stands the kind; a column may have the sign in its name.
std::pair<std::string, std::string> name_and_words(const std::string& text) {
  const std::size_t colon = text.find(':', text.find('='));  // names of categories may have the sign too
  const std::size_t sign = text.rfind('=', colon);
  if (sign == std::string::npos) return {text, "number"};
  return {text.substr(0, sign), text.substr(sign + 1)};
}

OutputSignature& named_output(Signature& signature, const std::string& name) {
  const auto found = std::ranges::find(signature.outputs, name, &OutputSignature::name);
  if (found == signature.outputs.end()) throw unknown_name("output", name, names_of(signature.outputs));
  return *found;
}

}  // namespace

std::vector<std::string> described(const Signature& signature) {
  std::vector<std::string> lines;
  for (const InputSignature& input : signature.inputs) {
    std::vector<std::string> features;
    for (const Feature& feature : input.features) features.push_back(described(feature));
    if (!features.empty()) lines.push_back(upkeep::format("reads    {}: {}", input.name, some_of(features)));
  }
  for (const OutputSignature& output : signature.outputs)
    if (says_more_than_its_type(output)) lines.push_back(described(output));
  return lines;
}

void add_feature(Signature& signature, const std::string& text) {
  in_context("feature \"" + text + "\"", [&] {
    auto [column, kind] = name_and_words(text);
    auto input = std::ranges::find_if(signature.inputs, [&](const InputSignature& one) { return column.starts_with(one.name + ":"); });
    if (input != signature.inputs.end()) column = column.substr(input->name.size() + 1);
    else if (signature.inputs.size() == 1) input = signature.inputs.begin();
    else
      throw Error(ErrorCode::kInvalidArgument, "the model has several inputs",
                  "write INPUT:COLUMN=KIND; inputs are: " + join(names_of(signature.inputs)));
    Words words = words_of(kind);
    const FeatureKind what = feature_kind_from_string(words.kind);
    if (words.threshold)
      throw Error(ErrorCode::kInvalidArgument, "a feature has no threshold", "outputs have: --output p=binary:threshold=0.3");
    if (!words.names.empty() && what != FeatureKind::kCategory)
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("a {} has no names of categories", words.kind));
    input->features.push_back({.column = column, .kind = what, .categories = std::move(words.names), .may_be_missing = words.question});
  });
}

void set_answer(Signature& signature, const std::string& text) {
  in_context("output \"" + text + "\"", [&] {
    const auto [name, kind] = name_and_words(text);
    OutputSignature& output = named_output(signature, name);
    Words words = words_of(kind);
    output.answer = answer_from_string(words.kind);
    if (words.threshold && output.answer != Answer::kBinary)
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("a {} answer has no threshold", words.kind), "binary:threshold=0.3");
    output.threshold = words.threshold.value_or(output.threshold);
    output.classes = std::move(words.names);
    if (output.answer == Answer::kBinary && output.classes.size() != 2 && !output.classes.empty())
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} names for two classes", output.classes.size()), "binary:no|yes");
  });
}

void add_target(Signature& signature, const std::string& text) {
  if (const std::size_t sign = text.find('='); sign != std::string::npos)
    if (const auto found = std::ranges::find(signature.outputs, text.substr(0, sign), &OutputSignature::name);
        found != signature.outputs.end()) {
      found->targets.push_back(text.substr(sign + 1));
      return;
    }
  const OutputSignature* judged = signature.judged_output();
  if (!judged)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("which output does column \"{}\" judge?", text),
                "write OUTPUT=COLUMN; outputs are: " + join(names_of(signature.outputs)));
  named_output(signature, judged->name).targets.push_back(text);
}

}  // namespace upkeep
