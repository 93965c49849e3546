// Keras's own order of a functional model's layers, which decides where its files keep weights: by depth, the farthest from an output
// first; within a depth, in the order in which a walk from the outputs comes upon them.

#include <algorithm>
#include <map>
#include <set>

#include "layers/keras_json.hpp"

namespace upkeep::layers {
namespace {

class Walk {
 public:
  explicit Walk(const Architecture& architecture) {
    for (const LayerSpec& layer : architecture.layers) specs_[layer.name] = &layer;
    for (const std::string& output : output_layers(architecture)) visit(layer_of(output));
    for (auto use = uses_.rbegin(); use != uses_.rend(); ++use) measure(*use);
    for (const LayerSpec& layer : architecture.layers)  // inputs that nobody reads
      if (layer.inputs.empty() && !found_.contains(layer.name)) {
        found_[layer.name] = -1;
        depths_[layer.name] = 0;
      }
  }

  std::vector<std::string> order() const {
    std::vector<std::string> names;
    for (const auto& [name, found] : found_) names.push_back(name);
    std::ranges::stable_sort(names, {}, [&](const std::string& name) { return std::pair(-depths_.at(name), found_.at(name)); });
    return names;
  }

 private:
  static const std::string& owner(const LayerSpec& use) { return use.shares.empty() ? use.name : use.shares; }

  // Without recursion: a net may be thousands of layers deep.
  void visit(const std::string& start) {
    std::vector<std::pair<const LayerSpec*, std::size_t>> path;
    const auto enter = [&](const std::string& name) {
      const LayerSpec* use = specs_.at(name);
      if (!seen_.insert(name).second) return;
      found_.emplace(owner(*use), static_cast<int>(found_.size()));
      path.emplace_back(use, 0);
    };
    enter(start);
    while (!path.empty()) {
      auto& [use, next] = path.back();
      if (next < use->inputs.size()) {
        enter(layer_of(use->inputs[next++]));
      } else {
        uses_.push_back(use);
        path.pop_back();
      }
    }
  }

  // The longest way from a use to an output; of a layer, that of its farthest use.
  void measure(const LayerSpec* use) {
    int& of_layer = depths_[owner(*use)];
    const int depth = std::max(use_depths_[use->name], of_layer);
    of_layer = depth;
    use_depths_[use->name] = depth;
    for (const std::string& input : use->inputs) {
      int& below = use_depths_[layer_of(input)];
      below = std::max(below, depth + 1);
    }
  }

  std::map<std::string, const LayerSpec*> specs_;
  std::set<std::string> seen_;
  std::map<std::string, int> found_;    // by layer, when the walk came upon it
  std::vector<const LayerSpec*> uses_;  // inputs before their readers
  std::map<std::string, int> use_depths_;
  std::map<std::string, int> depths_;  // by layer
};

}  // namespace

std::vector<std::string> keras_order(const Architecture& architecture) { return Walk(architecture).order(); }

}  // namespace upkeep::layers
