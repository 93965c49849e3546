// How much of what the model says a small decision tree can say: rules that fit on a page, judged on rows that the tree has not seen.

#include "explain/surrogate.hpp"

#include "base/format.hpp"
#include "score/drills/drill.hpp"

namespace upkeep::drills {

struct SurrogateDrill {
  std::int64_t depth = 4;
  std::int64_t rows = 1000;
  double full = 0.9;
  double zero = 0;
};

}  // namespace upkeep::drills

template <>
inline const upkeep::Settings upkeep::settings<upkeep::drills::SurrogateDrill> = upkeep::describe<upkeep::drills::SurrogateDrill>(
    "surrogate", "how much of the model's answers a small decision tree gives, on held-out rows of the reference",
    upkeep::field("depth", &upkeep::drills::SurrogateDrill::depth, "of the tree", upkeep::range(1, 20)),
    upkeep::field("rows", &upkeep::drills::SurrogateDrill::rows, "of the reference, at most; ten times as many with --thorough", "rows",
                  upkeep::range(1, 1e6)),
    upkeep::field("full", &upkeep::drills::SurrogateDrill::full, "fidelity that is worth 100 points", upkeep::range(0, 1)),
    upkeep::field("zero", &upkeep::drills::SurrogateDrill::zero, "fidelity that is worth nothing", upkeep::range(0, 1)));

namespace upkeep::drills {

// Decisions of a model of classes agree or do not; of numbers, the tree's share of their variance counts.
static Item fidelity_item(const Subject& subject, const Tensors& rows, const SurrogateDrill& options) {
  const explain::Subject explained(std::make_shared<const Model>(subject.model), {.threads = 1});
  const explain::Surrogate tree = explain::fit_surrogate(
      explained, rows, 0, {.depth = static_cast<int>(options.depth), .rows = explain::rows_in(rows), .seed = subject.seed});
  const bool decides = std::isfinite(tree.agreement);
  const double fidelity = decides ? tree.agreement : tree.r2;
  Item item{
      .name = "surrogate fidelity",
      .value = fidelity,
      .unit = decides ? "share of decisions" : "R2",
      .method = upkeep::format("a tree of depth {}, fitted to the model's answers, on {} held-out rows", options.depth, tree.held_out_rows),
      .evidence = {{"r2", tree.r2}, {"leaves", tree.leaves()}, {"held_out_rows", tree.held_out_rows}},
      .points = points_between(fidelity, options.zero, options.full)};
  if (decides) item.interval = share_interval(std::llround(fidelity * static_cast<double>(tree.held_out_rows)), tree.held_out_rows);
  if (item.points < 100) item.improvement = "try a simpler model with `upkeep distill`: a few rules do not say what this one does";
  return item;
}

static std::vector<Item> run_surrogate(const Subject& subject, const Json& values) {
  const SurrogateDrill options = parse<SurrogateDrill>(values);
  const auto none = [](const std::string& why, const std::string& improvement) {
    return std::vector<Item>{absent("surrogate fidelity", "share", why, improvement)};
  };
  try {
    const std::optional<Tensors> rows = reference_inputs(subject, options.rows * (subject.thorough ? 10 : 1));
    if (!rows) return none("the version keeps no reference", "publish it with --reference TABLE");
    return {fidelity_item(subject, *rows, options)};
  } catch (const Error& error) {
    return none(error.what(), "publish the version with a larger reference that fits its inputs, of columns");
  }
}

void add_surrogate(DrillCatalog& catalog) {
  catalog.add({.name = "surrogate",
               .help = settings<SurrogateDrill>.help(),
               .settings = settings<SurrogateDrill>,
               .side = Side::kUnderstandability,
               .check = [](const Json& values) { parse<SurrogateDrill>(values); },
               .run = run_surrogate});
}

}  // namespace upkeep::drills
