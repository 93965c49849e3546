// Small questions about nodes, and small changes to them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.hpp"

namespace upkeep {

bool is_op(const Node& node, std::string_view op);       // of ONNX's own domain
std::string input(const Node& node, std::size_t index);  // "" where there is none
std::int64_t opset(const Model& model);
// The integers of an int64 or int32 tensor; nullopt for anything else.
std::optional<std::vector<std::int64_t>> integers(const Tensor* tensor);
Tensor int64s(std::vector<std::int64_t> values);
void set_attribute(Node& node, Attribute attribute);
void remove_attribute(Node& node, std::string_view name);
std::int64_t from_front(std::int64_t axis, std::size_t rank);
// Each element of its only result comes from the same element of its first input; other inputs are single numbers.
bool is_elementwise(const Node& node);
bool is_broadcasting(const Node& node);  // the same, of several inputs that are broadcast

}  // namespace upkeep
