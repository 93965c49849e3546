#include "serve/engine/engine.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/progress.hpp"
#include "serve/engine/reference_rows.hpp"
#include "serve/protocol/without_paths.hpp"

namespace upkeep::serve {

// A version that could not be loaded is tried again: the artefact may have been repaired, memory freed. After this, and each time after
// twice as long, because trying it may take a minute of work.
static constexpr std::chrono::milliseconds kLongestWait{100};  // for the registry, until the end of the server is looked for
static constexpr std::chrono::seconds kRetry{10};
static constexpr std::chrono::seconds kLongestRetry{3600};

Engine::Engine(const EngineOptions& options, Telemetry& telemetry)
    : options_(options), telemetry_(telemetry), registry_(Registry::existing(options.registry)) {
  refresh();
  const std::lock_guard lock(refreshing_);
  started_ = true;
  if (models()->empty())
    note(upkeep::format("no model has a version to serve yet: none has the alias {}", join(options_.versions.aliases, " or ")));
}

Engine::~Engine() { stop(); }

void Engine::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_all();
  if (watcher_.joinable()) watcher_.join();
  for (const auto& [_, served] : *models()) {
    for (const auto& [number, version] : served.versions) version->stop();
    if (served.before) served.before->stop();
  }
  for (const auto& version : retired_) version->stop();
}

void Engine::watch(std::chrono::milliseconds every) {
  watcher_ = std::thread([this, every] {
    auto next = std::chrono::steady_clock::now() + every;
    for (;;) {
      const bool told = wait_for_change(std::min(every, kLongestWait));
      {
        const std::lock_guard lock(mutex_);
        if (stop_) return;
      }
      if (!told && std::chrono::steady_clock::now() < next) continue;
      refresh();
      next = std::chrono::steady_clock::now() + every;
    }
  });
}

// With a connection of the watching thread, so that nobody waits for it.
bool Engine::wait_for_change(std::chrono::milliseconds at_most) {
  try {
    if (!watched_) watched_.emplace(Registry::existing(options_.registry));
    return watched_->wait_for_change(at_most);
  } catch (const Error&) {  // it is away: refresh() says so
    std::unique_lock lock(mutex_);
    stopped_.wait_for(lock, at_most, [this] { return stop_; });
    return false;
  }
}

void Engine::refresh() {
  const std::lock_guard one_at_a_time(refreshing_);
  look(false);
}

void Engine::look(bool always) {
  std::string problem;
  try {
    std::string state = registry_.state();
    const bool retry = std::ranges::any_of(failures_, [&](const auto& one) { return !waits(one.first); });
    if (state != state_ || retry || always) {
      std::vector<std::string> names = registry_.models();
      for (const auto& [name, _] : *models())  // of a registry that was replaced by another some are not known any more
        if (!std::ranges::contains(names, name)) names.push_back(name);
      for (const std::string& name : names) refresh_model(name);
      state_ = std::move(state);
    }
  } catch (const Error& error) {
    // A registry that cannot be read for a moment changes nothing for those who are served.
    problem = error.what();
    telemetry_.registry_failed();
  }
  reap();
  const std::lock_guard lock(mutex_);
  if (!problem.empty() && problem != registry_problem_)
    note(upkeep::format("serving goes on, but the registry cannot be read: {}", problem));
  registry_problem_ = std::move(problem);
}

bool Engine::waits(const VersionKey& key) const {
  const auto found = failures_.find(key);
  return found != failures_.end() && std::chrono::steady_clock::now() < found->second.at;
}

void Engine::load_failed(const VersionKey& key) {
  Failure& failure = failures_[key];
  failure.after = failure.after.count() > 0 ? std::min(2 * failure.after, kLongestRetry) : kRetry;
  failure.at = std::chrono::steady_clock::now() + failure.after;
  telemetry_.load_failed(key.first);
}

// None of a model that the registry does not have.
static std::vector<ModelVersion> versions_of(const Registry& registry, const std::string& name) {
  try {
    return registry.versions(name);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
    return {};
  }
}

