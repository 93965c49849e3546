// Artefacts in an object store, through Arrow's filesystems: one object each, written whole or not at all, read back when it was written.
//
// Credentials are the environment's (AWS_ACCESS_KEY_ID, ~/.aws, an instance's role) unless the URI has them. Arrow's library for S3 costs
// a tenth of a second and 20 MB, so it is loaded when the first such URI is opened.

#include <dlfcn.h>

#include <cstdlib>

#include "base/clock.hpp"
#include "base/format.hpp"
#include "base/sha256.hpp"
#include "registry/address.hpp"
#include "registry/artifacts/artifacts.hpp"
#include "registry/artifacts/shared/objects.hpp"

namespace upkeep::artifacts {

namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "upkeep_objects.so";

// Where the build made it; where an installed program, or the installed library, has it.
std::vector<fs::path> places_of_module() {
  std::vector<fs::path> paths{fs::path(UPKEEP_MODULES) / kFile};
  Dl_info self{};
  if (dladdr(reinterpret_cast<const void*>(&places_of_module), &self) != 0 && self.dli_fname)
    paths.push_back(fs::path(self.dli_fname).parent_path() / "upkeep" / kFile);
  std::error_code problem;
  const fs::path program = fs::read_symlink("/proc/self/exe", problem);
  if (!problem) paths.push_back(program.parent_path().parent_path() / UPKEEP_LIBRARY_FOLDER / "upkeep" / kFile);
  return paths;
}

const ObjectsModule* load_module() {
  std::vector<std::string> tried;
  for (const fs::path& path : places_of_module()) {
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    using Entry = const ObjectsModule* (*)();
    if (const auto entry = library ? reinterpret_cast<Entry>(dlsym(library, kObjectsSymbol)) : nullptr) return entry();
    const char* problem = dlerror();
    tried.emplace_back(problem ? problem : path.string());
  }
  throw Error(ErrorCode::kNotFound, "the part of Upkeep that uses object stores cannot be loaded (" + join(tried, "; ") + ")",
              "it needs Arrow's libarrow_s3, which the wheel of pyarrow has");
}

const ObjectsModule& objects_module() {
  static const ObjectsModule* const table = load_module();
  return *table;
}

class ObjectStoreArtifacts : public Artifacts {
 public:
  explicit ObjectStoreArtifacts(std::string uri)
      : uri_(std::move(uri)), store_(objects_module().open(uri_.c_str()), objects_module().close) {
    if (!store_) throw failure("open it");
  }

  std::string put(std::string_view bytes) const override {
    const std::string digest = sha256(bytes);
    if (problem(digest).empty()) return digest;
    if (objects_module().write(store_.get(), key_of(digest).c_str(), bytes.data(), bytes.size()) != ObjectStatus::kDone)
      throw failure("write " + key_of(digest));
    get(digest);
    return digest;
  }

  std::string get(const std::string& digest) const override {
    std::string bytes;
    switch (objects_module().read(store_.get(), key_of(digest).c_str(), &bytes)) {
      case ObjectStatus::kDone: break;
      case ObjectStatus::kMissing: throw Error(ErrorCode::kNotFound, upkeep::format("artefact \"{}\" is missing", named(digest)));
      case ObjectStatus::kFailed: throw failure("read " + key_of(digest));
    }
    expect_digest(bytes, digest, named(digest));
    return bytes;
  }

  bool has(const std::string& digest) const override {
    const ObjectStatus there = objects_module().exists(store_.get(), key_of(digest).c_str());
    if (there == ObjectStatus::kFailed) throw failure("look for " + key_of(digest));
    return there == ObjectStatus::kDone;
  }

  std::string problem(const std::string& digest) const override {
    try {
      get(digest);
      return {};
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kIo) throw;  // whether it is whole is not known
      return error.message();
    }
  }

  std::optional<fs::path> file(const std::string&) const override { return std::nullopt; }

  bool remove(const std::string& digest) const override {
    if (!has(digest)) return false;
    if (objects_module().remove(store_.get(), key_of(digest).c_str()) != ObjectStatus::kDone) throw failure("remove " + key_of(digest));
    return true;
  }

  std::size_t sweep(const std::set<std::string>& referred, std::chrono::seconds age) const override {
    const TimePoint old = system_clock().now() - age;
    struct Listed {
      const std::set<std::string>& referred;
      std::int64_t old;
      std::vector<std::string> gone;
    } listed{referred, old.time_since_epoch().count(), {}};
    const auto each = [](void* to, const char* name, std::int64_t written) {
      auto& into = *static_cast<Listed*>(to);
      if (is_digest(name) && written <= into.old && !into.referred.contains(name)) into.gone.emplace_back(name);
    };
    if (objects_module().list(store_.get(), "sha256", each, &listed) != ObjectStatus::kDone) throw failure("list it");
    for (const std::string& digest : listed.gone) remove(digest);
    return listed.gone.size();
  }

  bool is_near() const override { return false; }
  std::string address() const override { return without_user(uri_); }

 private:
  // Keys are not kept in a database that others read.
  static std::string without_user(const std::string& uri) {
    const std::size_t begin = uri.find("://") + 3, at = uri.find('@');
    return at == std::string::npos || at > uri.find('?') ? uri : uri.substr(0, begin) + uri.substr(at + 1);
  }

  std::string named(const std::string& digest) const { return address() + " " + key_of(digest); }

  Error failure(const std::string& what) const {
    return Error(ErrorCode::kIo, upkeep::format("cannot {}: {}", what, objects_module().problem()))
        .in(upkeep::format("artefacts \"{}\"", address()));
  }

  std::string uri_;
  std::unique_ptr<void, void (*)(void*)> store_;
};

}  // namespace

void add_object_store(ArtifactsCatalog& catalog) {
  catalog.add({.name = "object-store",
               .help = "objects under a prefix of a bucket, for several machines: s3://BUCKET/PREFIX, with Arrow's parameters "
                       "(?region=..., ?endpoint_override=HOST:PORT&scheme=http); gs:// and abfs:// likewise",
               .settings = {},
               .schemes = {"s3", "gs", "gcs", "abfs", "abfss"},
               .open = [](const std::string& uri) -> std::unique_ptr<Artifacts> { return std::make_unique<ObjectStoreArtifacts>(uri); }});
}

}  // namespace upkeep::artifacts
