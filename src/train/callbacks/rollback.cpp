// Roll back: when training diverges or stands still, go back to the best state, all of it, and go on with a lower rate.
//
// Divergence is a loss that is not finite, or a running mean of the loss that stays above `spike_factor` times the lowest it has had for
// `readings` batches; or an epoch whose figure is not finite, or a loss `spike_factor` times the best. Standing still is `patience` epochs
// without an improvement of the figure. What comes back are weights, optimiser slots, iteration, epoch, learning rate, the state of the
// schedule, and with them random numbers and the order of the data. The rate is then multiplied by `factor`, once for each time that this
// state was gone back to; so the same batches are not met at the same rate again. After `max_rollbacks` the run ends with the best state,
// and says why.

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/format.hpp"
#include "train/callbacks/callback.hpp"
#include "train/monitor.hpp"

namespace upkeep {

namespace callbacks {
struct Rollback {
  std::optional<std::string> monitor;
  std::string mode = "auto";
  double min_delta = 0;
  double factor = 0.5;
  double spike_factor = 3;
  std::int64_t readings = 3;
  double smoothing = 0.9;
  std::int64_t patience = 0;
  std::int64_t skip_batches = 0;
  std::int64_t max_rollbacks = 5;
};
}  // namespace callbacks

template <>
inline const Settings settings<callbacks::Rollback> = describe<callbacks::Rollback>(
    "rollback", "go back to the best weights, slots, step and data position when training diverges or stands still, and lower the rate",
    field("monitor", &callbacks::Rollback::monitor,
          "figure that says which epoch is best; null: val_loss, or loss where nothing is held out"),
    field("mode", &callbacks::Rollback::mode, "what counts as better; auto: by the figure's name", one_of({"auto", "min", "max"})),
    field("min_delta", &callbacks::Rollback::min_delta, "a smaller change is no improvement; absolute", range(0.0, 1e30)),
    field("factor", &callbacks::Rollback::factor, "multiplier of the rate", range(0.0, 1.0, Ends::kOpenLeft)),
    field("spike_factor", &callbacks::Rollback::spike_factor,
          "training diverges when the smoothed loss is this many times its lowest; 0: only a loss that is not finite counts",
          range(0.0, 1e9)),
    field("readings", &callbacks::Rollback::readings, "batches in a row that have to say so", range(1, 1e9)),
    field("smoothing", &callbacks::Rollback::smoothing, "share of the running mean of the loss kept per batch",
          range(0.0, 1.0, Ends::kOpenRight)),
    field("patience", &callbacks::Rollback::patience, "time without improvement before going back; 0: never for that", "epochs",
          range(0, 1e9)),
    field("skip_batches", &callbacks::Rollback::skip_batches, "batches up to the one that diverged to leave out from then on",
          range(0, 1e9)),
    field("max_rollbacks", &callbacks::Rollback::max_rollbacks, "times after which training gives up", range(1, 1e9)));

namespace callbacks {
namespace {

constexpr const char* kBestState = "rollback";  // snapshot

class RollbackCallback : public Callback {
 public:
  explicit RollbackCallback(const Rollback& options) : options_(options), monitor_(options.monitor, options.mode, options.min_delta) {}

  std::string snapshot() const override { return kBestState; }

  void begin(Run& run) override {
    if (!run.has(kBestState)) run.keep(kBestState);
  }

  Verdict batch_end(const BatchFacts& facts, Run&) override {
    if (!std::isfinite(facts.loss)) return diverged(upkeep::format("the loss is {} in batch {}", facts.loss, facts.batch));
    count_ += 1;
    running_ = options_.smoothing * running_ + (1 - options_.smoothing) * facts.loss;
    const double mean = running_ / (1 - std::pow(options_.smoothing, static_cast<double>(count_)));
    const bool high = options_.spike_factor > 0 && std::isfinite(lowest_) && mean > options_.spike_factor * lowest_ && facts.loss > lowest_;
    high_ = high ? high_ + 1 : 0;
    lowest_ = std::min(lowest_, mean);
    if (high_ < options_.readings) return {};
    return diverged(upkeep::format("the smoothed loss is {:.4g} in batch {}, {:.3g} times its lowest", mean, facts.batch, mean / lowest_));
  }

