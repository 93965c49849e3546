#include "registry/stores/shared/soci_store.hpp"

#include <algorithm>

#include "base/format.hpp"

namespace upkeep::stores {

static std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }
static TimePoint time_point(long long microseconds) { return TimePoint(std::chrono::microseconds(microseconds)); }
static long long microseconds(TimePoint time) { return time.time_since_epoch().count(); }

void SociStore::insert(const ModelVersion& version) {
  const std::string facts = dump(version.facts);
  const long long number = version.version, size = version.size_bytes, created = microseconds(version.created);
  guarded([&] {
    sql_ << "INSERT INTO versions (model, version, artifact, size_bytes, created, actor, description, facts) "
            "VALUES (:model, :version, :artifact, :size, :created, :actor, :description, :facts)",
        soci::use(version.model, "model"), soci::use(number, "version"), soci::use(version.artifact, "artifact"), soci::use(size, "size"),
        soci::use(created, "created"), soci::use(version.actor, "actor"), soci::use(version.description, "description"),
        soci::use(facts, "facts");
  });
}

std::int64_t SociStore::append(const Event& event) {
  const std::string evidence = dump(event.evidence);
  const long long time = microseconds(event.time), from = event.from.value_or(0), to = event.to.value_or(0);
  soci::indicator from_there = event.from ? soci::i_ok : soci::i_null, to_there = event.to ? soci::i_ok : soci::i_null;
  return guarded([&] {
    long long id = event.id != 0 ? event.id : next_event_id();
    soci::indicator id_there = id != 0 ? soci::i_ok : soci::i_null;
    sql_ << "INSERT INTO events (id, time, kind, model, alias, from_version, to_version, actor, reason, evidence) "
            "VALUES (:id, :time, :kind, :model, :alias, :from, :to, :actor, :reason, :evidence)",
        soci::use(id, id_there, "id"), soci::use(time, "time"), soci::use(event.kind, "kind"), soci::use(event.model, "model"),
        soci::use(event.alias, "alias"), soci::use(from, from_there, "from"), soci::use(to, to_there, "to"),
        soci::use(event.actor, "actor"), soci::use(event.reason, "reason"), soci::use(evidence, "evidence");
    if (id == 0) sql_ << "SELECT max(id) FROM events", soci::into(id);
    return static_cast<std::int64_t>(id);
  });
}

std::vector<std::string> SociStore::models() {
  return guarded([&] {
    std::vector<std::string> found;
    std::string model;
    soci::statement rows = (sql_.prepare << "SELECT DISTINCT model FROM versions", soci::into(model));
    rows.execute();
    while (rows.fetch()) found.push_back(model);
    std::ranges::sort(found);  // by bytes, whatever the database's language
    return found;
  });
}

std::vector<ModelVersion> SociStore::versions(const std::string& model) {
  const std::string any = model.empty() ? "1" : "0";
  return guarded([&] {
    std::vector<ModelVersion> found;
    ModelVersion row;
    long long number = 0, size = 0, created = 0;
    std::string facts;
    soci::statement rows =
        (sql_.prepare << "SELECT model, version, artifact, size_bytes, created, actor, description, facts FROM versions "
                         "WHERE (:any = '1' OR model = :model) ORDER BY model, version",
         soci::use(any, "any"), soci::use(model, "model"), soci::into(row.model), soci::into(number), soci::into(row.artifact),
         soci::into(size), soci::into(created), soci::into(row.actor), soci::into(row.description), soci::into(facts));
    rows.execute();
    while (rows.fetch()) {
      row.version = number;
      row.size_bytes = size;
      row.created = time_point(created);
      row.facts = parse_json(facts, 1000);
      found.push_back(row);
    }
    std::ranges::stable_sort(found, {}, &ModelVersion::model);  // by bytes
    return found;
  });
}

// Only words of ours become part of a statement.
static std::string event_conditions(const EventQuery& query) {
  std::string text = "WHERE 1 = 1";
  if (!query.model.empty()) text += " AND model = :model";
  if (query.alias) text += " AND alias = :alias";
  std::string kinds;
  for (const std::string& kind : query.kinds) kinds += upkeep::format("{}'{}'", kinds.empty() ? "" : ", ", kind);
  if (!kinds.empty()) text += upkeep::format(" AND kind IN ({})", kinds);
  return text + (query.newest ? " ORDER BY id DESC LIMIT 1" : " ORDER BY id");
}

std::vector<Event> SociStore::events(const EventQuery& query) {
  const std::string alias = query.alias.value_or("");
  return guarded([&] {
    std::vector<Event> found;
    Event row;
    long long id = 0, time = 0, from = 0, to = 0;
    std::string evidence;
    soci::statement rows(sql_);
    for (long long* number : {&id, &time}) rows.exchange(soci::into(*number));
    for (std::string* text : {&row.kind, &row.model, &row.alias}) rows.exchange(soci::into(*text));
    for (long long* number : {&from, &to}) rows.exchange(soci::into(*number));
    for (std::string* text : {&row.actor, &row.reason, &evidence}) rows.exchange(soci::into(*text));
    if (!query.model.empty()) rows.exchange(soci::use(query.model, "model"));
    if (query.alias) rows.exchange(soci::use(alias, "alias"));
    rows.alloc();
    rows.prepare(
        "SELECT id, time, kind, model, alias, coalesce(from_version, 0), coalesce(to_version, 0), actor, reason, evidence FROM events " +
        event_conditions(query));
    rows.define_and_bind();
    rows.execute();
    while (rows.fetch()) {
      row.id = id;
      row.time = time_point(time);
      row.from = from ? std::optional<std::int64_t>(from) : std::nullopt;
      row.to = to ? std::optional<std::int64_t>(to) : std::nullopt;
      row.evidence = parse_json(evidence, 1000);
      found.push_back(row);
    }
    return found;
  });
}

std::int64_t SociStore::newest_event() {
  return guarded([&] {
    long long id = 0;
    sql_ << "SELECT coalesce(max(id), 0) FROM events", soci::into(id);
    return static_cast<std::int64_t>(id);
  });
}

std::string SociStore::setting(const std::string& key) {
  return guarded([&] {
    std::string value;
    soci::indicator there = soci::i_null;
    sql_ << "SELECT max(value) FROM settings WHERE name = :name", soci::use(key, "name"), soci::into(value, there);
    return there == soci::i_ok ? value : std::string();
  });
}

void SociStore::set(const std::string& key, const std::string& value) {
  guarded([&] {
    sql_ << "DELETE FROM settings WHERE name = :name", soci::use(key, "name");
    sql_ << "INSERT INTO settings (name, value) VALUES (:name, :value)", soci::use(key, "name"), soci::use(value, "value");
  });
}

}  // namespace upkeep::stores
