// A small deployed model for tests: y = 3a - 2b + c + noise, learned by one dense layer, published, with a prediction log and labels
// written as the server and the labelling command write them.
#pragma once

#include <string>
#include <vector>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/random.hpp"
#include "graph/signature.hpp"
#include "layers/view/architecture.hpp"
#include "log/labels.hpp"
#include "log/profile.hpp"
#include "registry/registry.hpp"
#include "train/columns.hpp"
#include "train/known_signature.hpp"
#include "train/trainer.hpp"

namespace upkeep::scenario {

inline const std::vector<std::string> kFeatures = {"a", "b", "c", "d"};

// Where the world went: a and b move by `shift`, and y by `offset`.
struct World {
  double shift = 0;
  double offset = 0;
  std::optional<std::int64_t> missing_row = {};  // in which b is missing; -1: in all
};

// Columns a, b, c, d and y.
inline Table rows(std::int64_t count, std::uint64_t seed, const World& world = {}) {
  Random random(seed, stream_id("scenario"));
  std::vector<std::vector<double>> columns(5);
  for (std::int64_t i = 0; i < count; ++i) {
    const double a = random.normal() + world.shift;
    const double b = random.normal() + world.shift;
    const double c = random.normal();
    const double y = 3 * a - 2 * b + c + 0.3 * random.normal() + world.offset;
    const bool gap = world.missing_row == -1 || world.missing_row == i;
    const double values[] = {a, gap ? std::numeric_limits<double>::quiet_NaN() : b, c, random.normal(), y};
    for (std::size_t column = 0; column < columns.size(); ++column) columns[column].push_back(values[column]);
  }
  Table table;
  for (std::size_t i = 0; i < kFeatures.size(); ++i) table.add(kFeatures[i], Tensor({count}, std::move(columns[i])));
  table.add("y", Tensor({count}, std::move(columns[4])));
  return table;
}

inline Model trained(const Table& table, std::int64_t epochs = 60) {
  const Architecture architecture =
      architecture_from_yaml("name: net\nlayers: [{input: {shape: [4], name: x}}, {dense: {units: 1, name: out}}]");
  Model model = build_model(architecture, initial_weights(architecture, 1));
  const Dataset data = dataset_for(model, table, {.targets = {"y"}, .features = kFeatures});
  const Compile compile{.optimizer = {"adam", {{"learning_rate", 0.05}}}, .loss = {"mse", Json::object()}, .metrics = {"mae"}};
  remember_columns(model, data, compile);
  Trainer trainer(std::move(model), compile);
  trainer.fit(data, {.epochs = epochs, .show_progress = false});
  return trainer.model();
}

// A registry with version 1 in production, its reference table, and a clock that the test moves.
class Deployment {
 public:
  Deployment() : clock(TimePoint(std::chrono::sys_days(std::chrono::year(2026) / 1 / 31))), registry(folder / "registry", clock) {
    const Table table = rows(300, 1);
    save_table(table, reference());
    registry.publish("m", trained(table));
    registry.promote("m", 1, "production");
  }

  std::filesystem::path reference() const { return folder / "reference.parquet"; }

  // One request per row, one second apart, answered by the version; labels for the first `labelled` of them. Ids are PREFIX0, PREFIX1, ...
  void traffic(std::int64_t count, const std::string& prefix, std::uint64_t seed, const World& world, std::int64_t labelled,
               std::int64_t version = 1) {
    const Table table = rows(count, seed, world);
    const Model model = registry.load(registry.version("m", version));
    const Tensor x = dataset_for(model, table, {.no_targets = true}).inputs.at("x");
    const std::string output = model.graph.outputs.front().name;
    const Tensor y = predict(model, {{"x", x}}, 256, 1).at(output);
    PredictionLog log({.folder = registry.log_folder(), .reference = [this](const std::string&, std::int64_t) { return profile; }});
    const auto signature = std::make_shared<const Signature>(signature_of(model));
    for (std::int64_t i = 0; i < count; ++i) {
      clock.advance(std::chrono::seconds(1));
      log.offer({.request_id = upkeep::format("{}{}", prefix, i),
                 .time = clock.now(),
                 .model = "m",
                 .version = version,
                 .latency_us = 100 + i % 10,
                 .inputs = {{"x", x.rows(i, i + 1)}},
                 .outputs = {{output, y.rows(i, i + 1)}},
                 .signature = signature});
    }
    log.flush();
    if (labelled > 0) label(table.rows(0, labelled), prefix);
    clock.advance(std::chrono::seconds(1));
  }

  TemporaryFolder folder;
  ManualClock clock;
  Registry registry;
  std::shared_ptr<const ReferenceProfile> profile;  // over whose cells the traffic that follows is counted, if any

 private:
  void label(const Table& table, const std::string& prefix) {
    std::vector<std::string> ids;
    for (std::int64_t i = 0; i < table.rows(); ++i) ids.push_back(upkeep::format("{}{}", prefix, i));
    Table labels;
    labels.add("request_id", Tensor({table.rows()}, std::move(ids)));
    labels.add("label", table.column("y"));
    append_labels(registry.log_folder(), "m", labels, {.clock = clock});
  }
};

}  // namespace upkeep::scenario
