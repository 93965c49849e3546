// ONNX Runtime writes the times of a profiled session into a JSON file: "NODE_kernel_time" for each node that ran, "model_run" after each
// run. Writing them down takes time too, so whole runs are timed without. What it fused or moved to another layout in memory has a name
// that begins with that of a node or of a value: "conv/Relu_nchwc".

#include "runtime/profile.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/json.hpp"
#include "runtime/ort.hpp"

namespace upkeep {
namespace {

constexpr int kWarmUp = 2;
constexpr int kLeastRuns = 3;
constexpr double kSeconds = 1;

// Every node has a name of its own, which its events then carry.
Model named(const Model& model) {
  Model copy = model;
  for (std::size_t i = 0; i < copy.graph.nodes.size(); ++i)
    if (copy.graph.nodes[i].name.empty()) copy.graph.nodes[i].name = "node_" + std::to_string(i);
  return copy;
}

class ProfiledSession {
 public:
  ProfiledSession(const Model& model, const ProfileOptions& options) {
    Ort::Env& environment = runtime::environment();
    const ModelWithoutWeights parts = model_without_weights(model, runtime::kSharedBytes);
    runtime::ort_call("the runtime cannot load the model", [&] {
      Ort::SessionOptions made = runtime::session_options({.threads = options.threads});
      made.EnableProfiling((folder_ / "profile").c_str());
      runtime::share_weights(parts, made, weights_);
      session_ = Ort::Session(environment, parts.bytes.data(), parts.bytes.size(), made);
    });
  }

  int run(const Model& model, const Tensors& inputs, int at_most) {
    std::vector<const char*> names;
    std::vector<Ort::Value> values;
    for (const auto& [name, tensor] : inputs) {
      names.push_back(name.c_str());
      values.push_back(runtime::view(tensor));
    }
    std::vector<const char*> outputs;
    for (const ValueInfo& output : model.graph.outputs) outputs.push_back(output.name.c_str());
    int runs = 0;
    runtime::ort_call("the model failed while it ran", [&] {
      for (const Stopwatch watch; runs < kWarmUp + kLeastRuns || (runs < kWarmUp + at_most && watch.seconds() < kSeconds); ++runs)
        session_.Run(Ort::RunOptions{nullptr}, names.data(), values.data(), values.size(), outputs.data(), outputs.size());
    });
    return runs - kWarmUp;
  }

  Json events() {
    const Ort::AllocatorWithDefaultOptions allocator;
    return parse_json(read_file(session_.EndProfilingAllocated(allocator).get()));
  }

 private:
  TemporaryFolder folder_;
  std::vector<Tensor> weights_;
  Ort::Session session_{nullptr};
};

// Which node of the graph an event is about.
class NodeFinder {
 public:
  explicit NodeFinder(const Graph& graph) : graph_(graph) {
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      for (const std::string& output : graph.nodes[i].outputs) {
        makers_.emplace(output, i);
        if (!output.empty()) names_.emplace(output, i);
      }
    }
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) names_.insert_or_assign(graph.nodes[i].name, i);
  }

  std::optional<std::size_t> find(const std::string& event, const std::string& op) const {
    const auto [node, rest] = longest_prefix(event);
    if (!node) return std::nullopt;
    return rest.starts_with("_bn") ? node : working_node(*node, op);  // a BatchNormalization that runs as a convolution
  }

 private:
  std::pair<std::optional<std::size_t>, std::string_view> longest_prefix(std::string_view event) const {
    for (std::size_t length = event.size(); length > 0; --length) {
      if (length < event.size() && !std::string_view("_/-. ").contains(event[length])) continue;
      const auto found = names_.find(std::string(event.substr(0, length)));
      if (found != names_.end()) return {found->second, event.substr(length)};
    }
    return {std::nullopt, {}};
  }

  // A fused node is called after the last of its nodes; the one that does the work is above it.
  std::size_t working_node(std::size_t last, const std::string& op) const {
    std::size_t at = last;
    for (int steps = 0; steps < 4; ++steps) {
      const Node& node = graph_.nodes[at];
      if (op.ends_with(node.op)) return at;  // Conv, FusedConv
      const auto above = node.inputs.empty() ? makers_.end() : makers_.find(node.inputs[0]);
      if (above == makers_.end()) return last;
      at = above->second;
    }
    return last;
  }

  const Graph& graph_;
  std::unordered_map<std::string, std::size_t> names_;   // of nodes, and of values: who makes them
  std::unordered_map<std::string, std::size_t> makers_;  // of values
};

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

// Times of each run in order, by event name; a node in a loop runs several times, which are added up.
using Times = std::map<std::pair<std::string, std::string>, std::vector<double>>;  // by name and operator

Times times_of(const Json& events) {
  constexpr std::string_view kSuffix = "_kernel_time";
  Times times;
  std::size_t run = 0;
  for (const Json& event : events) {
    std::string name = event.value("name", "");
    const double duration = event.value("dur", 0.0);
    if (name == "model_run") ++run;
    if (event.value("cat", "") != "Node" || !name.ends_with(kSuffix)) continue;
    name.resize(name.size() - kSuffix.size());
    std::vector<double>& list = times[{name, event["args"].value("op_name", "")}];
    list.resize(run + 1);
    list.back() += duration;
  }
  return times;
}

double time_of_a_run(const Model& model, const Tensors& inputs, int threads, int runs) {
  const Session session(model, {.threads = threads});
  std::vector<double> times;
  for (int run = -kWarmUp; run < runs; ++run) {
    const Stopwatch watch;
    session.run(inputs);
    if (run >= 0) times.push_back(1e6 * watch.seconds());
  }
  return median(std::move(times));
}

std::vector<double> counted(const std::vector<double>& runs) {
  return {runs.begin() + std::min<std::ptrdiff_t>(kWarmUp, std::ssize(runs)), runs.end()};
}

// What has to come off each time, the same for all, for them to take as long as a whole run together; 0 where they take less.
double added_by_measuring(const std::vector<double>& times, double run) {
  const auto left = [&](double off) {
    double sum = 0;
    for (const double time : times) sum += std::max(0.0, time - off);
    return sum;
  };
  double low = 0;
  double high = left(0) <= run ? 0 : std::ranges::max(times);
  for (int halving = 0; halving < 40; ++halving) {
    const double middle = (low + high) / 2;
    (left(middle) > run ? low : high) = middle;
  }
  return high;
}

}  // namespace

Profile profile(const Model& model, const Tensors& inputs, const ProfileOptions& options) {
  const Model copy = named(model);
  ProfiledSession session(copy, options);
  Profile made{.node_us = std::vector<double>(model.graph.nodes.size()), .ran = std::vector<bool>(model.graph.nodes.size())};
  made.runs = session.run(copy, inputs, options.runs);
  made.run_us = time_of_a_run(copy, inputs, options.threads, made.runs);
  const Times events = times_of(session.events());
  std::vector<double> medians;
  for (const auto& [event, list] : events) medians.push_back(median(counted(list)));
  const double measuring = added_by_measuring(medians, made.run_us);
  const NodeFinder finder(copy.graph);
  std::size_t at = 0;
  for (const auto& [event, list] : events) {
    const double time = std::max(0.0, medians[at++] - measuring);
    const std::optional<std::size_t> node = finder.find(event.first, event.second);
    (node ? made.node_us[*node] : made.runtime_us) += time;
    if (node) made.ran[*node] = true;
  }
  return made;
}

}  // namespace upkeep
