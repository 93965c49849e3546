// A model in operation without the command: a program of one's own trains and publishes it, logs what it answers, tells what turned out to
// be true, watches it, and lets the maintenance loop replace it. The world changes half way: what cost 2 a unit costs 3.

#include <upkeep/maintain.hpp>
#include <upkeep/monitor.hpp>
#include <upkeep/prediction_log.hpp>
#include <upkeep/upkeep.hpp>

#include <cstdio>
#include <fstream>
#include <memory>
#include <stdexcept>

using namespace upkeep;

static void expect(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

// Columns "units", "distance" and "price" of the rows, for the registry and for whoever trains.
static void write_table(const char* file, const Tensor& x, const Tensor& y) {
  std::ofstream table(file);
  table << "units,distance,price\n";
  for (std::int64_t row = 0; row < x.dim(0); ++row) {
    const auto at = static_cast<std::size_t>(row);
    table << x.floats()[2 * at] << ',' << x.floats()[2 * at + 1] << ',' << y.floats()[at] << '\n';
  }
}

// The price of each row [N, 2] (units, distance) where a unit costs `unit_price`.
static Tensor prices(const Tensor& x, float unit_price) { return matmul(x, Tensor({2, 1}, std::vector<float>{unit_price, 0.5F})); }

static void train_and_publish() {
  const Tensor x = random_uniform({400, 2}, 1), y = prices(x, 2);
  Sequential model({Input({.shape = {2}}), Dense({.units = 1})}, /*seed=*/2);
  model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.05}), .loss = "mse", .metrics = {"mae"}});
  model.fit(x, y, {.epochs = 60, .verbose = false});
  model.save("price.onnx");
  write_table("train.csv", x, y);
  operate::publish({.registry = "registry",
                    .name = "price",
                    .model_file = "price.onnx",
                    .reference = "train.csv",
                    .targets = {"price"},
                    .alias = "production"});
}

static LogTime now() { return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()); }

// Answers `requests` as a server of one's own would, and logs each answer; the labels come once all are answered.
static void answer(const Model& model, std::int64_t version, int requests, float unit_price) {
  const Tensor x = random_uniform({requests, 2}, static_cast<std::uint64_t>(unit_price * 100)), truth = prices(x, unit_price);
  const auto signature = std::make_shared<const Signature>(operate::published_signature("registry", "price", version));
  std::vector<Label> labels;
  {
    PredictionLog log({.folder = "registry/log"});
    for (int i = 0; i < requests; ++i) {
      const std::string id = "order-" + std::to_string(unit_price) + "-" + std::to_string(i);
      const Tensor row = x.rows(i, i + 1);
      log.offer({.request_id = id,
                 .time = now(),
                 .model = "price",
                 .version = version,
                 .latency_us = 150,
                 .error = {},
                 .inputs = {{signature->inputs.front().name, row}},
                 .outputs = {{signature->outputs.front().name, model.predict(row)}},
                 .signature = signature});
      labels.push_back({.request_id = id,
                        .row = {},
                        .value = static_cast<double>(truth.floats()[static_cast<std::size_t>(i)]),
                        .time = now(),
                        .source = "till"});
    }
    log.flush();
    expect(log.written() == log.offered(), "every answer is logged");
  }
  const LabelCounts counts = append_labels("registry/log", "price", labels);
  std::printf("%lld labels, %lld of them of logged answers\n", static_cast<long long>(counts.labels),
              static_cast<long long>(counts.matched));
  expect(counts.matched == requests, "every label finds its answer");
}

static void show(const operate::Report& report) {
  std::printf("%s\n", report.summary.c_str());
  for (const operate::Drift& feature : report.features)
    for (const operate::Measure& measure : feature.measures)
      std::printf("  %-10s %-20s %.3g\n", feature.name.c_str(), measure.name.c_str(), measure.score);
}

int main() try {
  train_and_publish();
  const Model model = operate::published_model("registry", "price@production");

  answer(model, 1, 300, 2);
  const operate::Report before = operate::monitor({.model = "price", .registry = "registry"});
  show(before);
  expect(before.rows == 300 && before.health != operate::Health::kAlarm, "nothing is wrong where nothing changed");

  const operate::MaintainOptions upkeep{.registry = "registry",
                                        .model = "price",
                                        .triggers = {"quality:metric=mae,bound=0.1"},
                                        .actions = {"retrain:epochs=200,learning_rate=0.05"},
                                        .gates = {"better:metric=mae"},
                                        .window_rows = 600};  // what was answered before the prices changed teaches nothing
  expect(operate::maintain(upkeep).outcome == operate::Outcome::kQuiet, "a pass in which nothing fires changes nothing");

  answer(model, 1, 600, 3);
  const operate::Report after = operate::monitor({.model = "price", .registry = "registry", .per = "hour"});
  show(after);
  expect(after.quality.front().metrics.front().value > 0.1, "prices that changed make the answers worse");

  const operate::Pass pass = operate::maintain(upkeep);
  std::printf("%s\n", pass.summary.c_str());
  std::ofstream("pass.html") << pass.page;
  expect(pass.outcome == operate::Outcome::kPromoted && pass.candidate == 2, "a better version replaces the first one");
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "operated_model: %s\n", error.what());
  return 1;
}
