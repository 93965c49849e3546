// OptionalGetElement     y = the tensor in an optional, where the graph says that there is one: Optional made it, or it is a tensor anyway

#include "train/lowerings/lowering.hpp"

namespace upkeep::lowerings {
namespace {

std::vector<Value> optional_get_element(const Composite& node, Ops& ops) {
  const std::string& optional = node.node().inputs.at(0);
  const Node* maker = ops.model().graph.producer(optional);
  if (maker && maker->op == "Optional" && !maker->inputs.empty()) return {ops.identity(ops.existing(maker->inputs[0]))};
  if (node.input(0).dtype() != DType::kUndefined) return {ops.identity(node.input(0))};
  throw Error(ErrorCode::kUnsupported, "what the optional \"" + optional + "\" holds is not known", "make it by Optional, of a tensor");
}

}  // namespace

void add_optional_get_element(LoweringCatalog& catalog) {
  catalog.add({.name = "OptionalGetElement",
               .aliases = {},
               .help = "the tensor, where the graph says that there is one",
               .domain = {},
               .rule = optional_get_element,
               .makers = {"Optional"}});
}

}  // namespace upkeep::lowerings
