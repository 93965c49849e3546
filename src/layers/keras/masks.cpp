#include "layers/keras/masks.hpp"

#include <algorithm>
#include <iterator>

#include "base/format.hpp"
#include "layers/keras/operations.hpp"

namespace upkeep::layers {
namespace {

constexpr int kDeepest = 1000;  // layers and operations behind one another; what lies deeper counts as no mask of the layer's own

// Keras 3's table (supports_masking): what hands the mask of its first input on.
const std::set<std::string>& handing_on() {
  static const std::set<std::string> kClasses = {"Activation",
                                                 "ActivityRegularization",
                                                 "AdditiveAttention",
                                                 "AlphaDropout",
                                                 "Attention",
                                                 "BatchNormalization",
                                                 "Dense",
                                                 "Dropout",
                                                 "ELU",
                                                 "GaussianDropout",
                                                 "GaussianNoise",
                                                 "GroupNormalization",
                                                 "GroupQueryAttention",
                                                 "GroupedQueryAttention",
                                                 "Identity",
                                                 "LayerNormalization",
                                                 "LeakyReLU",
                                                 "MultiHeadAttention",
                                                 "Normalization",
                                                 "PReLU",
                                                 "ReLU",
                                                 "Rescaling",
                                                 "Softmax",
                                                 "SpatialDropout1D",
                                                 "SpatialDropout2D",
                                                 "SpatialDropout3D",
                                                 "TimeDistributed",
                                                 "UnitNormalization"};
  return kClasses;
}
// What does so where it gives sequences.
const std::set<std::string>& recurrent() {
  static const std::set<std::string> kClasses = {"LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"};
  return kClasses;
}
const std::set<std::string>& merging() {
  static const std::set<std::string> kClasses = {"Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"};
  return kClasses;
}

const Json& use_of(const Json& entry, std::int64_t use) {
  static const Json kNone;
  const Json& nodes = member(entry, "inbound_nodes");
  const bool there = nodes.is_array() && use >= 0 && static_cast<std::size_t>(use) < nodes.size();
  return there ? nodes[static_cast<std::size_t>(use)] : kNone;
}

// The values that a call of Keras 3 reads as data.
std::vector<Reference> read_by(const Json& node) {
  std::vector<Reference> reads;
  if (!node.is_object()) return reads;
  collect(member(node, "args"), reads);
  for (const char* name : {"query", "value", "key", "inputs", "sequences", "initial_state"})
    collect(member(member(node, "kwargs"), name), reads);
  return reads;
}

std::size_t input_of(const std::string& argument) { return argument == "value_mask" ? 1 : argument == "key_mask" ? 2 : 0; }

std::string number_text(const Json& value) { return value.is_number() ? upkeep::format("{:g}", value.get<double>()) : value.dump(); }

bool gives_sequences(const Json& entry) { return member(member(entry, "config"), "return_sequences") == true; }

}  // namespace

bool is_mask_argument(const std::string& name) {
  return name == "mask" || name == "query_mask" || name == "value_mask" || name == "key_mask";
}

bool makes_masks(const Json& entry) {
  const std::string kind = text(entry, "class_name");
  const Json config = member(entry, "config");
  if (kind == "Masking" || member(config, "mask_zero") == true) return true;
  const Json& layers = config.is_array() ? config : member(config, "layers");  // a Sequential of early Keras 2 is a list
  if (layers.is_array() && std::ranges::any_of(layers, makes_masks)) return true;
  return member(config, "layer").is_object() && makes_masks(member(config, "layer"));
}

bool takes_masks_away(const Json& entry) {
  const Json config = member(entry, "config");
  const Json& layers = config.is_array() ? config : member(config, "layers");
  if (layers.is_array()) return std::ranges::any_of(layers, takes_masks_away);
  return text(entry, "class_name") == "MultiHeadAttention";
}

bool merges_masks(const Json& entry) {
  const Json config = member(entry, "config");
  const Json& layers = config.is_array() ? config : member(config, "layers");
  if (layers.is_array()) return std::ranges::any_of(layers, merges_masks);
  const std::string kind = text(entry, "class_name");
  return merging().contains(kind) || kind == "Concatenate";
}

bool hands_mask_on(const Json& entry) {
  const std::string kind = text(entry, "class_name");
  if (kind == "Bidirectional") return gives_sequences(member(member(entry, "config"), "layer"));
  if (recurrent().contains(kind)) return gives_sequences(entry);
  return handing_on().contains(kind) || merging().contains(kind) || kind == "Concatenate" || makes_masks(entry);
}

KerasMasks::KerasMasks(const Json& config, const Json& layers) {
  if (!layers.is_array()) return;
  for (const Json& layer : layers) layers_.emplace(entry_name(layer), layer);
  find_operations(config, layers);
}

const Json* KerasMasks::find(const std::string& name) const {
  const auto found = layers_.find(name);
  return found == layers_.end() ? nullptr : &found->second;
}

// The same number for the same words: a mask of masks would double with every layer that merges two branches.
std::string KerasMasks::short_for(const std::string& words) const {
  return upkeep::format("#{}", numbers_.try_emplace(words, numbers_.size()).first->second);
}

std::string KerasMasks::text_of(const Reference& value, int depth) const {
  const std::string place = upkeep::format("{}/{}/{}", value.layer, value.use, value.value);
  if (const auto known = texts_.find(place); known != texts_.end()) return known->second;
  const Json* entry = find(value.layer);
  const bool operation = entry && is_operation(*entry) && depth < kDeepest;
  const std::string words = operation ? text_of_operation(*entry, depth + 1) : "";
  return texts_[place] = words.starts_with("#") ? words : short_for(words.empty() ? place : words);
}

// Empty for operations that Keras makes no masks of.
std::string KerasMasks::text_of_operation(const Json& entry, int depth) const {
  const std::string kind = text(entry, "class_name");
  const Json& node = use_of(entry, 0);
  const Json& arguments = member(node, "args");
  const std::vector<Reference> reads = read_by(node);
  if (reads.empty() || !arguments.is_array()) return "";
  const std::string first = text_of(reads[0], depth);
  if (kind == "ConvertToTensor") return first;
  if (kind == "NotEqual" && reads.size() == 1 && arguments.size() == 2) return "not_equal(" + first + "," + number_text(arguments[1]) + ")";
  if (kind == "Any") return "any(" + first + ")";
  if (kind == "ExpandDims") return "expand(" + first + ")";
  if (kind == "ZerosLike") return "zeros(" + first + ")";
  if (kind == "OnesLike") return "ones(" + first + ")";
  if (kind == "LogicalOr" && reads.size() == 2) return "or(" + first + "," + text_of(reads[1], depth) + ")";
  if (kind != "Concatenate") return "";
  std::string all = "join(" + member(member(entry, "config"), "axis").dump();
  for (const Reference& one : reads) all += "," + text_of(one, depth);
  return all + ")";
}

std::string KerasMasks::merged(const std::vector<Reference>& reads, int depth) const {
  std::string all;
  for (const Reference& one : reads) {
    const std::string mask = mask_of(one, depth);
    if (mask.empty()) return "";
    all = all.empty() ? mask : short_for("or(" + all + "," + mask + ")");
  }
  return all;
}

std::string KerasMasks::joined(const std::vector<Reference>& reads, const Json& axis, int depth) const {
  std::string all = "join(" + axis.dump();
  bool any = false;
  for (const Reference& one : reads) {
    const std::string mask = mask_of(one, depth);
    any = any || !mask.empty();
    const std::string shape = text_of(one);
    all += "," + (mask.empty() ? short_for("ones(" + shape + ")")
                               : short_for("or(" + short_for("expand(" + mask + ")") + "," + short_for("zeros(" + shape + ")") + ")"));
  }
  return any ? "any(" + short_for(all + ")") + ")" : "";
}

std::string KerasMasks::mask_of(const Reference& value, int depth) const {
  const std::string place = upkeep::format("{}/{}/{}", value.layer, value.use, value.value);
  if (const auto known = masks_.find(place); known != masks_.end()) return known->second;
  const std::string words = words_of_mask(value, depth);
  return masks_[place] = words.empty() || words.starts_with("#") ? words : short_for(words);
}

std::string KerasMasks::words_of_mask(const Reference& value, int depth) const {
  const Json* entry = find(value.layer);
  if (!entry || depth > kDeepest) return "";
  const std::string kind = text(*entry, "class_name");
  const Json& config = member(*entry, "config");
  const Json& node = use_of(*entry, value.use);
  const std::vector<Reference> reads = read_by(node);
  if (reads.empty() || is_operation(*entry)) return "";
  if (kind == "Embedding") return member(config, "mask_zero") == true && value.value == 0 ? "not_equal(" + text_of(reads[0]) + ",0)" : "";
  if (kind == "Masking")
    return "any(" + short_for("not_equal(" + text_of(reads[0]) + "," + number_text(member(config, "mask_value")) + ")") + ")";
  if (merging().contains(kind)) return merged(reads, depth + 1);
  if (kind == "Concatenate") return joined(reads, member(config, "axis"), depth + 1);
  const bool second = kind == "Bidirectional" && value.value == 1 && member(config, "merge_mode").is_null();
  if (!hands_mask_on(*entry) || (value.value != 0 && !second)) return "";
  std::vector<Reference> given;
  collect(member(member(node, "kwargs"), "mask"), given);
  return given.size() == 1 ? text_of(given[0]) : mask_of(reads[0], depth + 1);
}

std::vector<GivenMask> KerasMasks::given(const std::vector<Reference>& reads, const Json& named) const {
  std::vector<GivenMask> masks;
  if (!named.is_object()) return masks;
  for (const auto& [argument, value] : named.items()) {
    if (!is_mask_argument(argument) || value.is_null()) continue;
    const bool several = value.is_array() && !(value.size() >= 3 && value[0].is_string());  // not ["x", 0, 0]
    const Json list = several ? value : Json::array({value});
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (list[i].is_null()) continue;
      std::vector<Reference> found;
      collect(list[i], found);
      const std::size_t input = input_of(argument) + i;
      if (found.size() != 1 || input >= reads.size())
        throw Error(ErrorCode::kUnsupported, upkeep::format("its {} is no value of the model that fits one of its inputs", argument),
                    "mask with Embedding(mask_zero=True) or Masking, or by a value of the model");
      const bool beside_states = !several && reads.size() > 1 && argument == "mask";  // where Keras looks up none
      if (beside_states || text_of(found[0]) != mask_of(reads[input])) masks.push_back({input, found[0]});
    }
  }
  return masks;
}

