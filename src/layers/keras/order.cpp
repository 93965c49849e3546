// Keras: keras/src/ops/function.py, map_graph() and Function._run_through_graph(); keras/src/models/functional.py,
// functional_from_config().

#include "layers/keras/order.hpp"

#include <algorithm>
#include <set>

#include "layers/keras/json.hpp"

namespace upkeep::layers {
namespace {

class Walk {
 public:
  Walk(const std::vector<KerasCall>& calls, const std::vector<std::size_t>& outputs) : calls_(calls), seen_(calls.size()) {
    for (const std::size_t output : outputs) visit(output);
    for (auto call = finished_.rbegin(); call != finished_.rend(); ++call) measure(*call);
  }

  KerasOrder order() && {
    std::ranges::stable_sort(listed_, std::greater(), [&](std::size_t call) { return call_depths_.at(call); });
    std::ranges::stable_sort(found_, std::greater(), [&](std::size_t layer) { return depths_.at(layer); });
    return {.layers = std::move(found_), .calls = std::move(listed_), .depths = std::move(depths_)};
  }

 private:
  // Without recursion: a net may be thousands of layers deep.
  void visit(std::size_t start) {
    std::vector<std::pair<std::size_t, std::size_t>> path;  // calls, and which of the values that they read comes next
    const auto enter = [&](std::size_t call) {
      if (seen_[call]) return;
      seen_[call] = true;
      if (layers_.insert(calls_[call].layer).second) found_.push_back(calls_[call].layer);
      path.emplace_back(call, 0);
    };
    enter(start);
    while (!path.empty()) {
      auto& [call, next] = path.back();
      if (next < calls_[call].reads.size()) {
        enter(calls_[call].reads[next++]);
      } else {
        finished_.push_back(call);
        path.pop_back();
      }
    }
  }

  // The longest way from a call to an output; of a layer, that of its farthest call so far, which the call takes over.
  void measure(std::size_t call) {
    int& of_layer = depths_[calls_[call].layer];
    const int depth = std::max(depth_of(call), of_layer);
    of_layer = depth;
    call_depths_[call] = depth;
    for (const std::size_t read : calls_[call].reads) {
      int& below = depth_of(read);
      below = std::max(below, depth + 1);
    }
  }

  int& depth_of(std::size_t call) {
    const auto [depth, is_new] = call_depths_.try_emplace(call, 0);
    if (is_new) listed_.push_back(call);
    return depth->second;
  }

  const std::vector<KerasCall>& calls_;
  std::vector<bool> seen_;
  std::set<std::size_t> layers_;       // that are found
  std::vector<std::size_t> found_;     // layers, as the walk comes upon them
  std::vector<std::size_t> finished_;  // calls, what they read before them
  std::vector<std::size_t> listed_;    // calls, as something is first known of their depths
  std::map<std::size_t, int> call_depths_;
  std::map<std::size_t, int> depths_;  // by layer
};

const std::string& owner(const LayerSpec& use) { return use.shares.empty() ? use.name : use.shares; }

KerasOrder order_of(const Architecture& architecture) {
  std::map<std::string, std::size_t> places;
  std::vector<KerasCall> calls;
  for (const LayerSpec& layer : architecture.layers) {
    places[layer.name] = calls.size();
    KerasCall call{.layer = places.at(owner(layer))};
    for (const std::string& input : layer.inputs) call.reads.push_back(places.at(layer_of(input)));
    calls.push_back(std::move(call));
  }
  std::vector<std::size_t> outputs;
  for (const std::string& output : output_layers(architecture)) outputs.push_back(places.at(layer_of(output)));
  return order_of_calls(calls, outputs);
}

// What a call reads, its masks too.
std::vector<Reference> all_reads(const Json& node) {
  std::vector<Reference> found;
  if (!node.is_object()) return found;
  collect(member(node, "args"), found);
  const Json named = member(node, "kwargs");
  std::map<std::string, Json> sorted;
  if (named.is_object())
    for (const auto& [name, value] : named.items()) sorted.emplace(name, value);
  for (const auto& [name, value] : sorted) collect(value, found);
  return found;
}

bool goes_round(const std::vector<KerasCall>& calls) {
  std::vector<std::size_t> waits(calls.size());
  std::vector<std::vector<std::size_t>> readers(calls.size());
  std::vector<std::size_t> ready;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    waits[i] = calls[i].reads.size();
    for (const std::size_t read : calls[i].reads) readers[read].push_back(i);
    if (waits[i] == 0) ready.push_back(i);
  }
  std::size_t done = 0;
  for (; done < ready.size(); ++done)
    for (const std::size_t reader : std::vector(readers[ready[done]]))
      if (--waits[reader] == 0) ready.push_back(reader);
  return done < calls.size();
}

}  // namespace

KerasOrder order_of_calls(const std::vector<KerasCall>& calls, const std::vector<std::size_t>& outputs) {
  return Walk(calls, outputs).order();
}

std::map<std::pair<std::string, std::int64_t>, std::size_t> keras_run(const Json& layers, const std::vector<Reference>& outputs) {
  std::map<std::pair<std::string, std::int64_t>, std::size_t> places;
  std::vector<KerasCall> calls;
  std::vector<std::vector<Reference>> reads;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Json nodes = member(layers[i], "inbound_nodes");
    const bool is_called = nodes.is_array() && !nodes.empty();
    for (std::size_t use = 0; use < (is_called ? nodes.size() : 1); ++use) {
      places.try_emplace({entry_name(layers[i]), static_cast<std::int64_t>(use)}, calls.size());
      calls.push_back({.layer = i});
      reads.push_back(is_called ? all_reads(nodes[use]) : std::vector<Reference>());
    }
  }
  const auto found = [&](const std::vector<Reference>& references) {
    std::vector<std::size_t> indices;
    for (const Reference& one : references)
      if (const auto place = places.find({one.layer, one.use}); place != places.end()) indices.push_back(place->second);
    return indices;
  };
  for (std::size_t i = 0; i < calls.size(); ++i) calls[i].reads = found(reads[i]);
  if (goes_round(calls)) return {};
  const std::vector<std::size_t> order = order_of_calls(calls, found(outputs)).calls;
  std::vector<std::size_t> when(calls.size(), calls.size());
  for (std::size_t i = 0; i < order.size(); ++i) when[order[i]] = i;
  for (auto& [call, place] : places) place = when[place];
  return places;
}

std::vector<std::string> keras_order(const Architecture& architecture) {
  const KerasOrder order = order_of(architecture);
  std::vector<std::string> names;
  for (const std::size_t layer : order.layers)
    if (order.depths.at(layer) > 0) names.push_back(architecture.layers[layer].name);
  for (const LayerSpec& layer : architecture.layers)  // inputs that nobody reads
    if (layer.inputs.empty() && !order.depths.contains(architecture.index(layer.name))) names.push_back(layer.name);
  for (const std::size_t layer : order.layers)
    if (order.depths.at(layer) == 0) names.push_back(architecture.layers[layer].name);
  return names;
}

Architecture in_keras_run(const Architecture& architecture) {
  std::vector<std::size_t> order = order_of(architecture).calls;
  for (std::size_t i = 0; i < architecture.layers.size(); ++i)
    if (!std::ranges::contains(order, i)) order.push_back(i);
  Architecture there = architecture;
  there.outputs = output_layers(architecture);
  for (std::size_t i = 0; i < order.size(); ++i) there.layers[i] = architecture.layers[order[i]];
  return there;
}

}  // namespace upkeep::layers
