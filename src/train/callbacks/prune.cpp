// Gradual magnitude pruning (Zhu & Gupta 2017): while the model trains, its smallest weights become zero, more of them every `frequency`
// batches, fast at first and slowly at the end.
//
//   s(t) = s_end + (s_start - s_end) (1 - (t - begin) / (end - begin))^power
//
// t counts epochs, batches as parts of them. The zeros stay, in later training too.

#include <algorithm>
#include <cmath>

#include "base/format.hpp"
#include "train/callbacks/callback.hpp"

namespace upkeep {

namespace callbacks {
struct Prune {
  double sparsity = 0.5;
  double start = 0;
  double begin = 0;
  double end = 10;
  double power = 3;
  std::int64_t frequency = 100;
};
}  // namespace callbacks

template <>
inline const Settings settings<callbacks::Prune> = describe<callbacks::Prune>(
    "prune", "set the smallest weights to zero while the model trains, more of them by and by",
    field("sparsity", &callbacks::Prune::sparsity, "part of each kernel that is zero at the end", range(0.0, 1.0, Ends::kOpenRight)),
    field("start", &callbacks::Prune::start, "part of each kernel that is zero at the beginning", range(0.0, 1.0, Ends::kOpenRight)),
    field("begin", &callbacks::Prune::begin, "when pruning begins", "epochs", range(0.0, 1e9)),
    field("end", &callbacks::Prune::end, "when the sparsity is reached", "epochs", range(0.0, 1e9)),
    field("power", &callbacks::Prune::power, "of the schedule: 3 prunes fast at first, 1 evenly", range(0.0, 100.0, Ends::kOpenLeft)),
    field("frequency", &callbacks::Prune::frequency, "from one pruning to the next", "batches", range(1, 1e9)));

namespace callbacks {
namespace {

class PruneCallback : public Callback {
 public:
  explicit PruneCallback(const Prune& options) : options_(options) {
    if (options_.end < options_.begin)
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("pruning ends after {} epochs and begins after {}", options_.end, options_.begin), "give begin <= end");
  }

  void begin(Run& run) override { first_ = run.epoch(); }

  Verdict batch_end(const BatchFacts& facts, Run& run) override {
    if (std::exchange(restored_, false)) run.prune(0);
    const double now =
        static_cast<double>(facts.epoch - 1 - first_) + static_cast<double>(facts.batch - 1) / static_cast<double>(facts.batches);
    const bool last = now >= options_.end && reached_ < options_.sparsity;
    if (now < options_.begin || now > options_.end + 1 || (!last && since_++ % options_.frequency != 0)) return {};
    const double sparsity = at(now);
    if (sparsity > reached_) run.prune(reached_ = sparsity);
    return {};
  }

  void end(Run& run) override {
    if (reached_ < options_.sparsity)
      run.event({.epoch = run.epoch(),
                 .kind = "prune",
                 .text = upkeep::format("training ended at a sparsity of {:.3g}, before {:.3g} was reached", reached_, options_.sparsity)});
  }

  Json state() const override { return {{"first", first_}, {"since", since_}, {"reached", reached_}}; }
  void restore(const Json& state) override {
    first_ = state.at("first").get<std::int64_t>();
    since_ = state.at("since").get<std::int64_t>();
    reached_ = state.at("reached").get<double>();
    restored_ = reached_ > 0;
  }

 private:
  double at(double now) const {
    if (now >= options_.end) return options_.sparsity;
    const double left = 1 - (now - options_.begin) / (options_.end - options_.begin);
    return options_.sparsity + (options_.start - options_.sparsity) * std::pow(left, options_.power);
  }

  Prune options_;
  std::int64_t first_ = 0;  // epochs that the model had when the run began
  std::int64_t since_ = 0;  // batches since pruning began
  double reached_ = 0;
  bool restored_ = false;  // zeros are kept anew before the first step
};

}  // namespace

void add_prune(CallbackCatalog& catalog) {
  const Settings& about = settings<Prune>;
  catalog.add({.name = about.name(), .aliases = {}, .help = about.help(), .settings = about, .make = [](const Json& values) {
                 return std::make_unique<PruneCallback>(parse<Prune>(values));
               }});
}

}  // namespace callbacks

}  // namespace upkeep
