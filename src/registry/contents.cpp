// All of a registry at once: verified, and carried to another place in one file.
//
// The file is a tar archive:
//   registry.json              {"format": "upkeep-registry", "version": 1, "versions": N, "events": N, "artifacts": N, "rows": SHA-256 of
//   both} versions.jsonl             one row each, as it was published events.jsonl               one event each, in order, with its id;
//   times are microseconds since 1970 artifacts/sha256/DIGEST    bytes of every version that is not deleted, and what its facts name

#include <algorithm>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/names.hpp"
#include "base/sha256.hpp"
#include "registry/name.hpp"
#include "registry/registry_state.hpp"
#include "registry/tar.hpp"

namespace upkeep {

namespace {

namespace fs = std::filesystem;

constexpr int kFormat = 1;
constexpr const char* kArtifacts = "artifacts/sha256/";

Json to_json(const ModelVersion& row) {
  return {{"model", row.model},
          {"version", row.version},
          {"artifact", row.artifact},
          {"size_bytes", row.size_bytes},
          {"created", row.created.time_since_epoch().count()},
          {"actor", row.actor},
          {"description", row.description},
          {"facts", row.facts}};
}

Json to_json(const Event& row) {
  return {{"id", row.id},
          {"time", row.time.time_since_epoch().count()},
          {"kind", row.kind},
          {"model", row.model},
          {"alias", row.alias},
          {"from", row.from ? Json(*row.from) : Json(nullptr)},
          {"to", row.to ? Json(*row.to) : Json(nullptr)},
          {"actor", row.actor},
          {"reason", row.reason},
          {"evidence", row.evidence}};
}

TimePoint time_in(const Json& json, const char* key) { return TimePoint(std::chrono::microseconds(json.at(key).get<std::int64_t>())); }

ModelVersion version_from(const Json& json) {
  ModelVersion row{.model = json.at("model"),
                   .version = json.at("version"),
                   .artifact = json.at("artifact"),
                   .size_bytes = json.at("size_bytes"),
                   .created = time_in(json, "created"),
                   .actor = json.at("actor"),
                   .description = json.at("description"),
                   .facts = json.at("facts")};
  const RegistryName checked("model", row.model);
  if (!artifacts::is_digest(row.artifact) || row.version < 1)
    throw Error(ErrorCode::kCorrupt, upkeep::format("a row of model \"{}\" is damaged", row.model));
  return row;
}

Event event_from(const Json& json) {
  const auto version = [&](const char* key) {
    return json.at(key).is_null() ? std::nullopt : std::optional(json.at(key).get<std::int64_t>());
  };
  Event row{.id = json.at("id"),
            .time = time_in(json, "time"),
            .kind = json.at("kind"),
            .model = json.at("model"),
            .alias = json.at("alias"),
            .from = version("from"),
            .to = version("to"),
            .actor = json.at("actor"),
            .reason = json.at("reason"),
            .evidence = json.at("evidence")};
  const RegistryName model("model", row.model), kind("event", row.kind);
  if (!row.alias.empty()) const RegistryName alias("alias", row.alias);
  return row;
}

template <typename Row>
std::string lines_of(const std::vector<Row>& rows) {
  std::string text;
  for (const Row& row : rows) text += to_json(row).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  return text;
}

template <typename Row>
std::vector<Row> rows_from(const std::string& text, Row (*from)(const Json&)) {
  std::vector<Row> rows;
  for (const std::string& line : split(text, '\n'))
    if (!line.empty()) rows.push_back(from(parse_json(line, 1000)));
  return rows;
}

// What must be there, and what may be: bytes of deleted versions go some day.
struct Needed {
  std::set<std::string> whole, perhaps;
};

Needed needed_artifacts(const std::vector<ModelVersion>& versions, const std::vector<Event>& events) {
  std::map<std::string, std::vector<Event>> by_model;
  for (const Event& event : events) by_model[event.model].push_back(event);
  std::map<std::string, ModelState> states;
  for (const auto& [model, its] : by_model) states[model] = fold(its);
  Needed needed;
  for (ModelVersion version : versions) {
    const ModelState& state = states[version.model];
    std::set<std::string>& into = state.deleted.contains(version.version) ? needed.perhaps : needed.whole;
    apply(state, version);
    for (const std::string& digest : artifacts_of(version)) into.insert(digest);
  }
  return needed;
}

struct Archive {
  Json about;
  std::string rows;  // of both files, one after the other
  std::vector<ModelVersion> versions;
  std::vector<Event> events;
  std::set<std::string> artifacts;
};

// Rows are read, artefacts are given to `keep`.
Archive read_archive(const fs::path& file, const std::function<std::string(std::string_view)>& keep) {
  Archive archive;
  TarReader tar(file);
  while (const auto entry = tar.next()) {
    if (entry->name == "registry.json") archive.about = parse_json(tar.read());
    if (!archive.about.is_object() || archive.about.value("format", "") != "upkeep-registry")
      throw Error(ErrorCode::kCorrupt, "it is not what `upkeep registry export` wrote");
    if (archive.about.value("version", 0) != kFormat)
      throw Error(ErrorCode::kUnsupported, upkeep::format("it was written by another Upkeep (format {}, this one knows {})",
                                                          archive.about.value("version", 0), kFormat));
    if (entry->name == "registry.json") continue;
    const std::string bytes = tar.read();
    if (entry->name.ends_with(".jsonl")) archive.rows += bytes;
    if (entry->name == "versions.jsonl") archive.versions = rows_from(bytes, version_from);
    else if (entry->name == "events.jsonl") archive.events = rows_from(bytes, event_from);
    else if (entry->name.starts_with(kArtifacts)) {
      const std::string digest = entry->name.substr(std::string_view(kArtifacts).size());
      artifacts::expect_digest(bytes, digest, entry->name);
      archive.artifacts.insert(keep(bytes));
    }
  }
  return archive;
}

// Versions are 1, 2, ... of each model, and each was published once.
void expect_numbered(const Archive& archive) {
  std::map<std::string, std::int64_t> newest, published;
  for (const Event& event : archive.events)
    if (event.kind == "published" && event.to != ++published[event.model])
      throw Error(ErrorCode::kCorrupt, upkeep::format("the history of model \"{}\" is not in order", event.model));
  for (const ModelVersion& version : archive.versions)
    if (version.version != ++newest[version.model])
      throw Error(ErrorCode::kCorrupt, upkeep::format("a version of model \"{}\" is missing", version.model));
  if (newest != published) throw Error(ErrorCode::kCorrupt, "versions and their history do not fit");
}

void expect_whole(const Archive& archive) {
  expect_numbered(archive);
  if (archive.about.is_null() || archive.about.value("versions", std::size_t{0}) != archive.versions.size() ||
      archive.about.value("events", std::size_t{0}) != archive.events.size() || archive.about.value("rows", "") != sha256(archive.rows) ||
      archive.about.value("artifacts", std::size_t{0}) != archive.artifacts.size())
    throw Error(ErrorCode::kCorrupt, "rows or artefacts are missing or changed");
  for (const std::string& digest : needed_artifacts(archive.versions, archive.events).whole)
    if (!archive.artifacts.contains(digest)) throw Error(ErrorCode::kCorrupt, upkeep::format("artefact {} is missing", digest));
}

}  // namespace

std::vector<std::string> Registry::check(const std::string& name) const {
  std::vector<std::string> problems;
  const ModelState state = state_->fold_of(name);
  std::int64_t expected = 1;
  for (ModelVersion one : state_->store->versions(name)) {
    const std::string where = upkeep::format("model \"{}\" version {}: ", name, one.version);
    if (one.version != expected++) problems.push_back(where + "a version before it is missing");
    if (state.deleted.contains(one.version)) continue;
    apply(state, one);
    for (const std::string& digest : artifacts_of(one)) {
      std::string damage;
      try {
        const std::string bytes = artifact(digest);
        if (digest == one.artifact && std::ssize(bytes) != one.size_bytes) damage = "the artefact has another size";
      } catch (const Error& error) {
        damage = error.what();
      }
      if (!damage.empty()) problems.push_back(where + damage);
    }
  }
  std::int64_t published = 0;
  for (const Event& event : state_->store->events({.model = name, .kinds = {"published"}})) published += event.to ? 1 : 0;
  if (published != expected - 1)
    problems.push_back(upkeep::format("model \"{}\": {} versions, but {} events of publishing", name, expected - 1, published));
  return problems;
}

std::vector<std::string> Registry::verify() const {
  std::vector<std::string> problems;
  try {
    problems = state_->store->problems();
    if (!problems.empty()) return problems;
    for (const std::string& name : state_->store->models()) std::ranges::copy(check(name), std::back_inserter(problems));
  } catch (const Error& error) {
    problems.emplace_back(error.what());
  }
  return problems;
}

void Registry::export_to(const fs::path& file) const {
  std::unique_ptr<stores::StoreLock> lock;  // nothing is removed meanwhile
  try {
    lock = state_->store->publishing();
  } catch (const Error&) {
    // A registry that may only be read: what is removed by others meanwhile is missed below.
  }
  const std::vector<Event> events = state_->store->events({});  // first: every version that they name is there
  std::vector<ModelVersion> versions = state_->store->versions("");
  std::erase_if(versions, [&](const ModelVersion& one) {
    return std::ranges::none_of(
        events, [&](const Event& event) { return event.kind == "published" && event.model == one.model && event.to == one.version; });
  });
  const auto [whole, perhaps] = needed_artifacts(versions, events);
  std::set<std::string> digests = whole;
  for (const std::string& digest : perhaps)
    if (state_->artifacts->has(digest)) digests.insert(digest);
  StagedFile staged(file);
  const std::string version_lines = lines_of(versions), event_lines = lines_of(events);
  in_context(file.string(), [&] {
    TarWriter tar(staged.path());
    tar.add("registry.json", Json({{"format", "upkeep-registry"},
                                   {"version", kFormat},
                                   {"versions", versions.size()},
                                   {"events", events.size()},
                                   {"artifacts", digests.size()},
                                   {"rows", sha256(version_lines + event_lines)}})
                                 .dump());
    tar.add("versions.jsonl", version_lines);
    tar.add("events.jsonl", event_lines);
    for (const std::string& digest : digests) tar.add(kArtifacts + digest, artifact(digest));
    tar.finish();
    staged.publish();
  });
}

void Registry::import_from(const fs::path& file) {
  const auto lock = state_->store->publishing();
  const auto expect_empty = [&] {
    if (state_->store->newest_event() != 0 || !state_->store->models().empty())
      throw Error(ErrorCode::kFailedPrecondition, "it has a history already", "import into a registry that does not exist yet").in(where());
  };
  expect_empty();
  const Archive archive = in_context(file.string(), [&] {
    try {
      Archive read = read_archive(file, [&](std::string_view bytes) { return state_->artifacts->put(bytes); });
      expect_whole(read);
      return read;
    } catch (const Json::exception& error) {
      throw Error(ErrorCode::kCorrupt, upkeep::format("a row is damaged: {}", error.what()));
    }
  });
  stores::Store::Transaction transaction(*state_->store);
  expect_empty();
  for (const ModelVersion& version : archive.versions) state_->store->insert(version);
  for (const Event& event : archive.events) state_->store->append(event);
  transaction.commit();
}

}  // namespace upkeep
