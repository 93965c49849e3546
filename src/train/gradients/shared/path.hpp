// The way a gradient takes through a graph, and what on it has no rule.
#pragma once

#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "train/gradients/gradient.hpp"

namespace upkeep::gradients {

using Names = std::unordered_set<std::string>;

// What lies between sources and targets.
struct Path {
  std::vector<Node> nodes;  // backwards; copies, because the graph grows while they are used
  Names values;             // that gradients flow through, sources and targets included
  Names influenced;         // by the sources, whether or not a target depends on them
};

bool carries_gradient(DType dtype);  // floats; an unknown type might

// The entry for a standard operator, or nullptr.
const GradientEntry* rule_for(const Node& node);

// What gradients can flow through from the sources on, themselves included.
Names influenced_by(Ops& ops, const Names& sources);

// The path; operators and functions on it that have no rule but can be written in others are so written, in place.
Path find_path(Ops& ops, const Names& targets, const Names& sources);

// "Det "x/Det" of layer "x""; a node without a name by what it makes.
std::string described(const Node& node, const std::string& place = "");

// "Det "x/Det" of layer "x" in the body of Scan "y"", for everything on the path that has no rule.
std::vector<std::string> missing_rules(Ops& ops, const Path& path);

}  // namespace upkeep::gradients
