// Explanations of served versions, on threads of their own: an explanation may run its model thousands of times, and must not keep
// inferences, threads of the network or housekeeping waiting.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "explain/background.hpp"
#include "explain/explainer.hpp"
#include "registry/registry.hpp"
#include "serve/engine/background.hpp"
#include "serve/engine/served_version.hpp"
#include "serve/protocol/caller.hpp"
#include "serve/protocol/infer.hpp"

namespace upkeep::serve {

struct ExplainingOptions {
  std::vector<std::string> models = {};     // names or patterns with *, of which predictions are explained; none: no model's are
  std::int64_t most_evaluations = 200'000;  // rows that one request may run
  std::int64_t most_rows = 100;             // that one request may have explained
  int at_once = 1;                          // requests that are worked on
  std::int64_t most_waiting = 32;           // requests beyond those; more are refused with 503
  std::int64_t background_rows = 50;        // of the version's reference, by k-means
};

struct ExplainRequest {
  std::string id;
  Tensors inputs;
  std::string method = "auto";
  std::string element = {};
  std::string output = {};
  std::string scale = "output";
  std::uint64_t seed = 0;
  double until_error = 0;
  bool infidelity = false, stability = false;
};

using ExplainDone = std::move_only_function<void(Answer<Json>)>;

class Explaining {
 public:
  // Throws Error where there is no registry.
  Explaining(const RegistryAddress& registry, const ExplainingOptions& options);
  ~Explaining();

  bool explains(std::string_view model) const;
  // Any thread, never waits. `done` is called once, from any thread, perhaps before this returns.
  void start(std::shared_ptr<const ServedVersion> version, ExplainRequest request, const Caller& caller, ExplainDone done);

 private:
  // A version made ready to be explained; one request at a time uses it.
  struct Prepared {
    std::weak_ptr<const ServedVersion> version;
    std::string form;  // output and scale
    std::mutex busy;
    std::unique_ptr<explain::Subject> subject;
    explain::Background background;
  };

  std::shared_ptr<Prepared> prepared(const std::shared_ptr<const ServedVersion>& version, const ExplainRequest& request);
  void make_ready(Prepared& entry, const ServedVersion& version, const ExplainRequest& request);
  explain::Background background_of(const ServedVersion& version, const explain::Subject& subject);
  Json explain(const std::shared_ptr<const ServedVersion>& version, const ExplainRequest& request);

  const ExplainingOptions options_;
  std::mutex reading_;  // of the registry
  const Registry registry_;
  std::mutex mutex_;                               // of prepared_
  std::list<std::shared_ptr<Prepared>> prepared_;  // the one used last in front
  std::atomic<std::int64_t> waiting_{0};
  Background threads_;  // ends first: it uses the rest
};

// The parameters of a request's JSON, over `request`.
Answer<void> read_explain_parameters(const Json& parameters, ExplainRequest& request);

}  // namespace upkeep::serve
