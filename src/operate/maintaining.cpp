// The public maintenance loop over the one of maintain/.

#include "api/parts.hpp"
#include "base/files.hpp"
#include "base/format.hpp"
#include "convert/formats/format.hpp"
#include "maintain/maintain.hpp"
#include "operate/publishing.hpp"
#include "operate/values.hpp"
#include "train/known_signature.hpp"
#include "upkeep/maintain.hpp"

namespace upkeep::operate {

namespace {

namespace fs = std::filesystem;

// COLUMN of the judged output, or OUTPUT=COLUMN.
void add_target(Signature& signature, const std::string& text) {
  const std::size_t sign = text.find('=');
  const OutputSignature* judged = signature.judged_output();
  std::string name = judged ? judged->name : std::string(), column = text;
  if (sign != std::string::npos && signature.output(text.substr(0, sign))) name = text.substr(0, sign), column = text.substr(sign + 1);
  for (OutputSignature& output : signature.outputs)
    if (output.name == name) return output.targets.push_back(column);
  throw Error(ErrorCode::kInvalidArgument, upkeep::format("which output does column \"{}\" judge?", text), "write OUTPUT=COLUMN");
}

Model model_to_publish(const PublishOptions& options) {
  Model model = load_model(options.model_file);
  if (options.targets.empty()) return model;
  Signature signature = known_signature(model);
  for (OutputSignature& output : signature.outputs) output.targets.clear();
  for (const std::string& target : options.targets) add_target(signature, target);
  set_signature(model, signature);
  return model;
}

Json named_list(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) {
    const NamedSettings one = parse_named(text);
    list.push_back({{one.name, one.values}});
  }
  return list;
}

// As an upkeep.yaml says it, so that both are checked by the same rules.
Json settings_of(const MaintainOptions& options) {
  Json settings = {{"registry", options.registry.string()},
                   {"model", options.model},
                   {"alias", options.alias},
                   {"log", options.log.string()},
                   {"reference", options.reference.string()},
                   {"target", options.targets},
                   {"categories", options.categories},
                   {"metrics", options.metrics},
                   {"window", {{"hours", options.window_hours}, {"rows", options.window_rows}}},
                   {"held_out", options.held_out},
                   {"min_new_rows", options.min_new_rows},
                   {"seed", options.seed},
                   {"triggers", named_list(options.triggers)},
                   {"actions", named_list(options.actions)},
                   {"gates", named_list(options.gates)},
                   {"promote", options.promote}};
  if (!options.measures.empty()) settings["measures"] = options.measures;
  return settings;
}

Outcome value_of(upkeep::Outcome outcome) {
  switch (outcome) {
    case upkeep::Outcome::kQuiet: return Outcome::kQuiet;
    case upkeep::Outcome::kUnknown: return Outcome::kUnknown;
    case upkeep::Outcome::kAlreadyJudged: return Outcome::kAlreadyJudged;
    case upkeep::Outcome::kDeferred: return Outcome::kDeferred;
    case upkeep::Outcome::kRefused: return Outcome::kRefused;
    case upkeep::Outcome::kPublished: return Outcome::kPublished;
    case upkeep::Outcome::kPromoted: return Outcome::kPromoted;
    case upkeep::Outcome::kFailed: break;
  }
  return Outcome::kFailed;
}

Pass value_of(const MaintainResult& result) {
  Pass pass{.model = result.model,
            .alias = result.alias,
            .outcome = value_of(result.outcome),
            .reason = result.reason,
            .version = result.version,
            .candidate = result.candidate,
            .steps = {},
            .events = result.events,
            .report = operate::value_of(result.report),
            .json = to_json(result).dump(2),
            .summary = summary(result),
            .page = maintain_page(result)};
  for (const upkeep::Step& step : result.steps)
    pass.steps.push_back({.kind = step.kind,
                          .name = step.name,
                          .yes = step.decision.yes,
                          .unknown = step.decision.unknown,
                          .reason = step.decision.reason,
                          .evidence = step.decision.evidence.dump()});
  return pass;
}

Pass one_pass(const upkeep::MaintainOptions& options) {
  upkeep::Registry registry = upkeep::Registry::existing(options.registry);
  return value_of(upkeep::maintain(options, registry));
}

}  // namespace

std::int64_t publish(const PublishOptions& options) {
  if (options.name.empty()) throw Error(ErrorCode::kInvalidArgument, "the model has no name to be published under");
  const Publication what{
      .name = options.name, .reference = options.reference, .alias = options.alias, .description = options.note, .change = {}};
  return publish_model(options.registry, model_to_publish(options), what).version;
}

Signature published_signature(const fs::path& folder, const std::string& model, std::int64_t version) {
  const upkeep::Registry registry = upkeep::Registry::existing(folder);
  return signature_of(registry.load(registry.version(model, version)));
}

api::Model published_model(const fs::path& folder, const std::string& reference) {
  const upkeep::Registry registry = upkeep::Registry::existing(folder);
  return api::ModelParts::make(registry.load(registry.resolve(reference)));
}

Pass maintain(const MaintainOptions& options) { return one_pass(maintain_options(settings_of(options), fs::current_path())); }

Pass maintain(const fs::path& file) { return one_pass(load_maintain(file)); }

}  // namespace upkeep::operate
