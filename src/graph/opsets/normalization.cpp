// BatchNormalization: statistics are of channels alone since 9; training is said by an attribute, with other outputs, since 14.
// GroupNormalization: scale and bias are of channels since 21, and of groups before, where it is written out.

#include "graph/opsets/adapter.hpp"

namespace upkeep::opsets {

// y = (x - mean) / sqrt(var + eps) * scale + bias, each of them [C, D1, ...]
static void statistics_of_channels(Step& step) {
  if (step.attribute<std::int64_t>("spatial", 1) != 0) return step.erase("spatial");
  if (step.has_output(1)) step.refuse("statistics of single elements are not trained there");
  const auto epsilon = static_cast<double>(step.attribute<float>("epsilon", 1e-5F));
  const std::vector<std::string> given = step.node.inputs;  // x, scale, bias, mean, variance
  if (given.size() != 5) step.refuse("it has not five inputs");
  const std::string variance = step.before("Add", {given[4], step.filled({}, epsilon, step.known_dtype(0))});
  const std::string centred = step.before("Sub", {given[0], given[3]});
  const std::string normal = step.before("Div", {centred, step.before("Sqrt", {variance})});
  step.become("Add", {step.before("Mul", {normal, given[1]}), given[2]});
  step.node.outputs.resize(1);
}

static void no_training(Step& step) {
  for (std::size_t i = 1; i < step.node.outputs.size(); ++i)
    if (step.has_output(i)) step.refuse("training is said in another way there; its first output only could be");
  step.node.outputs.resize(1);
  if (step.attribute<std::int64_t>("training_mode", 0) != 0) step.refuse("training is said in another way there");
  step.erase("training_mode");
}

// [G] -> [G, 1] -> [G, C / G] -> [C]
static void scales_of_channels(Step& step) {
  const auto groups = step.attribute<std::int64_t>("num_groups", 0);
  const std::optional<Dims> dims = step.dims(0);
  if (!dims || dims->size() < 2 || !(*dims)[1].known())
    step.refuse("scale and bias are of channels there, and how many channels \"" + step.input(0) + "\" has is not known");
  const std::int64_t channels = (*dims)[1].value;
  if (groups < 1 || channels % groups != 0) step.refuse("its channels are not whole groups");
  for (const std::size_t i : {1U, 2U}) {
    const std::string column = step.before("Reshape", {step.input(i), step.ints({groups, 1})});
    const std::string each = step.before("Expand", {column, step.ints({groups, channels / groups})});
    step.set_input(i, step.before("Reshape", {each, step.ints({channels})}));
  }
}

void add_normalization(AdapterCatalog& catalog) {
  catalog.add({.name = "normalization",
               .help =
                   "BatchNormalization: statistics of channels since 9, training by an attribute since 14; GroupNormalization: scales of "
                   "channels since 21",
               .changes = {{{"BatchNormalization"}, 9, statistics_of_channels, nullptr},
                           {{"BatchNormalization"}, 14, no_training, no_training},
                           {{"GroupNormalization"}, 21, scales_of_channels, write_out}}});
}

}  // namespace upkeep::opsets
