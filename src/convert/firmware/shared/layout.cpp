#include "convert/firmware/shared/layout.hpp"

#include <algorithm>

#include "convert/firmware/shared/prepare.hpp"

namespace upkeep::firmware {

namespace {

constexpr std::int64_t kAlignment = 16;  // bytes

// Memory that holds one value after the other, or one under several shapes.
struct Storage {
  Place place;
  std::int64_t count = 0;
  std::size_t first = 0, last = 0;  // [first, last]: nodes from writing to the last reading
  std::vector<std::string> values = {};
};

class LayingOut {
 public:
  explicit LayingOut(const Graph& graph) : graph_(graph) {
    for (std::size_t i = 0; i < graph.nodes.size(); ++i)
      for (const std::string& name : graph.nodes[i].inputs) last_use_[name] = i;
    for (const ValueInfo& output : graph.outputs) last_use_[output.name] = graph.nodes.size();
    for (const ValueInfo& input : graph.inputs) store(input.name, {.where = Place::Where::kInput, .name = input.name}, 0);
    for (const auto& [name, tensor] : graph.initializers) store(name, {.where = Place::Where::kConstant, .name = name}, 0);
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) add_node(i);
  }

  Layout finish(const std::vector<std::pair<DType, std::int64_t>>& scratch) {
    Layout layout;
    give_outputs(layout);
    const std::size_t values = storages_.size();
    for (std::size_t i = 0; i < scratch.size(); ++i)
      storages_.push_back({.place = {.name = {}, .dtype = scratch[i].first}, .count = scratch[i].second, .first = i, .last = i});
    place_all(layout);
    for (const auto& [name, at] : storage_of_) layout.values[name] = storages_[at].place;
    for (std::size_t i = values; i < storages_.size(); ++i) layout.scratch.push_back(storages_[i].place);
    return layout;
  }

 private:
  void store(const std::string& name, Place place, std::size_t when) {
    const ValueInfo* value = graph_.value(name);
    const Tensor* constant = value ? nullptr : graph_.initializer(name);
    place.dtype = constant ? constant->dtype() : value_of(graph_, name).type.dtype;
    storages_.push_back({.place = std::move(place), .count = constant ? constant->size() : element_count(shape_of(*value)), .first = when});
    put(name, storages_.size() - 1, when);
  }

  void put(const std::string& name, std::size_t at, std::size_t when) {
    storages_[at].values.push_back(name);
    const auto use = last_use_.find(name);
    storages_[at].last = std::max({storages_[at].last, when, use == last_use_.end() ? when : use->second});
    storage_of_[name] = at;
  }

  void add_node(std::size_t i) {
    const Node& node = graph_.nodes[i];
    const Memory memory = catalog().at(node.op).memory;
    for (std::size_t k = 0; k < node.outputs.size(); ++k) {
      if (node.outputs[k].empty()) continue;
      const bool same = k == 0 && (memory == Memory::kShared || (memory == Memory::kInPlace && may_overwrite(node, i)));
      if (same) put(node.outputs[k], storage_of_.at(node.inputs[0]), i);
      else store(node.outputs[k], {}, i);
    }
  }

  // x0 is not read again, by nobody under no name, nor is its memory another input of this node.
  bool may_overwrite(const Node& node, std::size_t i) const {
    const std::size_t at = storage_of_.at(node.inputs[0]);
    const Storage& storage = storages_[at];
    if (storage.place.where != Place::Where::kWorking || storage.last > i) return false;
    for (std::size_t k = 1; k < node.inputs.size(); ++k)
      if (!node.inputs[k].empty() && storage_of_.at(node.inputs[k]) == at) return false;
    const ValueInfo x = value_of(graph_, node.inputs[0]);
    const ValueInfo y = value_of(graph_, node.outputs[0]);
    return x.type == y.type;
  }

  // A result is written to the caller's memory at once, unless it lies in an input, a constant or another result.
  void give_outputs(Layout& layout) {
    for (const ValueInfo& output : graph_.outputs) {
      Place& place = storages_[storage_of_.at(output.name)].place;
      if (place.where == Place::Where::kWorking) place = {.where = Place::Where::kOutput, .name = output.name, .dtype = place.dtype};
      else layout.copies.push_back(output.name);
    }
  }

  // The largest first, each at the lowest place that is free for all its life.
  void place_all(Layout& layout) {
    std::vector<Storage*> order;
    for (Storage& storage : storages_)
      if (storage.place.where == Place::Where::kWorking && storage.count > 0) order.push_back(&storage);
    std::ranges::stable_sort(order, std::ranges::greater{}, &Storage::count);
    std::vector<Storage*> placed;
    for (Storage* storage : order) {
      storage->place.offset = free_place(*storage, placed);
      std::int64_t& size = layout.working[storage->place.dtype];
      size = std::max(size, storage->place.offset + storage->count);
      placed.insert(std::ranges::upper_bound(placed, storage->place.offset, {}, [](const Storage* one) { return one->place.offset; }),
                    storage);
    }
  }

  static std::int64_t free_place(const Storage& storage, const std::vector<Storage*>& placed) {
    const std::int64_t each = std::max<std::int64_t>(kAlignment * 8 / static_cast<std::int64_t>(size_bits(storage.place.dtype)), 1);
    std::int64_t at = 0;
    for (const Storage* other : placed) {
      const bool apart = other->last < storage.first || storage.last < other->first || other->place.dtype != storage.place.dtype;
      if (apart) continue;
      if (at + storage.count <= other->place.offset) break;
      at = std::max(at, (other->place.offset + other->count + each - 1) / each * each);
    }
    return at;
  }

  const Graph& graph_;
  std::map<std::string, std::size_t> last_use_;
  std::vector<Storage> storages_;
  std::map<std::string, std::size_t> storage_of_;
};

}  // namespace

Layout lay_out(const Graph& graph, const std::vector<std::pair<DType, std::int64_t>>& scratch) { return LayingOut(graph).finish(scratch); }

}  // namespace upkeep::firmware
