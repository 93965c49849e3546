#include "graph/stop_gradient.hpp"

namespace upkeep {

bool stops_gradient(const Node& node) {
  const std::string* mark = node.op == "Identity" && node.domain.empty() ? find(node.metadata, kStopGradientKey) : nullptr;
  return mark && *mark == kStopGradientValue;
}

Value stop_gradient(Ops& ops, const Value& x) {
  Value y = ops.identity(x);
  set(ops.model().graph.nodes.back().metadata, kStopGradientKey, kStopGradientValue);
  return y;
}

}  // namespace upkeep
