// Methods that change how weights are stored, and nothing of what is computed: an expression of few operators stands for each weight, and
// those who read the weight read its result.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "optimize/quantize/quantize.hpp"
#include "optimize/quantize/shared/plan.hpp"

namespace upkeep::quantization {

// A weight that a layer reads.
struct StoredWeight {
  Wiring::Id reader = 0;
  std::size_t input = 1;  // of the reader
  std::string name;
  Tensor tensor;
  std::optional<std::size_t> axis;  // of the output channels; for a table of rows (Gather) the rows
};

// Of float32 weights with two axes and more that have at least `smallest` elements.
std::vector<StoredWeight> stored_weights(const Wiring& wiring, std::int64_t smallest);

// The weight as a matrix [channels, the rest], and back from its shape.
Tensor by_channels(const StoredWeight& weight);
Tensor from_channels(const Tensor& matrix, const StoredWeight& weight);

class StoredQuantizer : public Quantizer {
 public:
  struct How {
    std::function<std::string(const Node& reader)> type;  // in facts: "int4"
    std::int64_t smallest = 0;
    // Makes the reader of the weight read what stands for it.
    std::function<void(Wiring& wiring, const StoredWeight& weight)> store;
    std::map<std::string, std::int64_t> other_opsets = {};
  };
  StoredQuantizer(const Work& work, How how);
  std::vector<QuantizedLayer> layers() const override;
  Graph written(const std::set<std::string>& layers) const override;
  std::map<std::string, std::int64_t> other_opsets() const override { return how_.other_opsets; }

 private:
  How how_;
  std::vector<std::string> keep_;
  Wiring wiring_;
  std::vector<StoredWeight> weights_;
};

// Adds a node with one output, whose name begins with `name`, and returns the output.
std::string append(Wiring& wiring, Node node, const std::string& name);
// The reader's input is `value` from now on.
void read_instead(Wiring& wiring, const StoredWeight& weight, const std::string& value);

}  // namespace upkeep::quantization
