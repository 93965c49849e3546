// Which nodes of a graph can run as integers in ONNX Runtime, and which values have to be integers for it.
//
// What ONNX Runtime's CPU kernels do with DequantizeLinear -> operator -> QuantizeLinear (its selectors in
// onnxruntime/core/optimizer/qdq_transformer): Conv becomes QLinearConv and needs all three; Gemm and MatMul may answer in floats; Add,
// Mul, Concat, AveragePool, GlobalAveragePool, Sigmoid and LeakyRelu have kernels of their own; MaxPool, Reshape, Transpose and the like
// hand the integers on. Relu and Clip in front of a QuantizeLinear vanish: the integers end where they cut.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "graph/wiring.hpp"

namespace upkeep::quantization {

enum class Role {
  kWeighted,   // Conv, Gemm, MatMul with a constant weight
  kComputing,  // Add, Mul, ...: each input and output has a scale of its own
  kMoving,     // MaxPool, Reshape, ...: the output has the scale of the input
  kPadding,    // Pad by 0: the same, but it is written on the integers themselves, as ONNX Runtime makes nothing of conversions around it
};

struct IntegerNode {
  Role role = Role::kComputing;
  bool integer_output = false;      // it needs integers to follow
  std::vector<std::string> inputs;  // values that must be integers, without constants
  std::string output;               // its own, or that of the Relu or Clip that cuts it
  std::optional<Wiring::Id> cut;    // this Relu or Clip
  std::string weight;               // of kWeighted
  std::string bias;
  std::optional<std::size_t> weight_axis;  // of the output channels
  std::size_t channels = 0;                // of the output
};

// A layer that has weights, and what becomes of it.
struct PlannedLayer {
  std::string name;
  std::string op;
  std::string weight;
  Wiring::Id id = 0;
  std::string kept_because;  // empty: it becomes integers
};

struct Plan {
  std::map<Wiring::Id, IntegerNode> nodes;
  std::vector<PlannedLayer> layers;
  std::vector<std::string> values;                // that become integers
  std::map<std::string, std::string> scale_from;  // value -> the value whose scale it has; itself where it has its own
};

struct PlanOptions {
  std::vector<std::string> keep_float;             // names or patterns of layers, operators or weights
  std::optional<std::set<std::string>> only = {};  // names of layers; none: all that can be
  bool eight_bits = true;                          // of the activations
};

// The name by which people know a node: its own, or its first output.
std::string layer_name(const Node& node);
// Whether one of the patterns means the node: by its name ("dense_1/Gemm"), that of its layer ("dense_1"), its operator, or a weight that
// it reads.
bool is_meant(const Node& node, const std::vector<std::string>& patterns);

// The tensor of a value that is the same in every run and of float32; nullptr otherwise.
const Tensor* float_constant(const Wiring& wiring, const std::string& value);

Plan make_plan(const Wiring& wiring, const PlanOptions& options);

}  // namespace upkeep::quantization
