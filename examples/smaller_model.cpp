// Smaller and faster, judged on rows that nobody trained on: edit, prune, quantise, factorise, distil, and the search for the best of them.

#include <upkeep/upkeep.hpp>

#include <cstdio>
#include <stdexcept>

using namespace upkeep;

static void expect(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

static Model network(std::int64_t width) {
  const Layer x = Input({.shape = {8}});
  const Value hidden = Dense({.units = width, .activation = "relu"})(Dense({.units = width, .activation = "relu"})(x));
  Model model({x}, {Dense({.units = 1})(hidden)}, /*seed=*/1);
  model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.01}), .loss = "mse", .metrics = {"mae"}});
  return model;
}

static Data rows(std::int64_t count, std::uint64_t seed) {
  const Tensor x = random_uniform({count, 8}, seed);
  return Data(x, matmul(x, random_uniform({8, 1}, 7)));
}

static void show(const char* what, const Changed& changed) {
  std::printf("%s\n", what);
  for (const std::string& note : changed.notes) std::printf("  %s\n", note.c_str());
  if (!changed.verdict) return;
  for (const Finding& one : changed.verdict->findings)
    std::printf("  %-8s %.4g -> %.4g  %s\n", one.what.c_str(), one.before, one.after, std::string(to_string(one.judgement)).c_str());
}

int main() try {
  const Data training = rows(512, 1), held_out = rows(256, 2);
  Model model = network(32);
  model.fit(training, {.epochs = 40, .verbose = false});

  // What may change: the mean absolute error by 0.05 at most, with 95 % confidence.
  const Acceptance accept{.data = held_out, .metrics = {{.metric = "mae", .change = 0.05}}};

  const Changed wider = edit(model, {Edit::widen("dense", 48), Edit::deepen("dense_1")}, {.accept = accept});
  show("wider and deeper, with the same answers", wider);
  expect(!diff(model, wider.model).same_structure, "the structure is another");

  const Changed sparse = prune(model, {.method = pruning::Magnitude({.sparsity = 0.3}), .accept = accept});
  show("a third of the weights is zero", sparse);

  const Changed narrow =
      prune(model, {.method = pruning::Taylor({.sparsity = 0.25}), .granularity = Granularity::kChannel, .data = training});
  Model retrained = narrow.model;
  retrained.fit(training, {.epochs = 20, .verbose = false});
  const Verdict verdict = judge(model, retrained, accept);
  std::printf("fewer units, trained on: %s\n", verdict.text().c_str());

  show("integers", quantize(model, {.method = quantization::Static(), .data = training, .accept = accept}));
  show("two layers in place of one", factorize(model, {.method = factorization::Svd({.rank = 4})}));

  const Distilled student = distill(network(8), model, training, {.fit = {.epochs = 40, .verbose = false}});
  std::printf("a student of 8 units: mae %.4f\n", student.model.evaluate(held_out).metric("mae").value);

  const Optimized best = optimize(model, training, {.accept = accept, .goal = Goal::kSize, .budget_seconds = 10, .epochs = 1});
  for (const Candidate& one : best.candidates) std::printf("candidate %s%s\n", one.name.c_str(), one.front ? " (front)" : "");
  expect(!best.candidates.empty(), "something was tried");

  // Beyond its limit a change is refused, and says by how much.
  try {
    prune(model, {.method = pruning::Random({.sparsity = 0.95}), .granularity = Granularity::kChannel, .accept = accept});
    expect(false, "95 % of the units are missed");
  } catch (const Error& error) {
    std::printf("refused: %s\n", error.what());
  }
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "smaller_model: %s\n", error.what());
  return 1;
}
