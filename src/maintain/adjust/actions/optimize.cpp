// Searches for the smallest or fastest model that is still accepted (optimize/search). Of two accepted candidates that differ by latency
// alone, another run may choose the other one.

#include "base/duration.hpp"
#include "base/format.hpp"
#include "maintain/adjust/actions/action.hpp"
#include "optimize/search.hpp"
#include "train/training_record.hpp"
#include "train/validation.hpp"

namespace upkeep::actions {

struct Optimize {
  std::vector<std::string> accept;
  std::string goal = "size";
  std::string budget = "10m";
  double validation = 0.25;
  std::int64_t epochs = 3;
  std::int64_t batch_size = 32;
  std::int64_t seed = 0;
};

}  // namespace upkeep::actions

namespace upkeep {

using actions::Optimize;

template <>
inline const Settings settings<Optimize> = describe<Optimize>(
    "optimize", "search for the smallest or fastest model that is still accepted, as the last action",
    field("accept", &Optimize::accept, "what may change on rows that are held out: [\"mae:+2%\"]"),
    field("goal", &Optimize::goal, "what the chosen one is best in; size is that of the zipped file", one_of({"latency", "size"})),
    field("budget", &Optimize::budget, "time after which nothing new is begun: 90s, 10m"),
    field("validation", &Optimize::validation, "part of the rows that judges", range(0, 1, Ends::kOpen)),
    field("epochs", &Optimize::epochs, "of training after each removal of channels", range(1, 1e6)),
    field("batch_size", &Optimize::batch_size, "rows in a training step", range(1, 1e9)),
    field("seed", &Optimize::seed, "of the rows held out, the training and the intervals", range(0, 9e15)));

}  // namespace upkeep

namespace upkeep::actions {

static SearchOptions search_options(const Optimize& options) {
  if (options.accept.empty()) throw Error(ErrorCode::kInvalidArgument, "what may the model lose?", "write accept: [\"mae:+2%\"]");
  return {.limits = parse_acceptances(options.accept),
          .goal = options.goal == "size" ? Goal::kSize : Goal::kLatency,
          .budget_seconds = static_cast<double>(duration_from_text(options.budget).count()),
          .compile = {},
          .epochs = options.epochs,
          .batch_size = options.batch_size,
          .seed = static_cast<std::uint64_t>(options.seed)};
}

static Candidate optimize_candidate(const ActionContext& context, const Json& values) {
  const auto options = parse<Optimize>(values);
  SearchOptions searching = search_options(options);
  searching.compile = compile_of(context.model);
  const HeldOut parts = hold_out(dataset_for(context.model, context.data, context.columns), options.validation, searching.seed);
  SearchResult result = search(context.model, parts.training, parts.validation, searching);
  if (!result.best)
    throw Error(ErrorCode::kFailedPrecondition, upkeep::format("none of {} candidates is accepted", result.candidates.size()),
                "allow more, or a longer budget");
  SearchCandidate& best = result.candidates[*result.best];
  Candidate candidate{.model = std::move(best.model), .summary = {}};
  record_acceptance(candidate.model, context.model, *best.verdict, "optimize");
  candidate.evidence = {{"settings", to_json(options)},
                        {"steps", best.steps},
                        {"acceptance", to_json(*best.verdict)},
                        {"candidates", result.candidates.size()}};
  candidate.summary = upkeep::format("{}: the best in {} of {} candidates", best.name, options.goal, result.candidates.size());
  return candidate;
}

void add_optimize(ActionCatalog& catalog) {
  catalog.add({.name = "optimize",
               .help = settings<Optimize>.help(),
               .settings = settings<Optimize>,
               .check = [](const Json& values) { search_options(parse<Optimize>(values)); },
               .run = optimize_candidate});
}

}  // namespace upkeep::actions
