// The models that serve now, by a policy over what the registry holds.
//
// A thread asks the registry for its state; when it has moved, what changed is tried by a process of its own (candidate.hpp), loaded beside
// what serves, run once, and swapped in. Requests that run keep the version they began with. A version that cannot be loaded changes
// nothing but the reason that the index shows. The version that answered before stays in memory, so that a rollback is at once.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "registry/registry.hpp"
#include "serve/engine/candidate.hpp"
#include "serve/engine/memory.hpp"
#include "serve/engine/served_version.hpp"
#include "serve/engine/version_policy.hpp"
#include "serve/protocol/refusal.hpp"

namespace upkeep::serve {

struct EngineOptions {
  RegistryAddress registry;
  VersionPolicy versions = {};
  VersionOptions version = {};
  CandidateCheck check = {};
  std::size_t memory_bytes = 0;                                           // of all sessions, as measured when they were loaded; 0: no limit
  std::function<std::size_t()> resident_memory = serve::resident_memory;  // of this process
};

struct ServedModel {
  std::map<std::int64_t, std::shared_ptr<const ServedVersion>> versions;  // that answer, by number
  std::int64_t current = 0;                                               // answers where no version is named; 0: none yet
  std::map<std::string, std::int64_t> aliases;                            // names of versions
  std::map<std::int64_t, std::string> problems;                           // versions that should answer and do not, and why
  std::shared_ptr<const ServedVersion> before;                            // answered before the current one; not to be asked
  bool taken_off = false;                                                 // by a request of the repository extension
  bool added_later = false;  // was not there when the server started: that it cannot be loaded is no reason to send traffic elsewhere
};
using ServedModels = std::map<std::string, ServedModel, std::less<>>;

class Engine {
 public:
  // Loads what the policy says. Throws Error when there is no registry. A model that cannot be loaded does not stop the others.
  Engine(const EngineOptions& options, Telemetry& telemetry);
  ~Engine();  // stop()
  // Stops every version: what waits is refused, what runs ends. Before what answers requests goes; nothing is answered from then on.
  void stop();

  void watch(std::chrono::milliseconds every);  // starts the thread
  // One look at the registry. Any thread; one at a time.
  void refresh();

  std::shared_ptr<const ServedModels> models() const;
  // `version`: a number, or an alias of the policy; empty: the current one. kNotFound: unknown model or version; kUnready: the model has
  // no version yet.
  Answer<std::shared_ptr<const ServedVersion>> find(std::string_view model, std::string_view version) const;
  // "" when every model that the policy named at the start has a version that serves.
  std::string unready() const;
  // Why the registry cannot be read now; empty: it can. Serving goes on with what is loaded.
  std::string registry_problem() const;

  // Of the repository extension. They wait for the load; not for threads of the network.
  Answer<void> put_on(const std::string& model);    // what the policy says, tried again where it failed
  Answer<void> take_off(const std::string& model);  // until put_on() or a restart

 private:
  struct Failure {  // to load a version: when it is tried again
    std::chrono::seconds after{};
    std::chrono::steady_clock::time_point at;
  };
  using VersionKey = std::pair<std::string, std::int64_t>;

  void look(bool always);
  void refresh_model(const std::string& name);
  void load_missing(const std::string& name, const WantedVersions& wanted, const std::map<std::int64_t, std::string>& artifacts,
                    ServedModel& served);
  bool wait_for_change(std::chrono::milliseconds at_most);  // whether it was told of one
  std::shared_ptr<const ServedVersion> load(const std::string& name, std::int64_t version);
  Tensors sample_of(const ModelVersion& version, const Model& model, const Session& session) const;
  ServedVersion::Loaded load_session(const ModelVersion& version, const Model* model);
  void make_room(std::size_t bytes, const VersionKey& except);
  void load_failed(const VersionKey& key);
  bool waits(const VersionKey& key) const;  // for another try
  void publish(ServedModels models);
  void reap();

  const EngineOptions options_;
  Telemetry& telemetry_;
  std::mutex refreshing_;  // of what follows: one look at a time
  Registry registry_;
  std::string state_;  // of the registry, as it was read
  std::map<VersionKey, Failure> failures_;
  std::set<std::string> checked_;  // digests that the candidate check has let through
  std::set<std::string> taken_off_;
  bool started_ = false;                                       // the first look is over
  std::vector<std::shared_ptr<const ServedVersion>> retired_;  // until their last request is answered
  std::mutex memory_;                                          // one session is loaded and measured at a time

  mutable std::mutex mutex_;  // of what follows
  std::shared_ptr<const ServedModels> models_ = std::make_shared<ServedModels>();
  std::string registry_problem_;
  std::condition_variable stopped_;
  bool stop_ = false;
  std::optional<Registry> watched_;  // by that thread alone
  std::thread watcher_;
};

}  // namespace upkeep::serve
