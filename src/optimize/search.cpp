#include "optimize/search.hpp"

#include <algorithm>
#include <cmath>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/format.hpp"
#include "base/sha256.hpp"
#include "graph/onnx.hpp"
#include "optimize/expect_floats.hpp"
#include "optimize/prune/prune.hpp"
#include "optimize/prune/shared/residual_blocks.hpp"
#include "optimize/quantize/quantize.hpp"
#include "optimize/relearn.hpp"
#include "optimize/rewrites/rewrite.hpp"
#include "train/trainable.hpp"

namespace upkeep {

namespace {

constexpr int kMostRemovals = 8;
constexpr std::int64_t kWeighingRows = 256;
constexpr std::int64_t kLanes = 8;  // kernels are fast for multiples of it; 27 channels can cost more than 32

// What is served: no optimiser's state, nothing that inference does not need.
Model folded(Model model) {
  model.training_tensors.clear();
  for (const char* step : {"fold-constants", "fold-batch-normalization", "drop-identities", "drop-dead-channels"})
    rewrite(model, {step, Json::object()});
  return model;
}

// A model under training, with how it came about.
struct Stage {
  Model model;
  std::vector<std::string> steps;
  std::string depth = {};  // "2 residual blocks left", where some are gone
  std::string width = {};  // "49 % of the channels"
  std::string name() const { return depth + (depth.empty() || width.empty() ? "" : ", ") + width; }
};

class Searching {
 public:
  Searching(const Model& model, const Dataset& training, const Dataset& held_out, const SearchOptions& options)
      : original_(model),
        training_(training),
        options_(options),
        judge_(model, held_out, options.limits, {.seed = options.seed, .threads = options.threads}) {}

  SearchResult run() {
    forms_of({.model = original_, .steps = {}});
    if (options_.compile) remove_channels(without_blocks({.model = Trainable(original_).model(), .steps = {}}));
    choose();
    return std::move(result_);
  }

 private:
  bool ended() {
    result_.out_of_budget |= watch_.seconds() > options_.budget_seconds;
    return result_.out_of_budget || (options_.stop && options_.stop());
  }

  void say(const std::string& what) const {
    if (options_.on_step) options_.on_step(what);
  }

  // Makes and judges one candidate; a refusal on the way is its problem.
  bool add(const std::string& name, std::vector<std::string> steps, const std::function<Accepted()>& make) {
    say(name);
    const Stopwatch watch;
    SearchCandidate candidate{.name = name, .steps = std::move(steps), .verdict = {}, .problem = {}, .model = {}};
    try {
      Accepted made = make();
      candidate.model = std::move(made.model);
      candidate.verdict = std::move(made.verdict);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kInternal) throw;
      candidate.problem = error.what();
    }
    candidate.seconds = watch.seconds();
    const bool accepted = candidate.verdict && candidate.verdict->accepted();
    result_.candidates.push_back(std::move(candidate));
    return accepted;
  }

  // The stage folded, and folded with integers. Whether the folded one is accepted.
  bool forms_of(const Stage& stage) {
    const auto with = [&](const std::string& step) {
      std::vector<std::string> steps = stage.steps;
      steps.push_back(step);
      return steps;
    };
    const auto named = [&](const std::string& form) { return stage.name().empty() ? form : stage.name() + ", " + form; };
    const bool accepted = add(named("folded"), with("fold"), [&] {
      const Model made = folded(stage.model);
      Verdict verdict = judge_.judge(made);
      return Accepted{made, std::move(verdict)};
    });
    const bool worth = accepted || stage.steps.empty();  // integers do not make a refused model better
    for (const char* method : {"static", "dynamic"})
      if (worth && !ended())
        add(named(std::string(method) + " int8"), with("quantize " + std::string(method)), [&] { return quantized(stage.model, method); });
    return accepted;
  }

  // The layers with the largest error stay floats until the metrics are accepted.
  Accepted quantized(const Model& model, const std::string& method) const {
    const QuantizeContext context{.rows = training_.inputs, .row_numbers = {}, .keep_float = {}, .threads = options_.threads};
    return quantize_judged(folded(model), {method, Json::object()}, context, judge_).made;
  }

  // Residual blocks go one after another, those first without which the answers change least, as long as what is left is accepted.
  Stage without_blocks(Stage stage) {
    const Tensors rows = training_.rows(0, std::min(training_.rows(), kWeighingRows)).inputs;
    for (int removal = 0; !ended(); ++removal) {
      const std::vector<WeighedBlock> blocks = weighed_blocks(stage.model, rows, options_.threads);
      if (blocks.empty()) break;
      Stage next{.model = {}, .steps = stage.steps, .depth = upkeep::format("{} residual blocks left", blocks.size() - 1)};
      next.steps.insert(next.steps.end(), {"leave out " + blocks.front().block.name, upkeep::format("train {} epochs", options_.epochs)});
      const bool made = kept_or_made(next, [&] {
        next.model = without_block(stage.model, blocks.front().block);
        return learnt(next, removal);
      });
      if (!made || !forms_of(next)) break;
      stage = std::move(next);
    }
    return stage;
  }

  // Step by step, each on the last one that was accepted. A refused step is tried once more with half the channels.
  void remove_channels(Stage stage) {
    double left = 1, part = options_.step;
    for (int removal = 0; removal < kMostRemovals && !ended(); ++removal) {
      auto next = without_channels(stage, part, left * (1 - part), removal);
      if (!next) return;
      if (forms_of(*next)) {
        stage = std::move(*next);
        left *= 1 - part;
      } else if (part < options_.step) {
        return;
      } else {
        part /= 2;
      }
    }
  }

