// Which channels of a graph can only go together. Every place of every axis of every value is a *slot*; an operator says which slots of its
// inputs and outputs are one and the same channel (a residual Add ties both branches, a Concat puts one behind the other, a Flatten makes
// H*W columns of one channel, a depthwise convolution passes channels through). The classes that come of it are what can be removed whole:
// the same channel in every weight, bias, statistic and value at once (DepGraph, Fang et al. 2023, on the graph's own operators).
//
// What an operator does not say is fixed: sizes that are open, the graph's inputs and outputs, sub-graphs, operators that are not known.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "graph/wiring.hpp"

namespace upkeep::removal {

using Slot = std::uint32_t;
inline constexpr Slot kFixed = 0;  // the class of what cannot go

// Slots of a constant of the graph that belong to one class.
struct Site {
  std::string constant;  // an initializer's name
  std::size_t axis = 0;
  std::vector<std::int64_t> places;
  bool makes = false;  // whether these weights make the channel: a filter, not what another kernel reads it by
};

// Channels that can go together, with all that they hold.
struct Channel {
  Slot slot = kFixed;
  std::vector<Site> sites;
  bool exact = true;  // false: a normalisation computes over this axis, so that the other channels' values change when this one goes
  bool head = false;  // attention is computed apart for each of them
};

// Channels of one kind: those that stand in the same axes of the same constants.
struct ChannelGroup {
  std::string name;  // the first weight that makes these channels, "conv2d/kernel"
  std::vector<Channel> channels;
};

class Coupling {
 public:
  explicit Coupling(const Model& model);

  const Wiring& wiring() const { return wiring_; }
  // The class of each place of an axis; empty where the size is open or the value has no such axis.
  std::vector<Slot> classes(const std::string& value, std::size_t axis) const;
  // Of all axes that have more than one place.
  void for_each_axis(const std::function<void(const std::vector<Slot>& classes)>& work) const;
  // Channels that some weight makes and that nothing fixes, in the graph's order.
  const std::vector<ChannelGroup>& groups() const { return groups_; }
  // Sums over a channel: "the node multiplies axis `axis` of `value` by weights".
  struct Sum {
    Wiring::Id node;
    std::string value;
    std::size_t axis;
  };
  const std::vector<Sum>& sums() const { return sums_; }

  // --- what rules say ---------------------------------------------------------------------------------------------
  bool has_rank(const std::string& value) const;
  std::size_t rank(const std::string& value) const;                    // of a value whose rank is known
  std::size_t size(const std::string& value, std::size_t axis) const;  // 0: open
  Slot slot(const std::string& value, std::size_t axis, std::size_t place) const;
  // Both axes are the same channels, place by place.
  void same(const std::string& a, std::size_t i, const std::string& b, std::size_t j);
  // Each axis of `value` is the one of `like`.
  void same(const std::string& value, const std::string& like);
  // `value` is broadcast to `to`, aligned at the last axes.
  void broadcast(const std::string& value, const std::string& to);
  void unite(Slot a, Slot b);
  void fix(Slot slot) { unite(slot, kFixed); }
  void fix(const std::string& value, std::size_t axis);
  bool is_fixed(Slot slot) const { return root(slot) == kFixed; }
  // The rule has said all there is to say of this axis.
  void settle(const std::string& value, std::size_t axis) { settled_.insert({value, axis}); }
  std::vector<Slot> fresh(std::size_t count);
  void makes(const std::string& value, std::size_t axis);  // channels are made here, by weights
  void sums(Wiring::Id node, const std::string& value, std::size_t axis) { sums_.push_back({node, value, axis}); }
  void inexact(const std::string& value, std::size_t axis);  // a normalisation computes over it
  void heads(const std::string& value, std::size_t axis);    // products of two values are made apart for each
  const Tensor* constant(const std::string& value) const { return wiring_.constant(value); }
  std::int64_t opset() const { return opset_; }

 private:
  void open(const std::string& value, const Dims& dims);
  void take_in_values(const Graph& graph);
  void apply_rule(Wiring::Id id);
  std::set<Slot> classes_of(const std::vector<std::pair<std::string, std::size_t>>& axes) const;
  std::map<std::string, std::vector<std::vector<Slot>>> makers() const;
  std::map<Slot, Channel> collect_channels() const;
  void collect_groups();
  Slot root(Slot slot) const;

  Wiring wiring_;
  std::int64_t opset_;
  std::map<std::string, std::vector<std::vector<Slot>>> slots_;  // by value and axis
  std::vector<std::string> constants_;                           // initializers, in file order
  mutable std::vector<Slot> parents_ = {kFixed};
  std::set<std::pair<std::string, std::size_t>> settled_;
  std::vector<std::pair<std::string, std::size_t>> made_, inexact_, heads_;
  std::vector<Sum> sums_;
  std::vector<ChannelGroup> groups_;
};

// What an operator says; nullptr: nothing.
using Rule = void (*)(Coupling& coupling, Wiring::Id id, const Node& node);
Rule rule_of(const Node& node);

}  // namespace upkeep::removal
