// Keras 3's own orders of a functional model: that of its layers, which decides where its files keep weights, and that in which it calls
// them, which decides what a layer still finds where another one takes masks away.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "layers/keras/parts.hpp"

namespace upkeep::layers {

// One call of a layer or of a function (Keras: Node).
struct KerasCall {
  std::size_t layer = 0;                // a number of the caller's
  std::vector<std::size_t> reads = {};  // indices of calls, in the order of the arguments, those by name sorted by name
};

struct KerasOrder {
  std::vector<std::size_t> layers;    // by depth, the farthest from an output first; within a depth as a walk from the outputs finds them
  std::vector<std::size_t> calls;     // by depth; within a depth as the ways back from the last output to the inputs find them
  std::map<std::size_t, int> depths;  // by layer
};

// Without what no output depends on. Every index is one of `calls`, and no call depends on itself.
KerasOrder order_of_calls(const std::vector<KerasCall>& calls, const std::vector<std::size_t>& outputs);

// When Keras 3 makes each call of a functional model's layers, by the layer's name and the use of it. Of a configuration that is wrong,
// the calls as far as they make sense.
std::map<std::pair<std::string, std::int64_t>, std::size_t> keras_run(const Json& layers, const std::vector<Reference>& outputs);

// The same architecture with its layers in the order in which Keras 3 calls them; those that no output depends on come last.
Architecture in_keras_run(const Architecture& architecture);

}  // namespace upkeep::layers
