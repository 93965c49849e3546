// Trains one network on random data, step by step as its peers in benchmarks/peers do: reads "N" per line from stdin, trains N steps, and
// answers with the seconds of a step and the peak of this process's memory in MB.
//
//   train_benchmark NAME THREADS        NAME: a file of benchmarks/networks without its ending
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "layers/view/architecture.hpp"
#include "train/trainer.hpp"

using namespace upkeep;

namespace {

struct Network {
  std::string yaml;
  Shape input;  // of a row
  std::int64_t classes = 0, batch = 32;
};

Network network(const std::string& name) {
  std::ifstream file(std::string(UPKEEP_BENCHMARKS) + "/networks/" + name + ".yaml");
  if (!file) throw Error(ErrorCode::kNotFound, "there is no network \"" + name + "\" in benchmarks/networks");
  Network made{.yaml = {std::istreambuf_iterator<char>(file), {}}, .input = {}};
  // The first line: "# batch 64, classes 10" (classes 0: one number to predict).
  std::sscanf(made.yaml.c_str(), "# batch %ld, classes %ld", &made.batch, &made.classes);
  const Architecture architecture = architecture_from_yaml(made.yaml);
  for (const Json& size : architecture.layers.at(0).settings.at("shape")) made.input.push_back(size.get<std::int64_t>());
  return made;
}

Tensor random_rows(std::int64_t rows, const Shape& row) {
  Shape shape{rows};
  shape.insert(shape.end(), row.begin(), row.end());
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  Random(1, stream_id("benchmark")).fill_uniform(values);
  return Tensor(shape, std::move(values));
}

Dataset random_data(const Network& net, std::int64_t rows) {
  Tensor targets = random_rows(rows, {1});
  if (net.classes > 0) {
    std::vector<std::int64_t> classes;
    for (const float value : targets.floats()) classes.push_back(static_cast<std::int64_t>(value * static_cast<float>(net.classes)));
    targets = Tensor({rows, 1}, std::move(classes));
  }
  return {.inputs = {{"input", random_rows(rows, net.input)}}, .targets = targets};
}

long peak_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (word == "VmHWM:") {
      long kilobytes = 0;
      status >> kilobytes;
      return kilobytes / 1024;
    }
  return 0;
}

void serve(const std::string& name, int threads) {
  const Network net = network(name);
  const Architecture architecture = architecture_from_yaml(net.yaml);
  Trainer trainer(build_model(architecture, initial_weights(architecture, 1)),
                  {.optimizer = parse_named("adam"), .loss = parse_named(net.classes > 0 ? "sparse_categorical_crossentropy" : "mse")});
  std::int64_t prepared = 0;
  Dataset data;
  for (std::int64_t steps = 0; std::cin >> steps;) {
    if (steps != prepared) data = random_data(net, steps * net.batch);
    prepared = steps;
    const Stopwatch watch;
    trainer.fit(data, {.epochs = 1, .batch_size = net.batch, .threads = threads, .show_progress = false});
    std::cout << watch.seconds() / static_cast<double>(steps) << " " << peak_mb() << std::endl;
  }
}

}  // namespace

int main(int count, char** words) {
  try {
    if (count != 3) throw Error(ErrorCode::kInvalidArgument, "usage: train_benchmark NAME THREADS");
    serve(words[1], std::stoi(words[2]));
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
