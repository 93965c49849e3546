// A registry's rows in the schema "upkeep" of a PostgreSQL database, for several machines.
//
// Writers take turns by an advisory lock, so that events are numbered in the order in which they are committed and a replica that has seen
// event 7 has seen all before it. NOTIFY only wakes replicas up: it is lost while a replica is not connected, so they look as well.
// SOCI's part for PostgreSQL, and with it libpq, is loaded by name when the first such registry is opened.

#include <dlfcn.h>
#include <poll.h>
#include <soci/postgresql/soci-postgresql.h>

#include <algorithm>
#include <cerrno>

#include "base/format.hpp"
#include "registry/address.hpp"
#include "registry/stores/shared/soci_store.hpp"

namespace upkeep::stores {

namespace {

constexpr int kDatabaseSchema = 1;
constexpr int kWriting = 1, kArtefacts = 2;  // advisory locks, beside kOurs
constexpr int kOurs = 0x75706b70;            // "upkp"

// What a connection has unless the URI says otherwise: nothing waits for ever for a server that does not answer.
constexpr std::pair<const char*, const char*> kParameters[] = {
    {"connect_timeout", "10"},     {"keepalives_idle", "5"},       {"keepalives_interval", "5"}, {"keepalives_count", "3"},
    {"tcp_user_timeout", "15000"}, {"application_name", "upkeep"}, {"client_encoding", "UTF8"}};

constexpr const char* kSession[] = {
    "SET search_path TO upkeep, pg_catalog",
    "SET client_min_messages TO warning",
    "SET statement_timeout TO '60s'",
    "SET lock_timeout TO '30s'",
    "SET idle_in_transaction_session_timeout TO '60s'",
    // What is acknowledged is on the disk, whatever the server's default.
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
};

constexpr const char* kDatabaseTables[] = {
    "CREATE SCHEMA IF NOT EXISTS upkeep",
    "CREATE TABLE upkeep.versions (model text NOT NULL, version bigint NOT NULL CHECK (version >= 1), artifact text NOT NULL, size_bytes "
    "bigint NOT NULL, created bigint NOT NULL, actor text NOT NULL, description text NOT NULL, facts text NOT NULL, "
    "PRIMARY KEY (model, version), UNIQUE (model, artifact))",
    "CREATE INDEX versions_by_artifact ON upkeep.versions (artifact)",
    // Times are microseconds since 1970, UTC.
    "CREATE TABLE upkeep.events (id bigint PRIMARY KEY, time bigint NOT NULL, kind text NOT NULL, model text NOT NULL, alias text NOT "
    "NULL, "
    "from_version bigint, to_version bigint, actor text NOT NULL, reason text NOT NULL, evidence text NOT NULL, "
    "FOREIGN KEY (model, from_version) REFERENCES upkeep.versions (model, version), "
    "FOREIGN KEY (model, to_version) REFERENCES upkeep.versions (model, version))",
    "CREATE INDEX events_by_alias ON upkeep.events (model, alias, id)",
    "CREATE TABLE upkeep.settings (name text PRIMARY KEY, value text NOT NULL)",
    "CREATE FUNCTION upkeep.refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''% are never changed or removed'', "
    "TG_TABLE_NAME; END'",
    "CREATE TRIGGER versions_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON upkeep.versions FOR EACH STATEMENT EXECUTE FUNCTION "
    "upkeep.refuse_change()",
    "CREATE TRIGGER events_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON upkeep.events FOR EACH STATEMENT EXECUTE FUNCTION "
    "upkeep.refuse_change()",
    // The views are documented in docs/registry.md; programs of others read these, not the tables.
    "CREATE VIEW upkeep.registry_events AS SELECT id, timestamptz 'epoch' + time * interval '1 microsecond' AS time, kind, model, "
    "nullif(alias, '') AS alias, from_version, to_version, actor, reason, CAST(evidence AS jsonb) AS evidence FROM upkeep.events",
    "CREATE VIEW upkeep.model_aliases AS SELECT model, alias, version, since, EXISTS (SELECT 1 FROM upkeep.events h WHERE h.model = "
    "m.model "
    "AND h.alias = m.alias AND h.kind = 'held' AND NOT EXISTS (SELECT 1 FROM upkeep.events r WHERE r.model = h.model AND r.alias = h.alias "
    "AND r.kind IN ('released', 'alias_removed') AND r.id > h.id)) AS held FROM (SELECT DISTINCT ON (model, alias) model, alias, "
    "to_version AS version, "
    "timestamptz 'epoch' + time * interval '1 microsecond' AS since FROM upkeep.events WHERE kind IN ('promoted', 'rolled_back', "
    "'alias_removed') ORDER BY model, alias, id DESC) m WHERE version IS NOT NULL",
    "CREATE VIEW upkeep.model_versions AS SELECT v.model, v.version, v.artifact AS sha256, v.size_bytes, timestamptz 'epoch' + v.created * "
    "interval '1 microsecond' AS created, v.actor, v.description, CAST(v.facts AS jsonb) AS facts, coalesce((SELECT e.kind = 'deleted' "
    "FROM "
    "upkeep.events e WHERE e.model = v.model AND e.to_version = v.version AND e.kind IN ('deleted', 'restored') ORDER BY e.id DESC LIMIT "
    "1), "
    "false) AS deleted, ARRAY(SELECT a.alias FROM upkeep.model_aliases a WHERE a.model = v.model AND a.version = v.version ORDER BY "
    "a.alias) "
    "AS aliases FROM upkeep.versions v",
};

// libpq's functions for notifications, which SOCI does not have. The library is there, because SOCI's part has loaded it.
struct Pq {
  decltype(&PQconsumeInput) consume_input;
  decltype(&PQnotifies) notifies;
  decltype(&PQfreemem) free_memory;
  decltype(&PQsocket) socket;
};

const Pq& pq() {
  static const Pq functions = [] {
    void* library = ::dlopen("libpq.so.5", RTLD_NOW | RTLD_NOLOAD);
    const auto found = [&]<typename F>(F& function, const char* name) {
      function = library ? reinterpret_cast<F>(::dlsym(library, name)) : nullptr;
      if (!function) throw Error(ErrorCode::kInternal, upkeep::format("libpq.so.5 has no {}", name));
    };
    Pq made{};
    found(made.consume_input, "PQconsumeInput");
    found(made.notifies, "PQnotifies");
    found(made.free_memory, "PQfreemem");
    found(made.socket, "PQsocket");
    return made;
  }();
  return functions;
}

std::string with_parameters(const std::string& uri) {
  std::string made = uri;
  for (const auto& [name, value] : kParameters) {
    const bool given = uri.contains(upkeep::format("?{}=", name)) || uri.contains(upkeep::format("&{}=", name));
    if (!given) made += upkeep::format("{}{}={}", made.contains('?') ? "&" : "?", name, value);
  }
  return made;
}

class PostgresqlStore : public SociStore {
 public:
  PostgresqlStore(std::string uri, Opening opening) : uri_(std::move(uri)) {
    guarded([] {});
    const int schema = made_schema();
    if (schema > kDatabaseSchema)
      throw Error(ErrorCode::kUnsupported,
                  upkeep::format("it was made by a newer Upkeep (schema {}, this one knows {})", schema, kDatabaseSchema))
          .in(where());
    if (schema == 0 && opening == Opening::kExisting)
      throw Error(ErrorCode::kNotFound, "the database has no schema \"upkeep\" with a registry", "upkeep registry publish makes one")
          .in(where());
    if (schema == 0) make_tables();
  }