void Engine::refresh_model(const std::string& name) {
  std::vector<std::int64_t> numbers;
  std::map<std::string, std::int64_t> aliases;
  std::map<std::int64_t, std::string> artifacts;
  for (const ModelVersion& version : versions_of(registry_, name)) {
    numbers.push_back(version.version);
    artifacts[version.version] = version.artifact;
    for (const std::string& alias : version.aliases) aliases.emplace(alias, version.version);
  }
  WantedVersions wanted = wanted_versions(options_.versions, numbers, aliases);
  if (taken_off_.contains(name)) wanted = {};
  std::erase_if(failures_, [&](const auto& one) { return one.first.first == name && !wanted.versions.contains(one.first.second); });

  ServedModels models = *this->models();
  const auto known = models.find(name);
  if (wanted.versions.empty() && known == models.end() && !taken_off_.contains(name)) return;
  ServedModel served = known == models.end() ? ServedModel{.added_later = started_} : known->second;
  const ServedModel old = served;
  load_missing(name, wanted, artifacts, served);
  served.aliases = wanted.aliases;
  served.taken_off = taken_off_.contains(name);
  if (served.versions.contains(wanted.current)) served.current = wanted.current;
  else if (!served.versions.contains(served.current)) served.current = 0;
  // Versions go when nothing names them any more; but the current one stays until its successor answers.
  std::erase_if(served.versions, [&](const auto& one) { return !wanted.versions.contains(one.first) && one.first != served.current; });
  if (wanted.versions.empty()) served.versions.clear(), served.current = 0;
  if (old.current != 0 && old.current != served.current && served.current != 0) served.before = old.versions.at(old.current);
  if (served.current != old.current && served.current != 0) telemetry_.serving(name, served.current);

  for (const auto& [_, version] : old.versions) retired_.push_back(version);
  if (old.before) retired_.push_back(old.before);
  if (wanted.versions.empty() && !served.taken_off) {
    note(upkeep::format("model \"{}\" is not served any more: the registry has {} versions of it, and {} aliases", name, numbers.size(),
                        aliases.size()));
    models.erase(name);
  } else {
    models.insert_or_assign(name, std::move(served));
  }
  publish(std::move(models));
}

void Engine::load_missing(const std::string& name, const WantedVersions& wanted, const std::map<std::int64_t, std::string>& artifacts,
                          ServedModel& served) {
  std::erase_if(served.problems, [&](const auto& one) { return !wanted.versions.contains(one.first); });
  std::vector<std::int64_t> order(wanted.versions.begin(), wanted.versions.end());
  std::ranges::stable_partition(order, [&](std::int64_t number) { return number == wanted.current; });  // traffic waits for this one
  for (const std::int64_t number : order) {
    // The same number may stand for other bytes in a registry that was replaced or restored.
    const auto is_meant = [&](const ServedVersion& version) { return version.artifact() == artifacts.at(number); };
    const auto loaded = served.versions.find(number);
    if ((loaded != served.versions.end() && is_meant(*loaded->second)) || waits({name, number})) continue;
    if (served.before && served.before->version() == number && is_meant(*served.before)) {
      served.versions.insert_or_assign(number, served.before);
      continue;
    }
    std::string& problem = served.problems[number];
    try {
      served.versions.insert_or_assign(number, load(name, number));
      problem.clear();
    } catch (const std::exception& error) {
      std::string told = without_paths(error.what());  // to callers; the log has the whole of it
      if (problem != told) note(upkeep::format("model \"{}\" version {} cannot be served: {}", name, number, error.what()));
      problem = std::move(told);
      load_failed({name, number});
    }
    if (problem.empty()) {
      served.problems.erase(number);
      failures_.erase({name, number});
    }
  }
}

