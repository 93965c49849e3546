#include "upkeep/conversion.hpp"

#include "analyze/model_diff.hpp"
#include "api/parts.hpp"
#include "api/settings.hpp"
#include "base/format.hpp"
#include "convert/verified.hpp"
#include "optimize/rewrites/rewrite.hpp"
#include "train/gradient_model.hpp"

namespace upkeep::api {

static upkeep::Model rewritten(upkeep::Model graph, const std::vector<Rewrite>& steps, std::vector<std::string>& notes) {
  for (const Rewrite& step : steps) {
    Change change = upkeep::rewrite(graph, named(step));
    std::ranges::move(change.notes, std::back_inserter(notes));
  }
  return graph;
}

Rewritten rewrite(const Model& model, const std::vector<Rewrite>& steps) {
  std::vector<std::string> notes;
  Model made = ModelParts::make(rewritten(ModelParts::graph(model), steps, notes));
  return {.model = std::move(made), .notes = std::move(notes)};
}

static void expect_share(double tolerance) {
  if (!(tolerance >= 0 && tolerance <= 1))
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("a tolerance of {:g}", tolerance), "a number in [0, 1]");
}

Converted convert(const Model& model, const std::filesystem::path& file, const ConvertSettings& settings) {
  const upkeep::Model graph = ModelParts::graph(model);
  if (settings.tolerance) expect_share(*settings.tolerance);
  for (const auto& [output, tolerance] : settings.tolerance_of) expect_share(tolerance);
  std::vector<std::string> notes;
  Verification how{.inputs = settings.inputs,
                   .rows = settings.rows,
                   .seed = settings.seed,
                   .tolerance = {.all = settings.tolerance, .of_outputs = settings.tolerance_of}};
  const Verified verified = save_verified(graph, rewritten(graph, settings.rewrites, notes), file, named(settings.format), how);
  Converted made{.made_up_sizes = verified.made_up_sizes};
  if (!verified.comparison) return made;
  made.rows = verified.comparison->rows;
  for (const OutputComparison& one : verified.comparison->outputs)
    made.outputs.push_back(
        {.output = one.output, .absolute = one.largest_absolute, .relative = one.largest_relative, .ulp = one.largest_ulp});
  return made;
}

Gradient gradient(const Model& model, const GradientSettings& settings) {
  GradientModel made = gradient_model(ModelParts::graph(model), settings.of, settings.with_respect_to);
  return {.model = ModelParts::make(std::move(made.model)),
          .of = std::move(made.of),
          .incoming = std::move(made.incoming),
          .gradients = std::move(made.gradients),
          .notes = std::move(made.notes)};
}

static PartDifference difference_of(const PartChange& part) {
  PartDifference made{.before = part.before, .after = part.after, .kind = part.after.empty() ? part.kind_before : part.kind_after};
  for (const ValueChange& setting : part.settings) made.settings.push_back(setting.name);
  for (const WeightChange& weight : part.weights) {
    if (weight.equal) continue;
    made.weights.push_back(weight.name);
    made.largest_absolute = std::max(made.largest_absolute, weight.largest_absolute);
  }
  return made;
}

Difference diff(const Model& before, const Model& after) {
  const ModelDiff found = upkeep::diff(ModelParts::graph(before), ModelParts::graph(after));
  Difference made{.same_structure = found.same_structure(),
                  .same_settings = found.same_settings(),
                  .same_weights = found.same_weights(),
                  .parts = {},
                  .json = upkeep::to_json(found).dump()};
  for (const PartChange& part : found.parts)
    if (!part.same() || part.renamed()) made.parts.push_back(difference_of(part));
  return made;
}

}  // namespace upkeep::api
