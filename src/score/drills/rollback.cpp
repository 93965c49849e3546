// Rolls the alias back in the copy and asks the version before for answers: what has never been tried does not work on the day it is
// needed.

#include "base/format.hpp"
#include "runtime/session.hpp"
#include "score/drills/drill.hpp"

namespace upkeep::drills {

struct RollbackDrill {
  double full_seconds = 5;
  double zero_seconds = 60;
};

}  // namespace upkeep::drills

template <>
inline const upkeep::Settings upkeep::settings<upkeep::drills::RollbackDrill> = upkeep::describe<upkeep::drills::RollbackDrill>(
    "rollback", "the alias is rolled back in a copy of the registry, and the version before loads and answers",
    upkeep::field("full_seconds", &upkeep::drills::RollbackDrill::full_seconds, "from order to answer: worth 100 points up to this", "s",
                  upkeep::range(0, 1e6)),
    upkeep::field("zero_seconds", &upkeep::drills::RollbackDrill::zero_seconds, "worth nothing from this on", "s", upkeep::range(0, 1e6)));

namespace upkeep::drills {

static Item cannot_roll_back(const std::string& why, const std::string& improvement) {
  return {.name = "rollback",
          .value = {},
          .unit = "s",
          .method = "tried in a copy of the registry, and failed: " + why,
          .evidence = {{"problem", why}},
          .points = 0,
          .improvement = improvement};
}

static Item timed_rollback(const Subject& subject, const RollbackDrill& options) {
  const Stopwatch watch;
  const Event event = subject.copy->rollback(subject.version.model, subject.alias, {.actor = "score", .reason = "drill"});
  const ModelVersion before = subject.copy->version(subject.version.model, event.to.value());
  const Session session(subject.copy->load(before), {.threads = 1});
  bool answered = false;
  if (const std::optional<Tensors> rows = reference_inputs(subject, 1)) {
    session.run(*rows);
    answered = true;
  }
  const double seconds = watch.seconds();
  Item item{.name = "rollback",
            .value = seconds,
            .unit = "s",
            .method = upkeep::format("the alias is rolled back in a copy of the registry, and the version before is verified, loaded{}",
                                     answered ? " and asked" : "; it was not asked, as no reference is kept"),
            .evidence = {{"from", subject.version.version}, {"to", before.version}, {"answered", answered}},
            .points = points_between(seconds, options.zero_seconds, options.full_seconds)};
  if (item.points < 100) item.improvement = "make the version before smaller or keep its artefact nearer: loading it takes the time";
  return item;
}

static std::vector<Item> run_rollback(const Subject& subject, const Json& values) {
  const RollbackDrill options = parse<RollbackDrill>(values);
  if (subject.alias.empty())
    return {absent("rollback", "s", "a version by its number has no alias to roll back", "score NAME@ALIAS in place of NAME:VERSION")};
  if (!subject.copy) return {cannot_roll_back(subject.copy_problem, "mend what `upkeep registry verify` names")};
  try {
    return {timed_rollback(subject, options)};
  } catch (const Error& error) {
    return {
        cannot_roll_back(error.what(), "publish and promote a second version, and keep the one before: there must be one to go back to")};
  }
}

void add_rollback(DrillCatalog& catalog) {
  catalog.add({.name = "rollback",
               .help = settings<RollbackDrill>.help(),
               .settings = settings<RollbackDrill>,
               .side = Side::kStability,
               .needs_copy = true,
               .check = [](const Json& values) { parse<RollbackDrill>(values); },
               .run = run_rollback});
}

}  // namespace upkeep::drills
