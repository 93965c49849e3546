// A registry's rows in one SQLite file: versions and events, both append-only (triggers refuse updates and deletes).
//
// Rollback journal and synchronous=EXTRA: a committed transaction survives a power cut, and several processes may share the file on one
// machine. (FULL does not sync the folder after the journal is gone, so a power cut could bring the journal, and with it the old rows,
// back.) (Not WAL: SQLite 3.7 to 3.51.2 can lose pages when a checkpoint races a reset.) A file that may not be written is read all the
// same.

#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/stat.h>

#include <thread>

#include "base/files.hpp"
#include "base/format.hpp"
#include "registry/address.hpp"
#include "registry/durable_folder.hpp"
#include "registry/stores/shared/soci_store.hpp"

namespace upkeep::stores {

namespace {

namespace fs = std::filesystem;

constexpr int kSchema = 1;
constexpr std::chrono::milliseconds kBetweenLooks{50};

constexpr const char* kTables[] = {
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

// A folder means the file registry.sqlite3 in it.
fs::path file_of(const std::string& uri) {
  const fs::path path = path_of(uri);
  return scheme_of(uri) == "sqlite" && !fs::is_directory(path) ? path : path / "registry.sqlite3";
}

fs::path folder_of(const fs::path& file) { return file.has_parent_path() ? file.parent_path() : fs::path("."); }

// Which file a name means now: another one after somebody has put another in its place. Empty: none.
std::string identity_of(const fs::path& file) {
  struct stat about{};
  return ::stat(file.c_str(), &about) == 0 ? upkeep::format("{}:{}", about.st_dev, about.st_ino) : std::string();
}

class FileHeld : public StoreLock {
 public:
  explicit FileHeld(FileLock lock) : lock_(std::move(lock)) {}

 private:
  FileLock lock_;
};

class SqliteStore : public SociStore {
 public:
  SqliteStore(fs::path file, Opening opening) : file_(std::move(file)) {
    if (file_.string().find('"') != std::string::npos)
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("registry \"{}\": the path must not contain a quotation mark", file_.string()));
    if (opening == Opening::kMake) in_context(where(), [&] { make_durable_folder(folder_of(file_)); });
    const int schema = [&] {
      try {
        return connect(opening);
      } catch (const soci::soci_error& error) {
        throw translated(error);
      }
    }();
    if (schema > kSchema)
      throw Error(ErrorCode::kUnsupported, upkeep::format("registry \"{}\" was made by a newer Upkeep (schema {}, this one knows {})",
                                                          file_.string(), schema, kSchema));
    if (schema < kSchema) make_tables();
  }

  std::string state() override {
    const std::vector<Event> last = events({.newest = true});  // which looks for another file first
    if (last.empty()) return identity_;
    return upkeep::format("{} {} {} {}", identity_, last[0].id, last[0].time.time_since_epoch().count(), last[0].actor);
  }

  // SQLite tells nobody: what its file's times and size say is looked at.
  bool wait_for_change(std::chrono::milliseconds at_most) override {
    const auto end = std::chrono::steady_clock::now() + at_most;
    if (seen_.empty()) seen_ = trace();
    while (trace() == seen_) {
      if (std::chrono::steady_clock::now() >= end) return false;
      std::this_thread::sleep_for(std::min(at_most, kBetweenLooks));
    }
    seen_ = trace();
    return true;
  }

  std::string setting(const std::string& key) override {
    long long there = 0;
    guarded([&] { sql_ << "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'settings'", soci::into(there); });
    return there ? SociStore::setting(key) : std::string();
  }

  // Registries of before there were settings have no such table.
  void set(const std::string& key, const std::string& value) override {
    guarded([&] { sql_ << "CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)"; });
    SociStore::set(key, value);
  }

  std::vector<std::string> problems() override {
    return guarded([&] {
      std::vector<std::string> found;
      std::string line;
      soci::statement pages = (sql_.prepare << "PRAGMA integrity_check", soci::into(line));
      pages.execute();
      while (pages.fetch())
        if (line != "ok") found.push_back("registry.sqlite3: " + line);
      std::string table;
      soci::statement references = (sql_.prepare << "SELECT \"table\" FROM pragma_foreign_key_check", soci::into(table));
      references.execute();
      while (references.fetch()) found.push_back("registry.sqlite3: a row of " + table + " refers to a version that is not there");
      return found;
    });
  }

  std::unique_ptr<StoreLock> publishing() override { return std::make_unique<FileHeld>(FileLock(lock_file())); }

  std::unique_ptr<StoreLock> collecting() override {
    try {
      auto lock = FileLock::try_lock(lock_file());
      return lock ? std::make_unique<FileHeld>(std::move(*lock)) : nullptr;
    } catch (const Error&) {
      return nullptr;  // a folder that may only be read
    }
  }

  // An empty journal is what a process leaves that is killed before its first write.
  void tidy() override {
    sweep_temporaries(folder_of(file_));
    if (!fs::exists(file_.string() + "-journal")) return;
    Transaction transaction(*this);  // waits for a live writer; ours then takes the journal over, and removes it
    guarded([&] { sql_ << upkeep::format("PRAGMA user_version = {}", kSchema); });
    transaction.commit();
  }

  std::string where() const override { return upkeep::format("registry \"{}\"", file_.string()); }
  std::optional<fs::path> folder() const override { return folder_of(file_); }

 protected:
  void begin() override {
    guarded([&] { sql_ << "BEGIN IMMEDIATE"; });
    in_transaction_ = true;
  }

  void commit() override {
    guarded([&] { sql_ << "COMMIT"; });
    in_transaction_ = false;
  }

  void roll_back() noexcept override {
    in_transaction_ = false;
    try {
      sql_ << "ROLLBACK";
    } catch (const std::exception&) {
      // A failed statement (a full disk) has rolled back by itself; closing the session would do so too.
    }
  }

  std::int64_t next_event_id() override { return 0; }
  bool is_lost() override { return false; }

  // A file that was replaced (a restored backup, a symbolic link that points elsewhere now) is opened instead.
  void make_ready() override {
    const std::string now = identity_of(file_);
    if (now == identity_) return;
    if (now.empty()) throw Error(ErrorCode::kNotFound, where() + " is not there any more", "serving goes on with what was read of it");
    connect(Opening::kExisting);
  }

  Error translated(const soci::soci_error& error) const override {
    const auto* own = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
    const int result = own ? own->result() & 0xff : SQLITE_ERROR;  // the extended codes refine the lowest byte
    const bool corrupt = result == SQLITE_CORRUPT || result == SQLITE_NOTADB;
    return Error(corrupt ? ErrorCode::kCorrupt : ErrorCode::kIo, error.what(), hint(result)).in(where());
  }

 private:
  static std::string hint(int result) {
    if (result == SQLITE_FULL) return "free some space on that disk and try again; nothing was changed";
    if (result == SQLITE_BUSY) return "another process has held the registry for 30 seconds";
    if (result == SQLITE_READONLY || result == SQLITE_CANTOPEN)
      return "to change a registry, the folder and the file must be writable; to read one after a writer was killed, somebody who may "
             "write must "
             "open it once";
    if (result == SQLITE_CORRUPT || result == SQLITE_NOTADB) return "restore the file from a backup";
    return {};
  }

  // Returns the schema that the file has.
  int connect(Opening opening) {
    int schema = 0;
    if (opening == Opening::kExisting && identity_of(file_).empty())
      throw Error(ErrorCode::kNotFound, upkeep::format("no registry in {}", folder_of(file_).string()),
                  "upkeep registry publish makes one");
    sql_.close();
    sql_.open(soci::sqlite3, upkeep::format("dbname=\"{}\" timeout=30", file_.string()));
    identity_ = identity_of(file_);
    for (const char* pragma : {"PRAGMA journal_mode=DELETE", "PRAGMA synchronous=EXTRA", "PRAGMA foreign_keys=ON",
                               "PRAGMA trusted_schema=OFF", "PRAGMA mmap_size=0"}) {
      std::string answer;
      sql_ << pragma, soci::into(answer);
    }
    sql_ << "PRAGMA user_version", soci::into(schema);
    return schema;
  }

  void make_tables() {
    Transaction transaction(*this);
    guarded([&] {
      int schema = 0;
      sql_ << "PRAGMA user_version", soci::into(schema);  // somebody may have been quicker
      if (schema == kSchema) return;
      for (const char* table : kTables) sql_ << table;
      sql_ << upkeep::format("PRAGMA user_version = {}", kSchema);
    });
    transaction.commit();
  }

  // Held while an artefact and its row are written: whoever holds it knows that no other process is in the middle of that.
  fs::path lock_file() const { return folder_of(file_) / "lock"; }

  std::string trace() const {
    struct stat about{};
    if (::stat(file_.c_str(), &about) != 0) return {};
    return upkeep::format("{}:{} {} {}.{}", about.st_dev, about.st_ino, about.st_size, about.st_mtim.tv_sec, about.st_mtim.tv_nsec);
  }

  fs::path file_;
  std::string identity_;
  std::string seen_;  // by wait_for_change()
};

}  // namespace

void add_sqlite(StoreCatalog& catalog) {
  catalog.add({.name = "sqlite",
               .help = "one file in a folder, for one machine: DIR, or sqlite:FILE",
               .settings = {},
               .schemes = {"", "sqlite"},
               .exists = [](const std::string& uri) { return fs::exists(file_of(uri)); },
               .open = [](const std::string& uri, Opening opening) -> std::unique_ptr<Store> {
                 return std::make_unique<SqliteStore>(file_of(uri), opening);
               }});
}

}  // namespace upkeep::stores
