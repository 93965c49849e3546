#include "maintain/options.hpp"

#include "base/files.hpp"
#include "base/format.hpp"
#include "maintain/adjust/actions/action.hpp"
#include "maintain/adjust/triggers/trigger.hpp"
#include "maintain/update/gates/gate.hpp"

namespace upkeep {

namespace {

// The file as it stands.
struct MaintainFile {
  std::string registry;
  std::string artifacts;
  std::string model;
  std::string alias = "production";
  std::string log;
  std::string reference;
  std::vector<std::string> target;
  std::vector<std::string> features;
  std::vector<std::string> categories;
  std::vector<std::string> metrics;
  Json window = Json::object();
  std::vector<std::string> measures = {"psi", "kolmogorov-smirnov", "chi-square"};
  std::string correction = "benjamini-hochberg";
  double confidence = 0.95;
  double held_out = 0.3;
  std::int64_t min_new_rows = 30;
  std::int64_t seed = 0;
  std::vector<Json> triggers;
  std::vector<Json> actions;
  std::vector<Json> gates;
  bool promote = true;
};

struct WindowKeys {
  double hours = 0;
  std::int64_t rows = 0;
};

}  // namespace

template <>
inline const Settings settings<WindowKeys> =
    describe<WindowKeys>("window", "which predictions are judged, beside being the current version's since it went live",
                         field("hours", &WindowKeys::hours, "only the last ones; 0 for all", "hours", range(0, 1e6)),
                         field("rows", &WindowKeys::rows, "only the last ones; 0 for all", "rows", range(0, 1e12)));

template <>
inline const Settings settings<MaintainFile> = describe<MaintainFile>(
    "upkeep.yaml", "one pass of maintenance", field("registry", &MaintainFile::registry, "a folder, or a URI"),
    field("artifacts", &MaintainFile::artifacts, "of the registry: a folder, or a URI (default: what it was made with)"),
    field("model", &MaintainFile::model, "the model's name in it"),
    field("alias", &MaintainFile::alias, "the alias whose version is maintained"),
    field("log", &MaintainFile::log, "folder of the prediction log (default: the registry's)"),
    field("reference", &MaintainFile::reference,
          "table that the model was trained on, where its version was published without one: .csv, .parquet or .npz"),
    field("target", &MaintainFile::target, "the reference's column that is predicted (default: the model's own)"),
    field("features", &MaintainFile::features, "the reference's columns to predict from (default: the model's own)"),
    field("categories", &MaintainFile::categories, "features that are categories, beside those that the model knows as such"),
    field("metrics", &MaintainFile::metrics, "what the monitor measures (default: what the model was compiled with)"),
    field("window", &MaintainFile::window, "{hours: N, rows: N}: only the last predictions (default: all since the version went live)"),
    field("measures", &MaintainFile::measures, "drift measures, NAME or NAME:SETTING=VALUE,... of `upkeep catalog maintain/monitor/drift`"),
    field("correction", &MaintainFile::correction, "of p-values for the number of features", one_of(drift::corrections())),
    field("confidence", &MaintainFile::confidence, "of the monitor's intervals", range(0.5, 1, Ends::kOpen)),
    field("held_out", &MaintainFile::held_out, "part of the labelled requests that no action sees and gates judge by",
          range(0, 1, Ends::kOpen)),
    field("min_new_rows", &MaintainFile::min_new_rows, "newly labelled rows that an action needs", range(1, 1e12)),
    field("seed", &MaintainFile::seed, "of bootstraps", range(0, 9e15)),
    field("triggers", &MaintainFile::triggers,
          "what starts the actions, any of them: [{quality: {metric: mae, bound: 60}}, {drift: {features: 2}}]"),
    field("actions", &MaintainFile::actions, "what makes a candidate, in order: [{retrain: {epochs: 100, learning_rate: 0.001}}]"),
    field("gates", &MaintainFile::gates, "what a candidate must pass, all of them: [{better: {metric: mae}}]"),
    field("promote", &MaintainFile::promote, "point the alias at a candidate that passed; false leaves that to a person"));

namespace {

// {quality: {metric: mae}}, or a bare name.
NamedSettings named(const Json& item) {
  if (item.is_string()) return {item.get<std::string>(), Json::object()};
  if (!item.is_object() || item.size() != 1)
    throw wrong_type("one name with its settings, such as {quality: {metric: mae, bound: 60}}", item);
  const Json& values = item.begin().value();
  return {item.begin().key(), values.is_null() ? Json::object() : values};
}

template <typename Check>
std::vector<NamedSettings> named_list(const std::string& key, const std::vector<Json>& items, Check check) {
  if (items.empty()) throw Error(ErrorCode::kInvalidArgument, upkeep::format("no {} are given", key), "one is needed at least");
  std::vector<NamedSettings> list;
  for (std::size_t i = 0; i < items.size(); ++i)
    in_context(upkeep::format("{}[{}]", key, i), [&] {
      list.push_back(named(items[i]));
      check(list.back());
    });
  return list;
}

std::filesystem::path placed(const std::string& path, const std::filesystem::path& folder) {
  return path.empty() ? std::filesystem::path() : folder / path;  // an absolute path stays as it is
}

std::string needed(const std::string& value, std::string_view key) {
  if (value.empty())
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" is not given", key), "docs/maintain-yaml.md shows a whole file");
  return value;
}