std::shared_ptr<const ServedVersion> Engine::load(const std::string& name, std::int64_t number) {
  const ModelVersion version = registry_.version(name, number);
  const Model model = registry_.load(version, [&] {
    if (checked_.contains(version.artifact)) return;
    check_candidate(options_.check, registry_.artifact_file(version.artifact).path());
    checked_.insert(version.artifact);
  });
  ServedVersion::Loaded loaded = load_session(version, &model);
  loaded.sample = sample_of(version, model, *loaded.session);
  // Taken away by the memory budget, it comes back on the thread of a request, with a registry of its own.
  auto reload = [this, version] { return load_session(version, nullptr); };
  return std::make_shared<const ServedVersion>(version, model, std::move(loaded), std::move(reload), options_.version,
                                               telemetry_.version(name, number));
}

// Rows of the version's reference, run once: warm for what is asked, not only for zeros.
Tensors Engine::sample_of(const ModelVersion& version, const Model& model, const Session& session) const {
  static constexpr std::uintmax_t kLargestReference = 64 << 20;
  const auto kept = version.facts.find("reference");
  if (kept == version.facts.end() || !kept->contains("sha256")) return {};
  try {
    const ArtifactFile file = registry_.artifact_file(kept->at("sha256").get<std::string>());
    if (std::filesystem::file_size(file.path()) > kLargestReference) return {};
    auto rows =
        reference_rows(load_table(file.path()), session.inputs(), signature_or_graph(model), options_.version.scheduler.max_batch_rows);
    if (!rows) return {};
    session.run(*rows);
    return std::move(*rows);
  } catch (const std::exception& error) {
    note(upkeep::format("model \"{}\" version {} is not warmed up with its reference: {}", version.model, version.version, error.what()));
    return {};
  }
}

ServedVersion::Loaded Engine::load_session(const ModelVersion& version, const Model* model) {
  const std::lock_guard one_at_a_time(memory_);
  make_room(static_cast<std::size_t>(version.size_bytes), {version.model, version.version});
  const std::size_t before = options_.resident_memory();
  ServedVersion::Loaded loaded;
  loaded.session = warm_session(model ? *model : Registry::existing(options_.registry).load(version), options_.version.threads);
  const std::size_t after = options_.resident_memory();
  loaded.bytes = std::max(static_cast<std::size_t>(version.size_bytes), after > before ? after - before : 0);
  if (options_.memory_bytes > 0 && loaded.bytes > options_.memory_bytes)
    throw Error(ErrorCode::kResourceExhausted,
                upkeep::format("the version takes {} KiB, the server may use {} KiB", loaded.bytes >> 10, options_.memory_bytes >> 10),
                "a larger --memory, or a smaller model");
  make_room(loaded.bytes, {version.model, version.version});
  return loaded;
}

// Sets the least recently used sessions aside until so many bytes more fit. What runs now stays: the budget is exceeded for that long.
void Engine::make_room(std::size_t bytes, const VersionKey& except) {
  if (options_.memory_bytes == 0) return;
  std::vector<std::shared_ptr<const ServedVersion>> all;
  std::size_t used = 0;
  for (const auto& [name, served] : *models()) {
    std::vector<std::shared_ptr<const ServedVersion>> its;
    for (const auto& [number, version] : served.versions) its.push_back(version);
    if (served.before && !std::ranges::contains(its, served.before)) its.push_back(served.before);
    for (const auto& version : its) {
      if (version->name() == except.first && version->version() == except.second) continue;
      used += version->resident_bytes();
      if (version->resident_bytes() > 0) all.push_back(version);
    }
  }
  std::ranges::sort(all, {}, &ServedVersion::last_used);
  for (const auto& version : all) {
    if (used + bytes <= options_.memory_bytes) return;
    const std::size_t its = version->resident_bytes();
    if (!version->set_aside()) continue;
    used -= its;
    telemetry_.set_aside(version->name());
  }
}

void Engine::publish(ServedModels models) {
  auto made = std::make_shared<const ServedModels>(std::move(models));
  const std::lock_guard lock(mutex_);
  models_.swap(made);  // the old map goes after the lock does
}

