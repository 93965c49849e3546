#include "graph/graph.hpp"

#include <algorithm>

namespace upkeep {
namespace {

// The entry of that name in a list of things with a `name`, or nullptr.
template <typename List>
auto* find_named(List& list, std::string_view name) {
  const auto found = std::ranges::find_if(list, [&](const auto& one) { return one.name == name; });
  return found == list.end() ? nullptr : &*found;
}

template <typename List>
auto* find_first(List& list, std::string_view name) {
  const auto found = std::ranges::find_if(list, [&](const auto& one) { return one.first == name; });
  return found == list.end() ? nullptr : &found->second;
}

}  // namespace

std::string to_string(const Dims& dims) {
  std::string text = "[";
  for (const Dim& dim : dims) {
    if (text.size() > 1) text += ", ";
    text += dim.known() ? std::to_string(dim.value) : dim.symbol.empty() ? "?" : dim.symbol;
  }
  return text + "]";
}

std::string to_string(const ValueType& type) {
  if (type.dtype == DType::kUndefined) return type.opaque.empty() ? "unknown" : "not a tensor";
  return to_string(type.dtype) + (type.shape ? to_string(*type.shape) : "[...]");
}

const std::string* find(const Metadata& metadata, std::string_view key) { return find_first(metadata, key); }

void set(Metadata& metadata, std::string key, std::string value) {
  if (auto* found = find_first(metadata, key)) *found = std::move(value);
  else metadata.emplace_back(std::move(key), std::move(value));
}

const Attribute* Node::find(std::string_view attribute) const { return find_named(attributes, attribute); }

const Tensor* Graph::initializer(std::string_view wanted) const { return find_first(initializers, wanted); }
Tensor* Graph::initializer(std::string_view wanted) { return find_first(initializers, wanted); }
const ValueInfo* Graph::input(std::string_view wanted) const { return find_named(inputs, wanted); }

const ValueInfo* Graph::value(std::string_view wanted) const {
  for (const auto* list : {&inputs, &outputs, &values})
    if (const ValueInfo* found = find_named(*list, wanted)) return found;
  return nullptr;
}

const Node* Graph::producer(std::string_view wanted) const {
  for (const Node& node : nodes)
    if (std::ranges::find(node.outputs, wanted) != node.outputs.end()) return &node;
  return nullptr;
}

}  // namespace upkeep
