// A version that answers requests. Immutable but for its counters; all methods may be called from any thread.
// Hold the shared_ptr while a request runs; dropping the last one frees the session.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "registry/registry.hpp"
#include "runtime/session.hpp"
#include "serve/telemetry.hpp"
#include "upkeep/signature.hpp"

namespace upkeep::serve {

// Sums of one version, as the protocol's statistics extension wants them.
struct Counters {
  std::atomic<std::uint64_t> answered{0}, answered_ns{0};
  std::atomic<std::uint64_t> failed{0}, failed_ns{0};
  std::atomic<std::uint64_t> input_ns{0}, infer_ns{0}, output_ns{0};
  std::atomic<std::uint64_t> rows{0}, runs{0};
  std::atomic<std::int64_t> last_ms{0};  // since 1970
};

class LoadedModel {
 public:
  // Makes the session and runs it once on zeros. Throws Error when the model cannot be loaded, or cannot be run though every dimension
  // but the first is known.
  LoadedModel(ModelVersion version, const Model& model, int threads, VersionMetrics metrics);

  const std::string& name() const { return version_.model; }
  std::int64_t version() const { return version_.version; }
  const std::string& version_text() const { return version_text_; }
  const Session& session() const { return session_; }
  const std::shared_ptr<const Signature>& signature() const { return signature_; }
  Counters& counters() const { return counters_; }
  VersionMetrics& metrics() const { return metrics_; }

 private:
  ModelVersion version_;
  std::string version_text_;
  Session session_;
  std::shared_ptr<const Signature> signature_;
  mutable Counters counters_;
  mutable VersionMetrics metrics_;
};

}  // namespace upkeep::serve
