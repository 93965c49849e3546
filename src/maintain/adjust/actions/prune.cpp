// Takes out what the model needs least, single weights or whole channels (optimize/prune). A retrain behind it lets the rest learn.

#include "optimize/prune/prune.hpp"

#include "base/format.hpp"
#include "maintain/adjust/actions/action.hpp"
#include "train/training_record.hpp"

namespace upkeep::actions {

struct Prune {
  std::string method = "magnitude";
  std::string granularity = "channel";
  double sparsity = 0.3;
  std::int64_t round_to = 8;
  std::int64_t seed = 0;
};

}  // namespace upkeep::actions

namespace upkeep {

using actions::Prune;

template <>
inline const Settings settings<Prune> = describe<Prune>(
    "prune", "take out what the model needs least; put a retrain behind it",
    field("method", &Prune::method,
          "NAME or NAME:SETTING=VALUE,... of optimize/prune; methods that go by gradients or activations read the rows"),
    field("granularity", &Prune::granularity, "channel: units, filters and heads go; element: weights become zero",
          one_of({"channel", "element"})),
    field("sparsity", &Prune::sparsity, "part of the channels, or of the weights, that goes", range(0, 1, Ends::kOpenRight)),
    field("round_to", &Prune::round_to, "channels that are left in a group: a multiple of this, rounded up", range(1, 4096)),
    field("seed", &Prune::seed, "of the rows that gradients are taken of", range(0, 9e15)));

}  // namespace upkeep

namespace upkeep::actions {

static NamedSettings method_of(const Prune& options) {
  NamedSettings method = parse_named(options.method);
  method.values["sparsity"] = options.sparsity;
  pruning::catalog().at(method.name).ranking(method.values);
  return method;
}

static Candidate prune(const ActionContext& context, const Json& values) {
  const auto options = parse<Prune>(values);
  const NamedSettings method = method_of(options);
  Candidate candidate{.model = context.model, .summary = {}};
  const bool reads_rows = needs_of(method) != pruning::Needs::kNothing;
  const std::optional<Compile> compile = compile_of(context.model);
  if (needs_of(method) == pruning::Needs::kGradients && !compile)
    throw Error(ErrorCode::kInvalidArgument, method.name + " goes by gradients of a loss, and the model was compiled with none",
                "put a retrain with a loss before it, or prune by magnitude");
  const pruning::Measured measured = reads_rows
                                         ? measure(method, candidate.model, dataset_for(context.model, context.data, context.columns),
                                                   compile, {.seed = static_cast<std::uint64_t>(options.seed)})
                                         : pruning::Measured{};
  const Change change = options.granularity == "channel" ? prune_channels(candidate.model, method, {.round_to = options.round_to}, measured)
                                                         : prune_elements(candidate.model, method, measured);
  candidate.evidence = {{"settings", to_json(options)}, {"change", change.facts}};
  candidate.summary =
      options.granularity == "channel"
          ? upkeep::format("{} of {} channels are left, by {}", change.facts["kept"].dump(), change.facts["channels"].dump(), method.name)
          : upkeep::format("{} of {} weights are zero, by {}", change.facts["zeros"].dump(), change.facts["size"].dump(), method.name);
  return candidate;
}

void add_prune(ActionCatalog& catalog) {
  catalog.add({.name = "prune",
               .help = settings<Prune>.help(),
               .settings = settings<Prune>,
               .check = [](const Json& values) { method_of(parse<Prune>(values)); },
               .run = prune});
}

}  // namespace upkeep::actions