Json list_json(const std::vector<NamedSettings>& items) {
  Json list = Json::array();
  for (const NamedSettings& item : items) list.push_back({{item.name, item.values}});
  return list;
}

}  // namespace

const Settings& maintain_settings() { return settings<MaintainFile>; }

MaintainOptions load_maintain(const std::filesystem::path& file) {
  return in_context(file.string(), [&] {
    return maintain_options(parse_yaml(read_file(file, std::size_t{1} << 20)), std::filesystem::absolute(file).parent_path());
  });
}

MaintainOptions maintain_options(const Json& values, const std::filesystem::path& folder) {
  const auto file = parse<MaintainFile>(values);
  const auto window = parse<WindowKeys>(file.window);
  MaintainOptions options{.registry = RegistryAddress(needed(file.registry, "registry"), file.artifacts).beside(folder),
                          .model = needed(file.model, "model"),
                          .alias = needed(file.alias, "alias"),
                          .log = placed(file.log, folder),
                          .reference = placed(file.reference, folder),
                          .targets = file.target,
                          .features = file.features,
                          .categories = file.categories,
                          .metrics = file.metrics,
                          .window_hours = window.hours,
                          .window_rows = window.rows,
                          .correction = file.correction,
                          .confidence = file.confidence,
                          .held_out = file.held_out,
                          .min_new_rows = file.min_new_rows,
                          .seed = static_cast<std::uint64_t>(file.seed),
                          .promote = file.promote};
  options.measures.clear();
  for (const std::string& measure : file.measures) {
    options.measures.push_back(parse_named(measure));
    drift::catalog().at(options.measures.back().name);
  }
  MonitorOptions unused;
  options.triggers = named_list("triggers", file.triggers,
                                [&](const NamedSettings& one) { triggers::catalog().at(one.name).prepare(one.values, unused); });
  options.actions =
      named_list("actions", file.actions, [](const NamedSettings& one) { actions::catalog().at(one.name).check(one.values); });
  options.gates = named_list("gates", file.gates, [](const NamedSettings& one) { gates::catalog().at(one.name).check(one.values); });
  return options;
}

Json to_json(const MaintainOptions& options) {
  return {{"model", options.model},
          {"alias", options.alias},
          {"targets", options.targets},
          {"features", options.features},
          {"categories", options.categories},
          {"metrics", options.metrics},
          {"window", {{"hours", options.window_hours}, {"rows", options.window_rows}}},
          {"measures", list_json(options.measures)},
          {"correction", options.correction},
          {"confidence", options.confidence},
          {"held_out", options.held_out},
          {"min_new_rows", options.min_new_rows},
          {"seed", options.seed},
          {"triggers", list_json(options.triggers)},
          {"actions", list_json(options.actions)},
          {"gates", list_json(options.gates)},
          {"promote", options.promote}};
}

}  // namespace upkeep
