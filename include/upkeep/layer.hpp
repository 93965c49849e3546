// Layers, and what they make of values: the building blocks of models. The layers themselves are in upkeep/layers.hpp.
//
//   const Layer x = Input({.shape = {28, 28, 1}});
//   const Layer shared = Dense({.units = 16, .activation = "relu"});
//   const Value a = shared(Flatten()(x));
//   const Value b = Add()({a, shared(Dropout({.rate = 0.5})(Flatten()(x)))});       // one kernel, used twice
//   Model model({x}, {Dense({.units = 10, .activation = "softmax"})(b)});
//
// Both are handles: a copy of a layer is the same layer, with the same weights. Immutable; any thread may use them. A value keeps what it
// is made of.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "upkeep/setting.hpp"

namespace upkeep::api {

class Value;

// What a layer is called with while training, as Keras's training=False: without dropout, by the statistics that it has.
enum class LayerMode { kAsTheModel, kInference };

class Layer {
 public:
  Layer() = default;  // none
  // `kind` of the catalog of layers; `name` in the model, empty for one of its own.
  Layer(std::string kind, std::string name, Setting::Object settings);

  const std::string& kind() const;  // "dense"; empty: none
  const std::string& name() const;
  const Setting::Object& settings() const;

  // What the layer makes of one value, or of several in its order.
  Value operator()(const Value& input, LayerMode mode = LayerMode::kAsTheModel) const;
  Value operator()(const std::vector<Value>& inputs, LayerMode mode = LayerMode::kAsTheModel) const;

  bool operator==(const Layer& other) const { return state_ == other.state_; }  // the same layer

 private:
  friend class Value;
  friend class Network;
  struct State;
  std::shared_ptr<const State> state_;
};

// A value between layers.
class Value {
 public:
  Value(const Layer& input);  // NOLINT: an Input is the value that comes in. Throws Error{kInvalidArgument} of any other layer
  // One of several values that a layer gives: an LSTM with return_state gives its output, h and c as 0, 1 and 2.
  Value output(std::size_t index) const;

 private:
  friend class Layer;
  friend class Network;
  struct Call;
  Value(std::shared_ptr<const Call> call, std::size_t index) : call_(std::move(call)), index_(index) {}
  std::shared_ptr<const Call> call_;
  std::size_t index_ = 0;
};

}  // namespace upkeep::api