  Verdict epoch_end(const EpochFacts& facts, Run& run) override {
    const double current = monitor_.current(by_name(facts.figures));
    if (!std::isfinite(current)) return diverged(upkeep::format("{} is {} at the end of the epoch", *monitor_.figure(), current));
    if (spiked(current))
      return diverged(
          upkeep::format("{} is {:.4g} at the end of the epoch, {:.4g} was the best", *monitor_.figure(), current, *monitor_.best()));
    if (monitor_.update(current)) {
      run.keep(kBestState);
      times_ = 0;
      wait_ = 0;
      return {};
    }
    if (options_.patience == 0 || ++wait_ < options_.patience) return {};
    return back(upkeep::format("{} stands still: {:.5g} after {} epochs, {:.5g} was the best", *monitor_.figure(), current, wait_,
                               monitor_.best().value_or(current)),
                0);
  }

  void rolled_back(std::int64_t, Run&) override {
    count_ = 0;
    running_ = 0;
    high_ = 0;
    wait_ = 0;
  }

  Json state() const override {
    return {{"best", monitor_.state()}, {"wait", wait_},   {"times", times_}, {"rollbacks", rollbacks_}, {"running", exact(running_)},
            {"lowest", exact(lowest_)}, {"count", count_}, {"high", high_}};
  }
  void restore(const Json& state) override {
    monitor_.restore(state.at("best"));
    wait_ = state.at("wait").get<std::int64_t>();
    times_ = state.at("times").get<std::int64_t>();
    rollbacks_ = state.at("rollbacks").get<std::int64_t>();
    running_ = exact(state.at("running"));
    lowest_ = exact(state.at("lowest"));
    count_ = state.at("count").get<std::int64_t>();
    high_ = state.at("high").get<std::int64_t>();
  }

 private:
  bool spiked(double current) const {
    return options_.spike_factor > 0 && !monitor_.higher_is_better() && monitor_.best() && *monitor_.best() > 0 &&
           current > options_.spike_factor * *monitor_.best();
  }

  Verdict diverged(const std::string& why) { return back(why, options_.skip_batches); }

  Verdict back(const std::string& why, std::int64_t skip) {
    if (rollbacks_ == options_.max_rollbacks)
      return {.kind = Verdict::Kind::kRollBack,
              .reason = upkeep::format("{}; given up after {} rollbacks", why, rollbacks_),
              .rate_factor = std::pow(options_.factor, static_cast<double>(times_)),
              .gives_up = true};
    ++rollbacks_;
    ++times_;
    return {.kind = Verdict::Kind::kRollBack,
            .reason = upkeep::format("{} (rollback {} of at most {})", why, rollbacks_, options_.max_rollbacks),
            .rate_factor = std::pow(options_.factor, static_cast<double>(times_)),
            .skip_batches = skip};
  }

  Rollback options_;
  Monitor monitor_;
  double running_ = 0;  // not corrected for its start at zero
  double lowest_ = std::numeric_limits<double>::infinity();
  std::int64_t count_ = 0;
  std::int64_t high_ = 0;
  std::int64_t wait_ = 0;
  std::int64_t times_ = 0;      // gone back to the snapshot that is kept now
  std::int64_t rollbacks_ = 0;  // in all
};

}  // namespace

void add_rollback(CallbackCatalog& catalog) {
  const Settings& about = settings<Rollback>;
  catalog.add({.name = about.name(), .aliases = {"Rollback"}, .help = about.help(), .settings = about, .make = [](const Json& values) {
                 return std::make_unique<RollbackCallback>(parse<Rollback>(values));
               }});
}

}  // namespace callbacks
}  // namespace upkeep
