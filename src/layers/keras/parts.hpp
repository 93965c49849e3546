// What the readers of Keras's JSON share: looking into it without trusting it.
#pragma once

#include <set>
#include <string>

#include "layers/view/architecture.hpp"

namespace upkeep::layers {

// A member of a map, where it is; null where there is none.
const Json& member(const Json& json, const std::string& key);
// The same where it is a text; empty where it is none.
std::string text(const Json& json, const std::string& key);
Error corrupt_keras(const std::string& what);
// "Wave" of "ours>Wave": registered classes have a package before their name.
std::string class_alone(const std::string& class_name);
// A layer's name. In a model's own file, an entry says it beside the configuration too.
std::string entry_name(const Json& entry);
// Arrays, tuples and objects without what only Python needs.
Json plain(const Json& value);

// An object in the form that Keras 3 writes and reads.
Json keras_entry(const std::string& module, const std::string& class_name, Json config);

// A value that a model's configuration speaks of: of a layer, the use of it (from 0), and which of its values.
struct Reference {
  std::string layer;
  std::int64_t use = 0;
  std::int64_t value = 0;
};
// ["dense", 0, 0] and everything that holds such references, in order.
void collect(const Json& json, std::vector<Reference>& found);

// How a file is to be read, and what there is to say about it at the end.
struct KerasReading {
  bool keras2 = false;
  std::set<std::string> policies = {};  // data types other than float32 that layers compute in
};
// One layer, {"class_name": "Dense", "config": {...}}, without what it reads.
LayerSpec read_keras_layer(const Json& layer, KerasReading& reading);

}  // namespace upkeep::layers