// A version ends here, never on a thread of its own: when no map and no request holds it any more.
void Engine::reap() {
  std::ranges::sort(retired_);
  const auto [first, last] = std::ranges::unique(retired_);
  retired_.erase(first, last);
  std::erase_if(retired_, [](const auto& version) { return version.use_count() == 1; });
}

std::shared_ptr<const ServedModels> Engine::models() const {
  const std::lock_guard lock(mutex_);
  return models_;
}

static std::string loaded_versions(const ServedModel& served) {
  std::vector<std::string> names;
  for (const auto& [number, _] : served.versions) names.push_back(std::to_string(number));
  for (const auto& [alias, number] : served.aliases)
    if (served.versions.contains(number)) names.push_back(upkeep::format("{} = {}", alias, number));
  return join(names, ", ");
}

Answer<std::shared_ptr<const ServedVersion>> Engine::find(std::string_view model, std::string_view version) const {
  const std::shared_ptr<const ServedModels> all = models();
  const auto found = all->find(model);
  if (found == all->end()) {
    std::vector<std::string> names;
    for (const auto& [name, _] : *all) names.push_back(name);
    return std::unexpected(to_refusal(unknown_name("model", model, names, ErrorCode::kNotFound)));
  }
  const ServedModel& served = found->second;
  if (served.taken_off) return refuse(RefusalCode::kUnready, upkeep::format("model \"{}\" is not ready: it was unloaded", model));
  if (served.current == 0)
    return refuse(RefusalCode::kUnready, upkeep::format("model \"{}\" is not ready: {}", model,
                                                        served.problems.empty() ? "it is being loaded" : served.problems.begin()->second));
  for (const auto& [number, loaded] : served.versions)  // a number is a version, whatever aliases are called
    if (version.empty() ? number == served.current : loaded->version_text() == version) return loaded;
  if (const auto alias = served.aliases.find(std::string(version)); alias != served.aliases.end())
    if (const auto loaded = served.versions.find(alias->second); loaded != served.versions.end()) return loaded->second;
  return refuse(RefusalCode::kNotFound,
                upkeep::format("model \"{}\" has no version \"{}\" loaded (loaded: {})", model, version, loaded_versions(served)));
}

std::string Engine::unready() const {
  for (const auto& [name, served] : *models())
    if (served.current == 0 && !served.taken_off && !served.added_later)
      return upkeep::format("model \"{}\" has no version that serves: {}", name,
                            served.problems.empty() ? "it is being loaded" : served.problems.begin()->second);
  return {};
}

std::string Engine::registry_problem() const {
  const std::lock_guard lock(mutex_);
  return registry_problem_;
}

Answer<void> Engine::put_on(const std::string& model) {
  const std::lock_guard one_at_a_time(refreshing_);
  try {
    static_cast<void>(registry_.versions(model));  // is there such a model?
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kNotFound)
      return refuse(RefusalCode::kNotFound, upkeep::format("the registry has no model \"{}\"", model));
    note(error.what());
    return refuse(RefusalCode::kUnready, "the registry cannot be read now");
  }
  taken_off_.erase(model);
  std::erase_if(failures_, [&](const auto& one) { return one.first.first == model; });
  look(true);
  const Answer<std::shared_ptr<const ServedVersion>> loaded = find(model, {});
  if (loaded) return {};
  if (loaded.error().code == RefusalCode::kNotFound)
    return refuse(RefusalCode::kInvalid, upkeep::format("no version of model \"{}\" is meant to serve here: promote one first", model));
  return std::unexpected(loaded.error());
}

Answer<void> Engine::take_off(const std::string& model) {
  const std::lock_guard one_at_a_time(refreshing_);
  if (const Answer<std::shared_ptr<const ServedVersion>> loaded = find(model, {}); !loaded && loaded.error().code == RefusalCode::kNotFound)
    return std::unexpected(loaded.error());
  taken_off_.insert(model);
  look(true);
  return {};
}

}  // namespace upkeep::serve
