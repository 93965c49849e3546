#include "serve/engine.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/progress.hpp"

namespace upkeep::serve {

// A version that could not be loaded is tried again: the artefact may have been repaired, memory freed. After this, and each time after
// twice as long, because trying it may take a minute of work.
static constexpr std::chrono::seconds kRetry{10};
static constexpr std::chrono::seconds kLongestRetry{3600};

Engine::Engine(const EngineOptions& options, Telemetry& telemetry)
    : options_(options), telemetry_(telemetry), registry_(Registry::existing(options.registry)) {
  refresh();
}

Engine::~Engine() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_all();
  if (watcher_.joinable()) watcher_.join();
}

void Engine::watch(std::chrono::milliseconds every) {
  watcher_ = std::thread([this, every] {
    std::unique_lock lock(mutex_);
    while (!stopped_.wait_for(lock, every, [this] { return stop_; })) {
      lock.unlock();
      refresh();
      lock.lock();
    }
  });
}

void Engine::refresh() {
  try {
    const std::int64_t epoch = registry_.epoch();
    const bool retry = std::ranges::any_of(failures_, [&](const auto& one) { return !waits(one.first, one.second.version); });
    if (epoch == epoch_ && !retry) return;
    for (const std::string& name : registry_.models())
      if (const auto wanted = registry_.alias(name, options_.alias)) refresh_model(name, *wanted);
      else failures_.erase(name);
    epoch_ = epoch;
    last_problem_.clear();
  } catch (const Error& error) {
    // A registry that cannot be read for a moment changes nothing for those who are served.
    telemetry_.registry_failed();
    if (last_problem_ != error.what()) note(upkeep::format("serving goes on, but the registry cannot be read: {}", error.what()));
    last_problem_ = error.what();
  }
}

bool Engine::waits(const std::string& name, std::int64_t version) const {
  const auto found = failures_.find(name);
  return found != failures_.end() && found->second.version == version && std::chrono::steady_clock::now() < found->second.at;
}

void Engine::load_failed(const std::string& name, std::int64_t version) {
  Failure& failure = failures_[name];
  failure.after = failure.version == version ? std::min(2 * failure.after, kLongestRetry) : kRetry;
  failure.version = version;
  failure.at = std::chrono::steady_clock::now() + failure.after;
  telemetry_.load_failed(name);
}

void Engine::refresh_model(const std::string& name, std::int64_t wanted) {
  if (waits(name, wanted)) return;
  ServedModels models = *this->models();
  ServedModel& served = models[name];
  served.wanted = wanted;
  if (served.current && served.current->version() == wanted) {
    served.problem.clear();
  } else if (served.previous && served.previous->version() == wanted) {
    std::swap(served.current, served.previous);
    served.problem.clear();
    telemetry_.serving(name, wanted);
  } else {
    try {
      served.previous = std::exchange(served.current, load(name, wanted));
      served.problem.clear();
      telemetry_.serving(name, wanted);
    } catch (const std::exception& error) {
      if (served.problem != error.what()) note(upkeep::format("model \"{}\" version {} cannot be served: {}", name, wanted, error.what()));
      served.problem = error.what();
      load_failed(name, wanted);
      return publish(std::move(models));
    }
  }
  failures_.erase(name);
  publish(std::move(models));
}

std::shared_ptr<const LoadedModel> Engine::load(const std::string& name, std::int64_t version) {
  const ModelVersion wanted = registry_.version(name, version);
  const Model model = registry_.load(wanted, [&] { check_candidate(options_.check, registry_.artifact_path(wanted)); });
  return std::make_shared<const LoadedModel>(wanted, model, options_.threads, telemetry_.version(name, version));
}

void Engine::publish(ServedModels models) {
  auto made = std::make_shared<const ServedModels>(std::move(models));
  const std::lock_guard lock(mutex_);
  models_.swap(made);  // the old map, and with it perhaps an old session, goes after the lock does
}

std::shared_ptr<const ServedModels> Engine::models() const {
  const std::lock_guard lock(mutex_);
  return models_;
}

Answer<std::shared_ptr<const LoadedModel>> Engine::find(std::string_view model, std::string_view version) const {
  const std::shared_ptr<const ServedModels> all = models();
  const auto found = all->find(model);
  if (found == all->end()) {
    std::vector<std::string> names;
    for (const auto& [name, _] : *all) names.push_back(name);
    return std::unexpected(to_refusal(unknown_name("model", model, names, ErrorCode::kNotFound)));
  }
  const ServedModel& served = found->second;
  if (!served.current) return refuse(503, upkeep::format("model \"{}\" is not ready: {}", model, served.problem));
  if (version.empty() || version == served.current->version_text()) return served.current;
  if (served.previous && version == served.previous->version_text()) return served.previous;
  return refuse(404, upkeep::format("model \"{}\" has no version \"{}\" loaded (loaded: {}{})", model, version,
                                    served.current->version_text(), served.previous ? ", " + served.previous->version_text() : ""));
}

std::string Engine::unready() const {
  for (const auto& [name, served] : *models())
    if (!served.current) return upkeep::format("model \"{}\" has no version that serves: {}", name, served.problem);
  return {};
}

}  // namespace upkeep::serve
