// Sub-graphs: the bodies of If, Loop and Scan. They read values of the graphs around them (captures) by name.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "graph/ops.hpp"

namespace upkeep {

std::vector<GraphPtr> subgraphs(const Node& node);  // in the order of its attributes

// Names that are read and not made: by a node, its inputs and what its sub-graphs capture; by a graph, what it captures. Sorted.
std::set<std::string> reads_of(const Node& node);
std::set<std::string> reads_of(const Graph& graph);

// Drops nodes and initializers that the outputs do not need, and the types of values that are gone.
void drop_unused(Graph& graph);

// Drops initializers that nothing reads, that are no input's default and that are not `kept`.
void drop_unread_initializers(Graph& graph, const std::vector<std::string>& kept = {});

// The same graph where every read of a captured name is a read of another one.
Graph with_captures_renamed(const Graph& graph, const std::map<std::string, std::string>& names);

// The same graph where every name that it defines begins with `prefix`, in its sub-graphs too.
Graph with_names_under(const Graph& graph, const std::string& prefix);

// A copy of a sub-graph that can be extended while its outer graph is there: `ops` finds outer values too.
class Subgraph {
 public:
  // Types of the graph's inputs should be known as far as possible; `prefix` leads the names of new values. `outer` must outlive this.
  Subgraph(Ops& outer, Graph graph, std::string prefix);
  Ops& ops() { return ops_; }
  Graph& graph() { return model_.graph; }
  // The graph with these results in place of its own, nothing that they do not need, and all its names under the prefix: a copy may stand
  // beside the graph that it was made from.
  GraphPtr with_outputs(const std::vector<Value>& outputs) const;
  // How a value is declared as a result: with its rank, which ONNX Runtime's Scan asks for, but without symbols, which mean nothing
  // outside.
  static ValueInfo output_info(const std::string& name, const Value& value);

 private:
  Model model_;
  Ops ops_;
};

}  // namespace upkeep