  std::optional<Stage> without_channels(const Stage& stage, double part, double left, int removal) {
    Stage next{
        .model = stage.model, .steps = stage.steps, .depth = stage.depth, .width = upkeep::format("{:.0f} % of the channels", 100 * left)};
    next.steps.insert(next.steps.end(), {upkeep::format("remove {:.0f} % of the channels by {}", 100 * part, options_.method),
                                         upkeep::format("train {} epochs", options_.epochs)});
    return kept_or_made(next, [&] { return trained_without(next, part, removal); }) ? std::optional(std::move(next)) : std::nullopt;
  }

  // The model of a stage that an earlier search kept, or made now, which says whether it came to its end. False: there is none.
  bool kept_or_made(Stage& next, const std::function<bool()>& make) {
    const std::filesystem::path file = file_of(next.steps);
    if (!file.empty() && std::filesystem::exists(file)) {
      next.model = load_onnx(file);
      return true;
    }
    say(next.steps[next.steps.size() - 2] + ", " + next.steps.back());
    try {
      if (!make()) return false;
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kInternal) throw;
      result_.candidates.push_back({.name = next.name(), .steps = next.steps, .verdict = {}, .problem = error.what(), .model = {}});
      return false;
    }
    if (!file.empty()) save_onnx(next.model, file);
    return true;
  }

  // False: the budget was over before the training.
  bool trained_without(Stage& next, double part, int removal) {
    const NamedSettings method{options_.method, {{"sparsity", part}, {"scope", "global"}}};
    const pruning::Measured measured = measure(method, next.model, training_, options_.compile,
                                               {.batch_size = options_.batch_size, .seed = options_.seed, .threads = options_.threads});
    Model narrow = next.model;
    const Change change = prune_channels(narrow, method, {.round_to = kLanes}, measured);
    if (change.facts["kept"] == change.facts["channels"]) prune_channels(next.model, method, {}, measured);
    else next.model = std::move(narrow);
    return learnt(next, removal);
  }

  // By the labels and the answers of the original. False: the budget was over before the end.
  bool learnt(Stage& next, int removal) {
    Relearnt made = relearn(next.model, original_,
                            {.compile = *options_.compile,
                             .rows = training_,
                             .epochs = options_.epochs,
                             .batch_size = options_.batch_size,
                             .seed = options_.seed + static_cast<std::uint64_t>(removal),
                             .threads = options_.threads,
                             .teaching = {},
                             .stop = [&] { return ended(); }});
    next.model = std::move(made.model);
    return !ended();
  }

  // What was trained, by the steps that led to it and all that they depend on.
  std::filesystem::path file_of(const std::vector<std::string>& steps) const {
    if (options_.checkpoint.empty()) return {};
    Json key = {{"steps", steps},
                {"seed", options_.seed},
                {"batch_size", options_.batch_size},
                {"rows", training_.rows()},
                {"compile", to_json(*options_.compile)}};
    return options_.checkpoint / (sha256(key.dump() + model_to_bytes(original_)).substr(0, 16) + ".onnx");
  }

  // Less is better. Candidates were timed at different moments, each by turns with the original: only the ratios of times compare.
  static std::vector<double> objectives(const SearchCandidate& candidate) {
    const Finding& metric = candidate.verdict->findings.front();
    const Finding& latency = *finding_of(candidate, "latency");
    return {std::max(0.0, worse(metric)), finding_of(candidate, "zipped")->after, latency.after / latency.before};
  }
  // How much worse the first metric became.
  static double worse(const Finding& metric) { return metric.limit && *metric.limit < 0 ? -metric.change : metric.change; }

  void choose() {
    std::vector<SearchCandidate>& all = result_.candidates;
    const auto accepted = [](const SearchCandidate& one) { return one.verdict && one.verdict->accepted(); };
    const std::size_t goal = options_.goal == Goal::kSize ? 1 : 2;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!accepted(all[i])) continue;
      const std::vector<double> own = objectives(all[i]);
      all[i].front = std::ranges::none_of(all, [&](const SearchCandidate& other) {
        if (!accepted(other)) return false;
        const std::vector<double> theirs = objectives(other);
        return theirs != own && std::ranges::equal(theirs, own, std::less_equal<>());
      });
      if (!result_.best || own[goal] < objectives(all[*result_.best])[goal]) result_.best = i;
    }
  }

  const Model& original_;
  const Dataset& training_;
  const SearchOptions& options_;
  const Judge judge_;
  const Stopwatch watch_;
  SearchResult result_;
};

}  // namespace

const Finding* finding_of(const SearchCandidate& candidate, std::string_view what) {
  if (!candidate.verdict) return nullptr;
  const auto found = std::ranges::find(candidate.verdict->findings, what, &Finding::what);
  return found == candidate.verdict->findings.end() ? nullptr : &*found;
}

SearchResult search(const Model& model, const Dataset& training, const Dataset& held_out, const SearchOptions& options) {
  if (std::ranges::none_of(options.limits, [](const Limit& limit) { return limit.of == Limit::Of::kMetric; }))
    throw Error(ErrorCode::kInvalidArgument, "no limit says what a model may lose", "give --accept accuracy:-0.01");
  pruning::catalog().at(options.method);
  expect_floats(model);
  if (!options.checkpoint.empty()) std::filesystem::create_directories(options.checkpoint);
  return Searching(model, training, held_out, options).run();
}

}  // namespace upkeep