  std::string state() override {
    return guarded([&] {
      std::string text;
      sql_ << "SELECT concat_ws(' ', (SELECT oid FROM pg_namespace WHERE nspname = 'upkeep'), (SELECT concat_ws(' ', id, time, actor) FROM "
              "events ORDER BY id DESC LIMIT 1))",
          soci::into(text);
      return text;
    });
  }

  bool wait_for_change(std::chrono::milliseconds at_most) override {
    const auto end = std::chrono::steady_clock::now() + at_most;
    return guarded([&] {
      if (!listening_) sql_ << "LISTEN upkeep_registry";
      listening_ = true;
      while (!notified()) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        if (left.count() <= 0) return false;
        pollfd socket{pq().socket(connection()), POLLIN, 0};
        if (::poll(&socket, 1, static_cast<int>(left.count())) < 0 && errno != EINTR) return false;
        if (pq().consume_input(connection()) == 0) throw soci::soci_error("the connection to the database was lost");
      }
      return true;
    });
  }

  std::vector<std::string> problems() override { return {}; }  // the database checks its own pages and references

  std::unique_ptr<StoreLock> publishing() override {
    guarded([&] { sql_ << upkeep::format("SELECT pg_advisory_lock_shared({}, {})", kOurs, kArtefacts); });
    return std::make_unique<Held>(*this, "pg_advisory_unlock_shared");
  }

  std::unique_ptr<StoreLock> collecting() override {
    int taken = 0;
    guarded([&] {
      sql_ << upkeep::format("SELECT CASE WHEN pg_try_advisory_lock({}, {}) THEN 1 ELSE 0 END", kOurs, kArtefacts), soci::into(taken);
    });
    return taken ? std::make_unique<Held>(*this, "pg_advisory_unlock") : nullptr;
  }

