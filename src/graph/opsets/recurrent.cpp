// RNN, GRU, LSTM: the batch may come first since 14 (layout = 1). Before, X is [seq, batch, in], states are [dir, batch, h] and Y is
// [seq, dir, batch, h].

#include "graph/opsets/adapter.hpp"

namespace upkeep::opsets {

static void turned_output(Step& step, std::size_t output, std::vector<std::int64_t> perm) {
  if (!step.has_output(output)) return;
  const std::string name = step.node.outputs[output];
  const std::string inner = step.under(output);
  step.after("Transpose", {inner}, name, {{"perm", std::move(perm), {}}});
}

static void batch_second(Step& step) {
  const bool batch_first = step.attribute<std::int64_t>("layout", 0) != 0;
  step.erase("layout");
  if (!batch_first) return;
  const std::vector<std::int64_t> swap{1, 0, 2};
  for (const std::size_t i : {0U, 5U, 6U})  // X, the first states
    if (step.has(i)) step.set_input(i, step.before("Transpose", {step.input(i)}, {{"perm", swap, {}}}));
  turned_output(step, 0, {2, 0, 1, 3});
  turned_output(step, 1, swap);
  turned_output(step, 2, swap);
}

void add_recurrent(AdapterCatalog& catalog) {
  catalog.add({.name = "recurrent",
               .help = "RNN, GRU, LSTM: the batch may come first since 14",
               .changes = {{{"RNN", "GRU", "LSTM"}, 14, nullptr, batch_second}}});
}

}  // namespace upkeep::opsets
