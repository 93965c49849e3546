// Layers and the values between them as an architecture.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "layers/view/architecture.hpp"
#include "upkeep/layer.hpp"

namespace upkeep::api {

class Network {
 public:
  // In the order of their making, inputs first. Throws Error{kInvalidArgument}: an input that is none, or that is not among `inputs`.
  static Architecture architecture(const std::vector<Value>& inputs, const std::vector<Value>& outputs);
  // Each reads the one before it; the first is an Input.
  static Architecture architecture(const std::vector<Layer>& layers);
  // As a step of an edit writes it: "dense:units=10,name=\"hidden\"".
  static std::string text_of(const Layer& layer);

 private:
  void add_input(const Value& input);
  void add_all_for(const std::vector<Value>& outputs);
  void add(const Value& value);
  bool has(const Value& value) const { return names_.contains(key_of(value)); }
  std::string reference(const Value& value) const;
  static const void* key_of(const Value& value);

  Architecture net_{.name = "model", .layers = {}, .outputs = {}};
  std::map<const void*, std::string> names_;   // of uses: by the use, of inputs by the layer
  std::map<const void*, std::string> owners_;  // by layer, the first of its uses
};

}  // namespace upkeep::api
