// upkeep check: whether a model opens and runs, within limits.
//
// Done in this process, whose limits are set first: what a hostile model can do is end it. `upkeep serve` starts one for each new version.

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <thread>

#include "base/format.hpp"
#include "base/progress.hpp"
#include "cli/commands/command.hpp"
#include "cli/models.hpp"
#include "convert/random_inputs.hpp"
#include "runtime/session.hpp"
#include "serve/engine/batching.hpp"

namespace upkeep::commands {

struct CheckOptions {
  std::string model;
  std::string registry;
  std::int64_t rows = 1;
  int threads = 1;
  double seconds = 60;
  std::int64_t memory_mb = 0;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::CheckOptions;

template <>
inline const Settings settings<CheckOptions> =
    describe<CheckOptions>("check", "whether a model opens and runs on made-up rows, within limits of time and memory",
                           field("model", &CheckOptions::model, "a model file, an architecture, or name@alias in --registry"),
                           field("registry", &CheckOptions::registry, "registry folder, for name@alias"),
                           field("rows", &CheckOptions::rows, "made-up rows of the run", range(1, 1e6)),
                           field("threads", &CheckOptions::threads, "threads of the runtime", range(1, 1024)),
                           field("seconds", &CheckOptions::seconds, "longest that opening and running may take", "s", range(0.1, 86'400)),
                           field("memory_mb", &CheckOptions::memory_mb,
                                 "most memory beside what the program has at its start; 0: as the system allows", "MB", range(0, 1e9)));

}  // namespace upkeep

namespace upkeep::commands {

namespace {

using Clock = std::chrono::steady_clock;

// A run of the runtime cannot be interrupted, so the process ends.
class Deadline {
 public:
  Deadline(double seconds, const std::string& model)
      : watcher_([=](const std::stop_token& stopped) {
          std::mutex mutex;
          std::unique_lock lock(mutex);
          std::condition_variable_any nothing;
          nothing.wait_for(lock, stopped, std::chrono::duration<double>(seconds), [] { return false; });
          if (stopped.stop_requested()) return;
          note(upkeep::format("{}: opening and running it took longer than {} s", model, seconds));
          std::_Exit(1);
        }) {}

 private:
  std::jthread watcher_;
};

void limit_memory(std::int64_t megabytes) {
  if (megabytes == 0) return;
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  struct rlimit limit{};
  ::getrlimit(RLIMIT_AS, &limit);
  const rlim_t wanted = pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE)) + (static_cast<rlim_t>(megabytes) << 20U);
  limit.rlim_cur = std::min(limit.rlim_cur, wanted);
  ::setrlimit(RLIMIT_AS, &limit);
}

bool all_sizes_known(const Session& session) {
  return std::ranges::all_of(session.inputs(), [](const TensorSpec& spec) {
    return !spec.any_rank && std::ranges::all_of(spec.dims.begin() + (spec.dims.empty() ? 0 : 1), spec.dims.end(), &Dim::known);
  });
}

// Nothing where the model leaves sizes open and does not take the made-up ones.
Tensors answers(const Model& model, const Session& session, std::int64_t rows) {
  try {
    return run_on_made_up(model, session, rows, 0).outputs;
  } catch (const Error& error) {
    if (all_sizes_known(session)) throw;
    note(upkeep::format("the model leaves sizes open, and does not take made-up ones ({}): {}",
                        made_up_sizes(model, random_inputs(model, rows, 0)), error.what()));
    return {};
  }
}

double milliseconds_since(Clock::time_point start) { return std::chrono::duration<double, std::milli>(Clock::now() - start).count(); }

double peak_megabytes() {
  struct rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_maxrss) / 1024;
}

int check(const CheckOptions& options, const Ordered&, Output& output) {
  limit_memory(options.memory_mb);
  const Deadline deadline(options.seconds, options.model);
  const Clock::time_point start = Clock::now();
  const Model model = open_model(options.model, options.registry);
  const Session session(model, {.threads = options.threads});
  const double opened = milliseconds_since(start);
  const Tensors outputs = answers(model, session, options.rows);
  const double ran = milliseconds_since(start) - opened;
  const serve::Batching batching = serve::probe_batching(session, model);  // as a server does
  const double peak = peak_megabytes();
  Json document = {{"opened_ms", opened},
                   {"ran_ms", ran},
                   {"peak_memory_mb", peak},
                   {"shares_runs", batching.merges},
                   {"why_not_shared", batching.why_not},
                   {"outputs", Json::object()}};
  output.text(upkeep::format("opened in {} ms, ran in {} ms, {} MB of memory at most", number(opened), number(ran), number(peak)));
  for (const auto& [name, tensor] : outputs) {
    document["outputs"][name] = {{"type", to_string(tensor.dtype())}, {"shape", tensor.shape()}};
    output.text(upkeep::format("{} {} {}", name, to_string(tensor.dtype()), to_string(tensor.shape())));
  }
  output.text(batching.merges ? "a server puts rows of several requests into one run"
                              : "a server runs each request by itself: " + batching.why_not);
  output.result(document);
  return 0;
}

}  // namespace

void add_check(CommandCatalog& catalog) {
  catalog.add(entry<CheckOptions>("deploy", {"model"}, {"model"},
                                  {"upkeep check model.onnx", "upkeep check price@candidate --registry reg --seconds 10 --memory-mb 2048"},
                                  check));
}

}  // namespace upkeep::commands
