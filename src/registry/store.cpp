#include "registry/store.hpp"

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include "base/format.hpp"
#include "base/json.hpp"

namespace upkeep {

namespace fs = std::filesystem;

static constexpr int kSchema = 1;

static constexpr const char* kTables[] = {
    "CREATE TABLE versions (model TEXT NOT NULL, version INTEGER NOT NULL CHECK (version >= 1), artifact TEXT NOT NULL, size_bytes INTEGER "
    "NOT NULL, "
    "created INTEGER NOT NULL, actor TEXT NOT NULL, description TEXT NOT NULL, facts TEXT NOT NULL, PRIMARY KEY (model, version), UNIQUE "
    "(model, artifact))",
    "CREATE INDEX versions_by_artifact ON versions (artifact)",
    // Times are microseconds since 1970, UTC.
    "CREATE TABLE events (id INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, kind TEXT NOT NULL, model TEXT NOT NULL, alias TEXT "
    "NOT NULL, "
    "from_version INTEGER, to_version INTEGER, actor TEXT NOT NULL, reason TEXT NOT NULL, evidence TEXT NOT NULL, "
    "FOREIGN KEY (model, from_version) REFERENCES versions (model, version), FOREIGN KEY (model, to_version) REFERENCES versions (model, "
    "version))",
    "CREATE INDEX events_by_alias ON events (model, alias, id)",
    "CREATE TRIGGER versions_stay BEFORE UPDATE ON versions BEGIN SELECT RAISE(ABORT, 'versions are never changed'); END",
    "CREATE TRIGGER versions_last BEFORE DELETE ON versions BEGIN SELECT RAISE(ABORT, 'versions are never removed'); END",
    "CREATE TRIGGER events_stay BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are never changed'); END",
    "CREATE TRIGGER events_last BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are never removed'); END",
};

struct RegistryStore::State {
  fs::path file;
  soci::session sql;

  // Runs `work`; what SOCI throws comes out as our Error with the file's name.
  template <typename Work>
  decltype(auto) guarded(Work&& work) {
    try {
      return std::forward<Work>(work)();
    } catch (const soci::sqlite3_soci_error& error) {
      const int result = error.result() & 0xff;  // the extended codes refine the lowest byte
      const bool corrupt = result == SQLITE_CORRUPT || result == SQLITE_NOTADB;
      throw Error(corrupt ? ErrorCode::kCorrupt : ErrorCode::kIo, error.what(), hint(result))
          .in(upkeep::format("registry \"{}\"", file.string()));
    } catch (const soci::soci_error& error) {
      throw Error(ErrorCode::kIo, error.what()).in(upkeep::format("registry \"{}\"", file.string()));
    }
  }

  static std::string hint(int result) {
    if (result == SQLITE_FULL) return "free some space on that disk and try again; nothing was changed";
    if (result == SQLITE_BUSY) return "another process has held the registry for 30 seconds";
    if (result == SQLITE_READONLY || result == SQLITE_CANTOPEN) return "the folder and the file must be writable";
    if (result == SQLITE_CORRUPT || result == SQLITE_NOTADB) return "restore the file from a backup";
    return {};
  }
};

static std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }
static TimePoint time_point(long long microseconds) { return TimePoint(std::chrono::microseconds(microseconds)); }
static long long microseconds(TimePoint time) { return time.time_since_epoch().count(); }

RegistryStore::RegistryStore(const fs::path& file) : state_(std::make_unique<State>()) {
  state_->file = file;
  if (file.string().find('"') != std::string::npos)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("registry \"{}\": the path must not contain a quotation mark", file.string()));
  int schema = 0;
  state_->guarded([&] {
    state_->sql.open(soci::sqlite3, upkeep::format("dbname=\"{}\" timeout=30", file.string()));
    for (const char* pragma : {"PRAGMA journal_mode=DELETE", "PRAGMA synchronous=EXTRA", "PRAGMA foreign_keys=ON",
                               "PRAGMA trusted_schema=OFF", "PRAGMA mmap_size=0"}) {
      std::string answer;
      state_->sql << pragma, soci::into(answer);
    }
    state_->sql << "PRAGMA user_version", soci::into(schema);
  });
  if (schema > kSchema)
    throw Error(ErrorCode::kUnsupported, upkeep::format("registry \"{}\" was made by a newer Upkeep (schema {}, this one knows {})",
                                                        file.string(), schema, kSchema));
  if (schema == kSchema) return;
  Transaction transaction(*this);
  state_->guarded([&] {
    state_->sql << "PRAGMA user_version", soci::into(schema);  // somebody may have been quicker
    if (schema == kSchema) return;
    for (const char* table : kTables) state_->sql << table;
    state_->sql << upkeep::format("PRAGMA user_version = {}", kSchema);
  });
  transaction.commit();
}

RegistryStore::~RegistryStore() = default;

RegistryStore::Transaction::Transaction(RegistryStore& store) : store_(store) {
  store_.state_->guarded([&] { store_.state_->sql << "BEGIN IMMEDIATE"; });
}

RegistryStore::Transaction::~Transaction() {
  if (!open_) return;
  try {
    store_.state_->sql << "ROLLBACK";
  } catch (const soci::soci_error&) {
    // A failed statement (a full disk) has rolled back by itself; closing the session would do so too.
  }
}

void RegistryStore::Transaction::commit() {
  store_.state_->guarded([&] { store_.state_->sql << "COMMIT"; });
  open_ = false;
}

