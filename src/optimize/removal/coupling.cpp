#include "optimize/removal/coupling.hpp"

#include <algorithm>

#include "graph/element_types.hpp"
#include "graph/subgraph.hpp"

namespace upkeep::removal {

namespace {

constexpr std::int64_t kLongestAxis = 1 << 22;  // longer axes are data, not channels

}  // namespace

Coupling::Coupling(const Model& model) : wiring_(model), opset_(upkeep::opset(model)) {
  take_in_values(model.graph);
  // A Reshape chooses what of an axis can go: it comes when all others have said what cannot, the last one first.
  std::vector<Wiring::Id> reshapes;
  for (const Wiring::Id id : wiring_.ids())
    if (is_op(wiring_.node(id), "Reshape") || is_op(wiring_.node(id), "Flatten")) reshapes.push_back(id);
    else apply_rule(id);
  for (const auto* list : {&model.graph.inputs, &model.graph.outputs})
    for (const ValueInfo& info : *list)
      for (std::size_t axis = 0; has_rank(info.name) && axis < rank(info.name); ++axis) fix(info.name, axis);
  for (const Wiring::Id id : reshapes | std::views::reverse) apply_rule(id);
  collect_groups();
}

void Coupling::open(const std::string& value, const Dims& dims) {
  auto [place, added] = slots_.try_emplace(value);
  if (!added) return;
  for (const Dim& dim : dims)
    place->second.push_back(dim.value == 1                             ? std::vector<Slot>{kFixed}
                            : dim.known() && dim.value <= kLongestAxis ? fresh(static_cast<std::size_t>(dim.value))
                                                                       : std::vector<Slot>{});
}

void Coupling::take_in_values(const Graph& graph) {
  const auto add = [&](const std::string& name) {
    if (const auto dims = name.empty() ? std::nullopt : wiring_.dims(name)) open(name, *dims);
  };
  for (const ValueInfo& input : graph.inputs) add(input.name);
  for (const auto& [name, tensor] : graph.initializers) {
    open(name, Dims(tensor.shape().begin(), tensor.shape().end()));
    constants_.push_back(name);
  }
  for (const Node& node : graph.nodes)
    for (const std::string& name : node.outputs) add(name);
}

void Coupling::apply_rule(Wiring::Id id) {
  const Node& node = wiring_.node(id);
  settled_.clear();
  if (const Rule rule = rule_of(node)) rule(*this, id, node);
  std::set<std::string> touched = reads_of(node);
  touched.insert(node.outputs.begin(), node.outputs.end());
  for (const std::string& value : touched)
    for (std::size_t axis = 0; has_rank(value) && axis < rank(value); ++axis)
      if (!settled_.contains({value, axis})) fix(value, axis);
}

Slot Coupling::root(Slot slot) const {
  while (parents_[slot] != slot) slot = parents_[slot] = parents_[parents_[slot]];
  return slot;
}

void Coupling::unite(Slot a, Slot b) {
  a = root(a);
  b = root(b);
  parents_[std::max(a, b)] = std::min(a, b);  // the fixed class is the lowest
}

std::vector<Slot> Coupling::fresh(std::size_t count) {
  std::vector<Slot> made(count);
  for (Slot& slot : made) {
    slot = static_cast<Slot>(parents_.size());
    parents_.push_back(slot);
  }
  return made;
}

bool Coupling::has_rank(const std::string& value) const { return slots_.contains(value); }
std::size_t Coupling::rank(const std::string& value) const { return slots_.at(value).size(); }
std::size_t Coupling::size(const std::string& value, std::size_t axis) const { return slots_.at(value).at(axis).size(); }

Slot Coupling::slot(const std::string& value, std::size_t axis, std::size_t place) const { return slots_.at(value).at(axis).at(place); }

void Coupling::fix(const std::string& value, std::size_t axis) {
  for (const Slot slot : slots_.at(value).at(axis)) fix(slot);
}

void Coupling::same(const std::string& a, std::size_t i, const std::string& b, std::size_t j) {
  settle(a, i);
  settle(b, j);
  const std::vector<Slot>&left = slots_.at(a).at(i), &right = slots_.at(b).at(j);
  if (left.size() != right.size()) {
    fix(a, i);
    fix(b, j);
    return;
  }
  for (std::size_t place = 0; place < left.size(); ++place) unite(left[place], right[place]);
}

void Coupling::same(const std::string& value, const std::string& like) {
  if (!has_rank(value) || !has_rank(like) || rank(value) != rank(like)) return;
  for (std::size_t axis = 0; axis < rank(value); ++axis) same(value, axis, like, axis);
}

void Coupling::broadcast(const std::string& value, const std::string& to) {
  if (value.empty() || !has_rank(value) || !has_rank(to) || rank(value) > rank(to)) return;
  const std::size_t ahead = rank(to) - rank(value);
  for (std::size_t axis = 0; axis < rank(value); ++axis) {
    const bool stretched = size(value, axis) == 1 && size(to, axis + ahead) != 1;
    if (stretched) settle(value, axis);
    else same(value, axis, to, axis + ahead);
  }
  for (std::size_t axis = 0; axis < rank(to); ++axis)  // another input may say more
    if (size(to, axis) > 0) settle(to, axis);
}

void Coupling::makes(const std::string& value, std::size_t axis) { made_.emplace_back(value, axis); }
void Coupling::inexact(const std::string& value, std::size_t axis) { inexact_.emplace_back(value, axis); }
void Coupling::heads(const std::string& value, std::size_t axis) { heads_.emplace_back(value, axis); }

std::vector<Slot> Coupling::classes(const std::string& value, std::size_t axis) const {
  const auto found = slots_.find(value);
  if (found == slots_.end() || axis >= found->second.size()) return {};
  std::vector<Slot> roots;
  for (const Slot slot : found->second[axis]) roots.push_back(root(slot));
  return roots;
}

void Coupling::for_each_axis(const std::function<void(const std::vector<Slot>& classes)>& work) const {
  for (const auto& [value, axes] : slots_)
    for (std::size_t axis = 0; axis < axes.size(); ++axis)
      if (axes[axis].size() > 1) work(classes(value, axis));
}

std::set<Slot> Coupling::classes_of(const std::vector<std::pair<std::string, std::size_t>>& axes) const {
  std::set<Slot> all;
  for (const auto& [value, axis] : axes)
    for (const Slot slot : classes(value, axis)) all.insert(slot);
  return all;
}

// Of each constant that makes channels, at whichever distance (a kernel behind a Transpose): the classes that it makes.
std::map<std::string, std::vector<std::vector<Slot>>> Coupling::makers() const {
  std::map<std::string, std::vector<std::vector<Slot>>> made;
  for (const auto& [value, axis] : made_) {
    std::string root = value;
    for (auto id = wiring_.producer(root); id && !wiring_.node(*id).inputs.empty(); id = wiring_.producer(root))
      root = wiring_.node(*id).inputs[0];
    std::vector<Slot> slots = classes(value, axis);
    std::ranges::sort(slots);
    slots.erase(std::ranges::unique(slots).begin(), slots.end());
    made[root].push_back(std::move(slots));
  }
  return made;
}

std::map<Slot, Channel> Coupling::collect_channels() const {
  const std::set<Slot> made = classes_of(made_), inexact = classes_of(inexact_), heads = classes_of(heads_);
  const auto makers_of = makers();
  std::map<Slot, Channel> channels;
  for (const std::string& constant : constants_)
    for (std::size_t axis = 0; axis < rank(constant); ++axis) {
      const std::vector<Slot> slots = classes(constant, axis);
      const std::set<Slot> own(slots.begin(), slots.end());
      const auto found = makers_of.find(constant);
      const bool makes = found != makers_of.end() &&
                         std::ranges::any_of(found->second, [&](const std::vector<Slot>& one) { return std::ranges::equal(one, own); });
      for (std::size_t place = 0; place < slots.size(); ++place) {
        if (slots[place] == kFixed || !made.contains(slots[place])) continue;
        Channel& channel = channels[slots[place]];
        channel.slot = slots[place];
        channel.exact = !inexact.contains(slots[place]);
        channel.head = heads.contains(slots[place]);
        if (channel.sites.empty() || channel.sites.back().constant != constant || channel.sites.back().axis != axis)
          channel.sites.push_back({constant, axis, {}, makes});
        channel.sites.back().places.push_back(static_cast<std::int64_t>(place));
      }
    }
  return channels;
}

void Coupling::collect_groups() {
  std::map<Slot, Channel> channels = collect_channels();
  std::map<std::vector<std::pair<std::string, std::size_t>>, std::size_t> kinds;
  for (auto& [slot, channel] : channels) {
    std::vector<std::pair<std::string, std::size_t>> kind;
    for (const Site& site : channel.sites) kind.emplace_back(site.constant, site.axis);
    const auto [place, added] = kinds.try_emplace(kind, groups_.size());
    if (added) groups_.push_back({.name = channel.sites.front().constant, .channels = {}});
    groups_[place->second].channels.push_back(std::move(channel));
  }
}

}  // namespace upkeep::removal
