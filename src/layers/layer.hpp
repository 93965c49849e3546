// A layer: settings with Keras's names and defaults, the operators it builds, the weights it owns, and how to recognise it in a foreign
// graph. One file of this room knows everything about a layer.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/catalog.hpp"
#include "base/settings.hpp"
#include "graph/ops.hpp"

namespace upkeep::layers {

struct WeightSpec {
  std::string name;  // Keras's: "kernel", "bias"
  Shape shape;       // Keras's axis layout
  Json initializer;  // {"class_name": "GlorotUniform", "config": {...}} or a name
  bool trainable = true;
  Json regularizer = nullptr;  // a name ("l2"), {"class_name": "L2", "config": {"l2": 0.01}}, or null
  Json constraint = nullptr;   // applied after each update: a name ("non_neg"), {"class_name": "MaxNorm", "config": {...}}, or null
  std::string part = {};  // which part of the layer Keras keeps it in, as its files say it: "cell", "forward_layer/cell"; empty: itself
  std::optional<std::string> also_in = {};  // another part whose variables it counts among as well
  bool unread = false;                      // a variable of Keras's that no graph needs: no weight here, and zeros in Keras's files
};

// Whose rules say what a layer makes of the masks of its inputs (docs/decisions/0022-two-rules-for-masks.md).
enum class MaskRules { kKeras3, kKeras2 };

// What a layer builds with.
struct BuildContext {
  Ops& ops;
  std::string name;  // the layer's
  std::vector<Value> inputs;
  bool training = false;
  std::function<Value(const std::string& weight)> weight;  // one of the layer's weights(), as a graph value
  // Fresh uniform [0, 1) numbers of these dimensions for each training step: a graph input that the trainer fills. Only while training.
  std::function<Value(const std::string& name, const Dims& dims)> random;
  // Penalises an activity (Keras's activity_regularizer). Absent where there is no loss.
  std::function<void(Value activity, const Json& regularizer)> add_activity_penalty;
  // What one of the layer's weights that are not trainable (a moving mean) is after this training step. Only while training.
  std::function<void(const std::string& weight, Value after)> update;
  // Keras's mask of an input: bool [batch, time], which steps count; absent where all do. Built when it is asked for.
  std::function<Value(std::size_t input)> mask = {};
  MaskRules mask_rules = MaskRules::kKeras3;
};

// How many layers a layer reads, [least, most].
struct InputCount {
  std::size_t least = 1;
  std::size_t most = 1;
  bool contains(std::size_t count) const { return least <= count && count <= most; }
};
inline constexpr InputCount kNoInput{0, 0};
inline constexpr InputCount kTwoInputs{2, 2};
inline constexpr InputCount kAnyInputs{1, static_cast<std::size_t>(-1)};

class Layer {
 public:
  virtual ~Layer() = default;
  virtual InputCount input_count() const { return {}; }
  // The weights, in Keras's order (trainable first). Throws Error when the input's rank or size does not fit.
  virtual std::vector<WeightSpec> weights(const std::vector<Dims>& inputs) const;
  virtual Value build(const BuildContext& context) const = 0;
  // For layers that give several values: all of them, the first of which is what build() gives. Layers read them as "NAME", "NAME:1", ...
  virtual std::vector<Value> build_all(const BuildContext& context) const { return {build(context)}; }
  // Whether the mask of its first input is its output's as well. Otherwise a mask ends here.
  virtual bool supports_masking() const { return false; }
  // Which steps of the output count, absent for all of them.
  virtual Value mask(const BuildContext& context) const;
  // Whether that is the mask of this one of its outputs.
  virtual bool masks_output(std::size_t output) const { return output == 0; }
  // Whether Keras 3 calls it with the mask that its input had when the model was made, not with the one that is left when it runs.
  virtual bool takes_mask() const { return false; }
  // Whether Keras 3 takes the masks of its inputs away when it runs: those that run behind it find none.
  virtual bool clears_masks() const { return false; }
};

class GraphView;  // layers/view/graph_view.hpp

// A layer beside a find, which reads one value, or the find's own.
struct PlainLayer {
  std::string kind;
  Json settings;
  std::vector<std::pair<std::string, Tensor>> weights = {};  // by Keras's name, in Keras's layout
};

// A value of a foreign graph that plain layers make of what a layer gives: ONNX's LSTM gives [time, directions, batch, units].
struct DerivedValue {
  std::string value;                     // its name in the graph
  std::vector<std::size_t> of = {0};     // which of the layer's values the first plain layer reads
  std::vector<PlainLayer> through = {};  // each behind the first reads the one before it
};

// A piece of a foreign graph that is one layer, perhaps with plain ones around it (a convolution whose padding is none of Keras's).
struct Recognised {
  Json settings = Json::object();
  std::vector<std::pair<std::string, Tensor>> weights;  // by Keras's name, in Keras's layout
  std::vector<std::size_t> nodes;                       // indices into graph.nodes that the layer stands for
  std::vector<std::string> inputs;                      // names of the values that it reads, in the layer's order
  std::string output;                                   // empty: only `derived` values are given
  std::string kind = {};                                // filled in by the caller
  std::vector<PlainLayer> before = {};                  // what the first input goes through first
  std::vector<PlainLayer> before_others = {};           // what each of the other inputs goes through first
  std::vector<PlainLayer> after = {};                   // what the output goes through
  std::vector<DerivedValue> derived = {};               // further values of the graph that come from the layer
};

// A layer of [batch, channels, ...] once its input is [batch, ..., channels]; so is its output then.
struct ChannelsLastForm {
  Json settings;
  std::vector<std::string> moved_weights = {};  // that have the input's axes without the batch, whose first goes to the end with it
};

struct LayerEntry {
  std::string name;                  // "dense"
  std::vector<std::string> aliases;  // Keras's class name, "Dense"
  std::string keras_class;           // "Dense"
  std::string help;
  Settings settings;
  std::function<std::unique_ptr<Layer>(const Json& settings)> make;
  // The layer that starts at graph.nodes[node], or nullopt. Absent for layers that no graph shows.
  std::function<std::optional<Recognised>(const GraphView& graph, std::size_t node)> recognise;
  bool recognised_first = false;                // whether its first nodes would be taken for other layers
  bool reads_list = false;                      // Keras calls it with one list of its inputs, layer([a, b]), instead of layer(a, b)
  std::string keras_module = "keras.layers";    // where Keras has the class
  std::string python_class = {};                // its name in Python, where that is another than in configurations
  std::string rest_argument = {};               // the argument that takes a list of the inputs behind the first: "initial_state"
  std::vector<std::string> call_settings = {};  // settings that Keras gives when it calls the layer, not when it makes it
  // For layers of several inputs: the settings with which it does for each step of sequences what it does with these for one step.
  std::function<Json(Json settings)> for_each_step = {};
  // What it is with the channels last, where `input` are the dimensions of its (first) input with the channels second. Without it, a layer
  // has such a form where its setting data_format says "channels_first", and wants the axes as they are otherwise.
  std::function<std::optional<ChannelsLastForm>(Json settings, const Dims& input)> channels_last = {};
  std::string not_trained = {};  // why a model with it cannot be trained; empty: it can
};
using LayerCatalog = Catalog<LayerEntry>;
const LayerCatalog& catalog();

// For layers that work element by element.
std::optional<ChannelsLastForm> in_any_order(Json settings, const Dims& input);

// For layers that work along one axis, their setting `axis`, the last one by default.
std::optional<ChannelsLastForm> with_axis_moved(Json settings, const Dims& input);
// For layers that leave the order of the elements: one channel vector is the same in both orders.
std::optional<ChannelsLastForm> of_channel_vectors(Json settings, const Dims& input);

// An entry for a layer whose class L has `using Options = ...` (a described settings struct) and a constructor from it.
template <typename L>
LayerEntry entry(std::string keras_class, decltype(LayerEntry::recognise) recognise = nullptr) {
  const Settings& about = settings<typename L::Options>;
  return {.name = about.name(),
          .aliases = {keras_class},
          .keras_class = keras_class,
          .help = about.help(),
          .settings = about,
          .make = [](const Json& values) { return std::make_unique<L>(parse<typename L::Options>(values)); },
          .recognise = std::move(recognise)};
}

}  // namespace upkeep::layers