void KerasMasks::need(const std::string& operation, Names& needed) const {
  std::vector<std::string> waiting = {operation};
  while (!waiting.empty()) {
    const Json* entry = find(waiting.back());
    const bool is_new = entry && is_operation(*entry) && needed.insert(waiting.back()).second;
    waiting.pop_back();
    if (!is_new) continue;
    std::vector<Reference> reads;
    collect(member(*entry, "inbound_nodes"), reads);
    for (const Reference& one : reads) waiting.push_back(one.layer);
  }
}

// Operations that a mask of its own is computed by, without those that somebody reads for something else.
void KerasMasks::find_operations(const Json& config, const Json& layers) {
  Names of_masks, needed;
  std::vector<Reference> outputs;
  collect(member(config, "output_layers"), outputs);
  for (const Reference& one : outputs) need(one.layer, needed);
  for (const Json& layer : layers) {
    const Json& nodes = member(layer, "inbound_nodes");
    if (!nodes.is_array() || is_operation(layer)) continue;
    for (const Json& node : nodes) {
      const Json& named = member(node, "kwargs");
      const std::vector<Reference> reads = read_by(node);
      std::vector<Reference> data, masks;
      collect(member(node, "args"), data);
      if (named.is_object())
        for (const auto& [argument, value] : named.items()) collect(value, is_mask_argument(argument) ? masks : data);
      for (const Reference& one : data) need(one.layer, needed);
      for (const Reference& one : masks) need(one.layer, of_masks);
      for (const GivenMask& one : given(reads, named)) need(one.mask.layer, needed);
    }
  }
  std::ranges::set_difference(of_masks, needed, std::inserter(operations_, operations_.end()));
}

}  // namespace upkeep::layers
