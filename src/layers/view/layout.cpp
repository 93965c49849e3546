#include "layers/view/layout.hpp"

#include <algorithm>
#include <numeric>
#include <ranges>
#include <unordered_map>
#include <unordered_set>

#include "base/format.hpp"
#include "graph/subgraph.hpp"

namespace upkeep::layers {
namespace {

using Permutation = std::vector<std::int64_t>;

bool transposes(const Node& node, const Permutation& order) {
  return node.op == "Transpose" && node.domain.empty() && node.get<Permutation>("perm", {}) == order;
}

// What x is a transposition of, where its own order of axes is [batch, ..., channels].
const std::string* untransposed(const Ops& ops, const Value& x) {
  if (!x.rank_known() || x.rank() < 3) return nullptr;
  const Node* node = ops.model().graph.producer(x.name());
  return node && transposes(*node, channels_last_order(x.rank())) ? &node->inputs[0] : nullptr;
}

// A transposition of x that is there already.
const std::string* existing_transpose(const Ops& ops, const Value& x, const Permutation& order) {
  for (const Node& node : ops.model().graph.nodes)
    if (transposes(node, order) && node.inputs[0] == x.name()) return &node.outputs[0];
  return nullptr;
}

Value transpose_once(Ops& ops, const Value& x, Permutation order) {
  if (const std::string* found = existing_transpose(ops, x, order)) return ops.existing(*found);
  return ops.transpose(x, std::move(order));
}

// How often each value is read, also from sub-graphs.
using Readers = std::unordered_map<std::string, int>;

void count_readers(const Graph& graph, Readers& readers);

void count_readers(const Node& node, Readers& readers) {
  for (const std::string& input : node.inputs) ++readers[input];
  for (const GraphPtr& inner : subgraphs(node)) count_readers(*inner, readers);
}

void count_readers(const Graph& graph, Readers& readers) {
  for (const Node& node : graph.nodes) count_readers(node, readers);
  for (const ValueInfo& output : graph.outputs) ++readers[output.name];
}

}  // namespace

Permutation channels_first_order(std::size_t rank) {
  Permutation order(rank);
  std::iota(order.begin(), order.end(), 0);
  std::rotate(order.begin() + 1, order.end() - 1, order.end());
  return order;
}

Permutation channels_last_order(std::size_t rank) {
  Permutation order(rank);
  std::iota(order.begin(), order.end(), 0);
  std::rotate(order.begin() + 1, order.begin() + 2, order.end());
  return order;
}

Json permute_settings(const Permutation& order) { return {{"dims", Permutation(order.begin() + 1, order.end())}}; }

bool has_channels_first(const Ops& ops, const Value& x) { return untransposed(ops, x) != nullptr; }

bool is_channel_vector(const Value& x) {
  return x.rank() > 2 &&
         std::ranges::all_of(x.dims() | std::views::drop(1) | std::views::take(x.rank() - 2), [](const Dim& dim) { return dim == Dim(1); });
}

bool is_channel_vector_first(const Dims& dims) {
  return dims.size() > 2 && std::ranges::all_of(dims | std::views::drop(2), [](const Dim& dim) { return dim == Dim(1); });
}

Value channels_first(Ops& ops, const Value& x) {
  if (const std::string* found = untransposed(ops, x)) return ops.existing(*found);
  if (x.rank() < 3) return x;
  if (is_channel_vector(x) && x.dims().back().known()) {
    std::vector<std::int64_t> shape(x.rank(), 1);
    shape[0] = 0;  // as it is
    shape[1] = x.dims().back().value;
    return ops.reshape(x, std::move(shape));
  }
  return transpose_once(ops, x, channels_first_order(x.rank()));
}

Value channels_last(Ops& ops, const Value& x) { return x.rank() < 3 ? x : transpose_once(ops, x, channels_last_order(x.rank())); }

Value channels_first(Ops& ops, const Value& x, std::string_view data_format) {
  return data_format == "channels_first" ? x : channels_first(ops, x);
}

Value in_data_format(Ops& ops, const Value& channels_first, std::string_view data_format) {
  return data_format == "channels_first" ? channels_first : channels_last(ops, channels_first);
}

std::int64_t channels_last_axis(std::int64_t axis, std::size_t rank) {
  const auto size = static_cast<std::int64_t>(rank);
  if (axis < 0) axis += size;
  if (axis == 0 || size < 3) return axis;
  return axis == 1 ? -1 : axis - 1;
}

std::int64_t channels_first_axis(std::int64_t axis, std::size_t rank) {
  const auto size = static_cast<std::int64_t>(rank);
  if (axis < -size || axis >= size)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("axis {} is outside a value of {} axes", axis, rank));
  if (axis < 0) axis += size;
  if (axis == 0 || size < 3) return axis;
  return axis == size - 1 ? 1 : axis + 1;
}

Dims channels_first_dims(const Dims& dims) {
  Dims moved = dims;
  if (dims.size() >= 3) std::rotate(moved.begin() + 1, moved.end() - 1, moved.end());
  return moved;
}

void drop_unread(Graph& graph, const std::vector<std::string>& kept) {
  Readers readers;
  count_readers(graph, readers);
  for (const std::string& name : kept) ++readers[name];
  std::unordered_set<std::string> gone;
  for (const Node& node : graph.nodes | std::views::reverse) {
    if (std::ranges::any_of(node.outputs, [&](const std::string& output) { return readers[output] > 0; })) continue;
    Readers read;
    count_readers(node, read);
    for (const auto& [name, count] : read) readers[name] -= count;
    gone.insert(node.outputs.begin(), node.outputs.end());
  }
  gone.erase("");  // an output that is left out
  std::erase_if(graph.nodes, [&](const Node& node) {
    return std::ranges::any_of(node.outputs, [&](const std::string& output) { return gone.contains(output); });
  });
  std::erase_if(graph.values, [&](const ValueInfo& value) { return gone.contains(value.name); });
}

}  // namespace upkeep::layers