void RegistryStore::insert(const ModelVersion& version) {
  const std::string facts = dump(version.facts);
  const long long number = version.version, size = version.size_bytes, created = microseconds(version.created);
  state_->guarded([&] {
    state_->sql << "INSERT INTO versions VALUES (:model, :version, :artifact, :size, :created, :actor, :description, :facts)",
        soci::use(version.model, "model"), soci::use(number, "version"), soci::use(version.artifact, "artifact"), soci::use(size, "size"),
        soci::use(created, "created"), soci::use(version.actor, "actor"), soci::use(version.description, "description"),
        soci::use(facts, "facts");
  });
}

std::int64_t RegistryStore::append(const Event& event) {
  const std::string evidence = dump(event.evidence);
  const long long time = microseconds(event.time), from = event.from.value_or(0), to = event.to.value_or(0);
  soci::indicator from_there = event.from ? soci::i_ok : soci::i_null, to_there = event.to ? soci::i_ok : soci::i_null;
  long long id = 0;
  state_->guarded([&] {
    state_->sql << "INSERT INTO events (time, kind, model, alias, from_version, to_version, actor, reason, evidence) "
                   "VALUES (:time, :kind, :model, :alias, :from, :to, :actor, :reason, :evidence)",
        soci::use(time, "time"), soci::use(event.kind, "kind"), soci::use(event.model, "model"), soci::use(event.alias, "alias"),
        soci::use(from, from_there, "from"), soci::use(to, to_there, "to"), soci::use(event.actor, "actor"),
        soci::use(event.reason, "reason"), soci::use(evidence, "evidence");
    state_->sql << "SELECT last_insert_rowid()", soci::into(id);
  });
  return id;
}

std::vector<std::string> RegistryStore::models() {
  return state_->guarded([&] {
    std::vector<std::string> found;
    std::string model;
    soci::statement rows = (state_->sql.prepare << "SELECT DISTINCT model FROM versions ORDER BY model", soci::into(model));
    rows.execute();
    while (rows.fetch()) found.push_back(model);
    return found;
  });
}

std::vector<ModelVersion> RegistryStore::versions(const std::string& model) {
  return state_->guarded([&] {
    std::vector<ModelVersion> found;
    ModelVersion row{.model = model};
    long long number = 0, size = 0, created = 0;
    std::string facts;
    soci::statement rows = (state_->sql.prepare << "SELECT version, artifact, size_bytes, created, actor, description, facts FROM versions "
                                                   "WHERE model = :model ORDER BY version",
                            soci::use(model, "model"), soci::into(number), soci::into(row.artifact), soci::into(size), soci::into(created),
                            soci::into(row.actor), soci::into(row.description), soci::into(facts));
    rows.execute();
    while (rows.fetch()) {
      row.version = number;
      row.size_bytes = size;
      row.created = time_point(created);
      row.facts = parse_json(facts, 1000);
      found.push_back(row);
    }
    return found;
  });
}

std::vector<Event> RegistryStore::events(const std::string& model, const std::optional<std::string>& alias) {
  const std::string any_model = model.empty() ? "1" : "0", wanted_alias = alias.value_or(""), any_alias = alias ? "0" : "1";
  return state_->guarded([&] {
    std::vector<Event> found;
    Event row;
    long long id = 0, time = 0, from = 0, to = 0;
    std::string evidence;
    soci::statement rows =
        (state_->sql.prepare << "SELECT id, time, kind, model, alias, coalesce(from_version, 0), coalesce(to_version, 0), actor, reason, "
                                "evidence FROM events "
                                "WHERE (:any_model = '1' OR model = :model) AND (:any_alias = '1' OR alias = :alias) ORDER BY id",
         soci::use(any_model, "any_model"), soci::use(model, "model"), soci::use(any_alias, "any_alias"), soci::use(wanted_alias, "alias"),
         soci::into(id), soci::into(time), soci::into(row.kind), soci::into(row.model), soci::into(row.alias), soci::into(from),
         soci::into(to), soci::into(row.actor), soci::into(row.reason), soci::into(evidence));
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

std::int64_t RegistryStore::newest_event() {
  return state_->guarded([&] {
    long long id = 0;
    state_->sql << "SELECT coalesce(max(id), 0) FROM events", soci::into(id);
    return id;
  });
}

std::set<std::string> RegistryStore::artifacts() {
  return state_->guarded([&] {
    std::set<std::string> found;
    std::string artifact;
    soci::statement rows = (state_->sql.prepare << "SELECT DISTINCT artifact FROM versions", soci::into(artifact));
    rows.execute();
    while (rows.fetch()) found.insert(artifact);
    return found;
  });
}

std::vector<std::string> RegistryStore::problems() {
  return state_->guarded([&] {
    std::vector<std::string> found;
    std::string line;
    soci::statement pages = (state_->sql.prepare << "PRAGMA integrity_check", soci::into(line));
    pages.execute();
    while (pages.fetch())
      if (line != "ok") found.push_back("registry.sqlite3: " + line);
    std::string table;
    soci::statement references = (state_->sql.prepare << "SELECT \"table\" FROM pragma_foreign_key_check", soci::into(table));
    references.execute();
    while (references.fetch()) found.push_back("registry.sqlite3: a row of " + table + " refers to a version that is not there");
    return found;
  });
}

void RegistryStore::clear_stale_journal() {
  if (!fs::exists(state_->file.string() + "-journal")) return;
  Transaction transaction(*this);  // waits for a live writer; ours then takes the journal over, and removes it
  state_->guarded([&] { state_->sql << upkeep::format("PRAGMA user_version = {}", kSchema); });
  transaction.commit();
}

}  // namespace upkeep
