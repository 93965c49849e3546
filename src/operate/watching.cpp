#include "operate/watching.hpp"

#include "base/format.hpp"
#include "base/names.hpp"
#include "convert/formats/format.hpp"
#include "maintain/monitor/foreign_monitor.hpp"
#include "maintain/monitor/foreign_tables.hpp"
#include "maintain/reference.hpp"
#include "registry/kept_profile.hpp"
#include "registry/name.hpp"
#include "registry/registry.hpp"
#include "train/known_signature.hpp"

namespace upkeep::operate {

namespace {

namespace fs = std::filesystem;

RegistryAddress address_of(const MonitorOptions& options) { return {options.registry.string(), options.artifacts}; }

struct Subject {
  std::string name;
  std::optional<std::int64_t> version;
};

Subject subject_of(const std::string& text) {
  const auto reference = parse_reference(text);
  if (!reference)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" names no model", text), "write NAME, NAME:VERSION or NAME@ALIAS");
  return {reference->model, reference->version};
}

// The version whose features, metrics and reference count.
ModelVersion meant(const upkeep::Registry& registry, const MonitorOptions& options, const Subject& subject) {
  if (is_registry_reference(options.model)) return registry.resolve(options.model);
  if (registry.alias(subject.name, options.alias)) return registry.resolve(subject.name + "@" + options.alias);
  return registry.resolve(subject.name);
}

// Of a version that the registry still has.
std::optional<Signature> known_signature(const RegistryAddress& address, const std::string& name, std::int64_t version) {
  try {
    const upkeep::Registry registry = upkeep::Registry::existing(address);
    return upkeep::known_signature(registry.load(registry.version(name, version)));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
    return std::nullopt;
  }
}

struct Learnt {
  std::int64_t version = 0;  // whose model it is
  ArtifactFile reference;    // which lives as long as this
};

Learnt learn_from_registry(const MonitorOptions& options, const Subject& subject, upkeep::MonitorOptions& made) {
  const upkeep::Registry registry = upkeep::Registry::existing(address_of(options));
  const ModelVersion version = meant(registry, options, subject);
  made.model = registry.load(version);
  if (made.log.empty() && !options.tables) made.log = registry.log_folder();
  if (is_registry_reference(options.model)) made.version = version.version;
  Learnt learnt{.version = version.version, .reference = {}};
  if (made.reference.empty()) {
    learnt.reference = kept_reference(version, registry);
    made.reference = learnt.reference.path();
    made.profile = kept_profile(version, registry);
  }
  made.signature_of_version = [address = address_of(options), name = subject.name](std::int64_t answered) {
    return known_signature(address, name, answered);
  };
  return learnt;
}

// Options that are of neither kind of log.
upkeep::MonitorOptions common_options(const MonitorOptions& options, const Subject& subject) {
  upkeep::MonitorOptions made{.log = options.log, .name = subject.name, .reference = options.reference, .version = subject.version};
  made.since = options.since;
  made.until = options.until;
  made.last_rows = options.last_rows;
  made.against = options.against;
  if (!options.per.empty()) made.window = period_length(options.per);  // a period that is none is refused at once
  made.per = options.per;
  made.targets = options.targets;
  made.categories = options.categories;
  made.metrics = options.metrics;
  if (!options.measures.empty()) made.measures.clear();
  for (const std::string& measure : options.measures) made.measures.push_back(parse_named(measure));
  made.correction = options.correction;
  made.confidence = options.confidence;
  return made;
}

MonitorReport watch_own_log(const MonitorOptions& options) {
  if (fs::is_regular_file(options.log))
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" is a table, no folder of the prediction log", options.log.string()),
                "say with --time which column holds the times; its columns are: " + join(foreign_columns(options.log)));
  const Subject subject = subject_of(options.model);
  upkeep::MonitorOptions made = common_options(options, subject);
  Learnt learnt;
  if (!options.model_file.empty()) made.model = load_model(options.model_file);
  else if (fs::exists(options.registry) || (!options.registry.empty() && upkeep::Registry::is_in(address_of(options))))
    learnt = learn_from_registry(options, subject, made);
  else if (options.log.empty())
    throw Error(ErrorCode::kNotFound, upkeep::format("no registry in {}", options.registry.string()),
                "say where with --registry DIR, or --log DIR");
  if (!fs::is_directory(made.log / made.name))
    throw Error(ErrorCode::kNotFound, upkeep::format("no predictions of \"{}\" in {}", made.name, made.log.string()),
                "upkeep serve writes them");
  return upkeep::monitor(made);
}

// The model is a file, or a version of a registry: with a column of versions each answer is read by its own.
MonitorReport watch_tables(const MonitorOptions& options) {
  const TableLog& log = *options.tables;
  ForeignLog tables{.tables = log.tables,
                    .time = log.time,
                    .time_unit = time_unit_from_string(log.time_unit),
                    .id = log.id,
                    .version = log.version,
                    .labels = log.labels,
                    .predictions = log.predictions,
                    .since = options.since,
                    .until = options.until};
  const bool is_file = !options.model_file.empty();
  const Subject subject = is_file
                              ? Subject{.name = options.model.empty() ? options.model_file.stem().string() : options.model, .version = {}}
                              : subject_of(options.model);
  upkeep::MonitorOptions made = common_options(options, subject);
  Learnt learnt;
  if (is_file) {
    made.model = load_model(options.model_file);
  } else {
    if (!upkeep::Registry::is_in(address_of(options)))
      throw Error(ErrorCode::kNotFound,
                  upkeep::format("\"{}\" is no model's file, and there is no registry in {}", options.model, options.registry.string()),
                  "give a model file, or say with --registry DIR where it is published");
    learnt = learn_from_registry(options, subject, made);
    tables.only_version = learnt.version;
  }
  return monitor_tables(tables, std::move(made));
}

}  // namespace

MonitorReport watch(const MonitorOptions& options) { return options.tables ? watch_tables(options) : watch_own_log(options); }

}  // namespace upkeep::operate
