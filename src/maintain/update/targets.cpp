#include "maintain/update/targets.hpp"

#include "base/format.hpp"
#include "train/losses/loss.hpp"

namespace upkeep {

namespace {

std::string one_column(const std::vector<std::string>& targets, const std::string& of) {
  if (targets.size() == 1) return targets.front();
  throw Error(ErrorCode::kUnsupported, upkeep::format("a label is one value, but {} has {} targets", of, targets.size()),
              targets.empty() ? "give the target's name" : "only outputs with one target are retrained");
}

// The column that is given for an output: "OUTPUT=COLUMN".
std::vector<std::string> given_for(const std::string& output, const std::vector<std::string>& targets) {
  std::vector<std::string> own;
  for (const std::string& target : targets)
    if (target.starts_with(output + "=")) own.push_back(target.substr(output.size() + 1));
  return own;
}

}  // namespace

std::vector<Target> targets_of(const Signature& signature, const std::optional<Compile>& compile, const std::vector<std::string>& given) {
  const OutputSignature* judged = signature.judged_output();
  const auto classes = [](const OutputSignature* output) { return output ? output->classes : std::vector<std::string>(); };
  if (!compile || compile->outputs.size() < 2) {
    const std::vector<std::string> named = !given.empty() || !judged ? given : judged->targets;
    const std::string output = compile && !compile->outputs.empty() ? compile->outputs.begin()->first : std::string();
    return {{.output = output, .column = one_column(named, "the model"), .judged = true, .classes = classes(judged)}};
  }
  std::vector<Target> targets;
  for (const auto& [name, own] : compile->outputs) {
    const OutputSignature* output = signature.output(name);
    std::vector<std::string> named = given_for(name, given);
    if (named.empty() && output) named = output->targets;
    targets.push_back({.output = name,
                       .column = one_column(named, upkeep::format("output \"{}\"", name)),
                       .judged = output && output == judged,
                       .classes = classes(output)});
  }
  return targets;
}

// How a loss wants its targets.
static OutputColumns columns_for(const Target& target, const std::optional<NamedSettings>& loss) {
  OutputColumns columns{.output = target.output, .targets = {target.column}, .integer_targets = !target.classes.empty()};
  if (!loss) return columns;
  const losses::LossEntry& entry = losses::catalog().at(loss->name);
  columns.integer_targets = entry.integer_targets;
  columns.two_classes = entry.classes == losses::Classes::kTwo;
  return columns;
}

DataColumns data_columns(const std::vector<Target>& targets, const std::vector<std::string>& features,
                         const std::optional<Compile>& compile) {
  DataColumns columns{.features = features};
  if (targets.size() == 1 && targets.front().output.empty()) {
    const OutputColumns one = columns_for(targets.front(), compile ? std::optional(compile->loss) : std::nullopt);
    columns.targets = one.targets;
    columns.integer_targets = one.integer_targets;
    columns.two_classes = one.two_classes;
    return columns;
  }
  for (const Target& target : targets) columns.outputs.push_back(columns_for(target, compile->outputs.at(target.output).loss));
  return columns;
}

}  // namespace upkeep
