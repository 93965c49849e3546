// What a reader who meets the model for the first time can look up: what the inputs are, what the answers mean, and where it came from.

#include "base/format.hpp"
#include "graph/signature.hpp"
#include "score/drills/drill.hpp"

namespace upkeep::drills {

struct DescriptionDrill {
  double full = 1;
  double zero = 0;
};

}  // namespace upkeep::drills

template <>
inline const upkeep::Settings upkeep::settings<upkeep::drills::DescriptionDrill> = upkeep::describe<upkeep::drills::DescriptionDrill>(
    "description", "share of the signature and of the version's record that is filled in",
    upkeep::field("full", &upkeep::drills::DescriptionDrill::full, "share filled in: worth 100 points from this on", upkeep::range(0, 1)),
    upkeep::field("zero", &upkeep::drills::DescriptionDrill::zero, "worth nothing up to this", upkeep::range(0, 1)));

namespace upkeep::drills {

namespace {

struct Counted {
  std::int64_t filled = 0;
  std::vector<std::string> missing = {};
  void count(bool is_filled, const std::string& what) {
    if (is_filled) ++filled;
    else missing.push_back(what);
  }
  std::int64_t total() const { return filled + std::ssize(missing); }
};

Item share_item(const std::string& name, const Counted& counted, const std::string& method, const DescriptionDrill& options) {
  const double share = static_cast<double>(counted.filled) / static_cast<double>(counted.total());
  return {.name = name,
          .value = share,
          .unit = "share",
          .method = method,
          .evidence = {{"filled", counted.filled}, {"missing", counted.missing}},
          .points = points_between(share, options.zero, options.full)};
}

Item inputs_item(const Signature& signature, const DescriptionDrill& options) {
  Counted counted;
  for (const InputSignature& input : signature.inputs) {
    counted.count(!input.features.empty(), upkeep::format("columns of input \"{}\"", input.name));
    for (const Feature& feature : input.features)
      if (feature.kind == FeatureKind::kCategory)
        counted.count(!feature.categories.empty(), upkeep::format("categories of \"{}\"", feature.column));
  }
  if (counted.total() == 0) return absent("inputs described", "share", "the model has no inputs", "give it inputs");
  Item item =
      share_item("inputs described", counted, "columns of each input and categories of each category, as the signature has them", options);
  if (item.points < 100) item.improvement = "say with `upkeep sign` the " + counted.missing.front();
  return item;
}

bool answers_classes(const OutputSignature& output) { return output.answer == Answer::kClasses || output.answer == Answer::kBinary; }

// A number without a target says as little as a score without a class.
Item answers_item(const Signature& signature, const DescriptionDrill& options) {
  Counted counted;
  for (const OutputSignature& output : signature.outputs) {
    if (output.answer == Answer::kTensor) continue;
    if (answers_classes(output)) counted.count(!output.classes.empty(), upkeep::format("classes of output \"{}\"", output.name));
    counted.count(!output.targets.empty(), upkeep::format("target of output \"{}\"", output.name));
  }
  if (counted.total() == 0)
    return absent("answers described", "share", "the signature does not say what the outputs answer", "say it with `upkeep sign`");
  Item item = share_item("answers described", counted,
                         "target of each output and its classes where it answers classes, as the signature has them", options);
  if (item.points < 100) item.improvement = "say with `upkeep sign` the " + counted.missing.front();
  return item;
}

Item record_item(const ModelVersion& version, const DescriptionDrill& options) {
  Counted counted;
  counted.count(!version.description.empty(), "description");
  counted.count(version.facts.contains("reference"), "reference");
  counted.count(version.facts.contains("signature"), "signature");
  Item item = share_item("version described", counted, "description, reference and signature in the registry", options);
  if (item.points < 100)
    item.improvement = upkeep::format("publish the version once more with {}",
                                      counted.missing.front() == "reference" ? "--reference TABLE" : "--description");
  if (item.points < 100 && counted.missing.front() == "signature")
    item.improvement = "publish the version once more, which records the signature";
  return item;
}

std::vector<Item> run_description(const Subject& subject, const Json& values) {
  const DescriptionDrill options = parse<DescriptionDrill>(values);
  const Signature signature = signature_of(subject.model);
  return {inputs_item(signature, options), answers_item(signature, options), record_item(subject.version, options)};
}

}  // namespace

void add_description(DrillCatalog& catalog) {
  catalog.add({.name = "description",
               .help = settings<DescriptionDrill>.help(),
               .settings = settings<DescriptionDrill>,
               .side = Side::kReadability,
               .check = [](const Json& values) { parse<DescriptionDrill>(values); },
               .run = run_description});
}

}  // namespace upkeep::drills
