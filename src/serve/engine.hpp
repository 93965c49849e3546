// The models that serve now: for every model of the registry that has the alias, the version it points at.
//
// A thread asks the registry for its epoch; when it has moved, what changed is tried by a process of its own (candidate.hpp), loaded beside
// what serves, run once, and swapped in.
// Requests that run keep the version they began with. A version that cannot be loaded changes nothing but the reason that the index shows.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "registry/registry.hpp"
#include "serve/candidate.hpp"
#include "serve/loaded_model.hpp"
#include "serve/refusal.hpp"

namespace upkeep::serve {

struct EngineOptions {
  std::filesystem::path registry;
  std::string alias = "production";
  int threads = 1;  // of ONNX Runtime, per model
  CandidateCheck check = {};
};

struct ServedModel {
  std::shared_ptr<const LoadedModel> current;   // null: no version could be loaded yet
  std::shared_ptr<const LoadedModel> previous;  // still there for requests that name it, and for a rollback
  std::int64_t wanted = 0;                      // the version the alias points at
  std::string problem;                          // why that one does not serve; empty when it does
};
using ServedModels = std::map<std::string, ServedModel, std::less<>>;

class Engine {
 public:
  // Loads what the alias points at. Throws Error when there is no registry. A model that cannot be loaded does not stop the others.
  Engine(const EngineOptions& options, Telemetry& telemetry);
  ~Engine();

  void watch(std::chrono::milliseconds every);  // starts the thread
  // One look at the registry. Not to be called while the thread runs.
  void refresh();

  std::shared_ptr<const ServedModels> models() const;
  // `version` empty: the current one. 404: unknown model or version; 503: the model has no version yet.
  Answer<std::shared_ptr<const LoadedModel>> find(std::string_view model, std::string_view version) const;
  // "" when every model with the alias has a version that serves.
  std::string unready() const;

 private:
  struct Failure {  // to load a version: when it is tried again
    std::int64_t version = 0;
    std::chrono::seconds after{};
    std::chrono::steady_clock::time_point at;
  };
  void refresh_model(const std::string& name, std::int64_t wanted);
  std::shared_ptr<const LoadedModel> load(const std::string& name, std::int64_t version);
  void load_failed(const std::string& name, std::int64_t version);
  bool waits(const std::string& name, std::int64_t version) const;  // for another try
  void publish(ServedModels models);

  EngineOptions options_;
  Telemetry& telemetry_;
  Registry registry_;
  std::int64_t epoch_ = -1;
  std::map<std::string, Failure> failures_;  // by model
  std::string last_problem_;                 // of reading the registry: said once

  mutable std::mutex mutex_;
  std::shared_ptr<const ServedModels> models_ = std::make_shared<ServedModels>();
  std::condition_variable stopped_;
  bool stop_ = false;
  std::thread watcher_;
};

}  // namespace upkeep::serve