  std::string where() const override { return upkeep::format("registry \"{}\"", without_secrets(uri_)); }
  std::optional<std::filesystem::path> folder() const override { return std::nullopt; }

 protected:
  void begin() override {
    guarded([&] { sql_ << "BEGIN"; });
    in_transaction_ = true;
    try {
      guarded([&] { sql_ << upkeep::format("SELECT pg_advisory_xact_lock({}, {})", kOurs, kWriting); });
    } catch (const Error&) {
      roll_back();
      throw;
    }
  }

  void commit() override {
    try {
      sql_ << "COMMIT";
      in_transaction_ = false;
    } catch (const soci::soci_error& error) {
      if (sql_.is_connected()) throw translated(error);
      throw Error(ErrorCode::kIo, upkeep::format("the connection was lost while the change was committed ({})", error.what()),
                  "whether it was made, `upkeep registry history` tells; making it again does no harm")
          .in(where());
    }
  }

  void roll_back() noexcept override {
    in_transaction_ = false;
    try {
      if (sql_.is_connected()) sql_ << "ROLLBACK";
    } catch (const std::exception&) {
      // The server rolls back what a lost connection had begun.
    }
  }

  std::int64_t next_event_id() override {
    long long id = 0;
    sql_ << "SELECT coalesce(max(id), 0) + 1 FROM events", soci::into(id);
    sql_ << "SELECT pg_notify('upkeep_registry', '')";  // sent when this is committed
    return id;
  }

  bool is_lost() override { return locks_ == 0 && !sql_.is_connected(); }

  void make_ready() override {
    if (connected_ && sql_.is_connected()) return;
    if (locks_ > 0) throw soci::soci_error("the connection to the database was lost");  // and the lock with it
    connected_ = listening_ = false;
    sql_.close();
    sql_.open("postgresql", with_parameters(uri_));
    for (const char* statement : kSession) sql_ << statement;
    connected_ = true;
  }

  Error translated(const soci::soci_error& error) const override {
    std::string text = error.get_error_message();
    while (!text.empty() && text.back() == '\n') text.pop_back();
    std::string hint;
    switch (error.get_error_category()) {
      case soci::soci_error::no_privilege: hint = "the role of the connection lacks that right"; break;
      case soci::soci_error::connection_error: hint = "is the server running, and does the URI name it?"; break;
      default: break;
    }
    return Error(ErrorCode::kIo, text, hint).in(where());
  }

 private:
  class Held : public StoreLock {
   public:
    Held(PostgresqlStore& store, const char* release) : store_(store), release_(release) { ++store_.locks_; }
    ~Held() override {
      --store_.locks_;
      try {
        if (store_.sql_.is_connected()) store_.sql_ << upkeep::format("SELECT {}({}, {})", release_, kOurs, kArtefacts);
      } catch (const std::exception&) {
        // A lost connection holds nothing.
      }
    }

   private:
    PostgresqlStore& store_;
    const char* release_;
  };

  PGconn* connection() { return static_cast<soci::postgresql_session_backend*>(sql_.get_backend())->conn_; }

  bool notified() {
    bool any = false;
    while (PGnotify* one = pq().notifies(connection())) {
      pq().free_memory(one);
      any = true;
    }
    return any;
  }

  int made_schema() {  // 0: there is none
    int there = 0;
    guarded([&] { sql_ << "SELECT CASE WHEN to_regclass('upkeep.settings') IS NULL THEN 0 ELSE 1 END", soci::into(there); });
    return there ? std::stoi("0" + setting("schema")) : 0;
  }

  void make_tables() {
    Transaction transaction(*this);
    if (made_schema() != 0) return;  // somebody was quicker
    guarded([&] {
      for (const char* table : kDatabaseTables) sql_ << table;
    });
    set("schema", std::to_string(kDatabaseSchema));
    transaction.commit();
  }

  std::string uri_;
  bool connected_ = false, listening_ = false;
  int locks_ = 0;
};

}  // namespace

void add_postgresql(StoreCatalog& catalog) {
  const auto exists = [](const std::string& uri) {
    try {
      PostgresqlStore store(uri, Opening::kExisting);
      return true;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kNotFound) throw;
      return false;
    }
  };
  catalog.add({.name = "postgresql",
               .help = "a PostgreSQL database, for several machines: postgresql://USER@HOST/DATABASE",
               .settings = {},
               .schemes = {"postgresql", "postgres"},
               .exists = exists,
               .open = [](const std::string& uri, Opening opening) -> std::unique_ptr<Store> {
                 return std::make_unique<PostgresqlStore>(uri, opening);
               }});
}

}  // namespace upkeep::stores
