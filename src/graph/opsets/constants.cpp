// Constant: a number or a list in an attribute of its own since 12. ConstantOfShape came with 9.

#include "graph/opsets/adapter.hpp"

namespace upkeep::opsets {

static std::int64_t length_of(const auto& list) { return static_cast<std::int64_t>(list.size()); }

static void value_as_tensor(Step& step) {
  if (const auto* one = step.node.find("value_int"))
    step.become("Constant", {}, {{"value", Tensor::scalar(std::get<std::int64_t>(one->value)), {}}});
  else if (step.has_attribute("value_float"))
    step.become("Constant", {}, {{"value", Tensor::scalar(step.attribute<float>("value_float", 0)), {}}});
  else if (step.has_attribute("value_string"))
    step.become("Constant", {}, {{"value", Tensor({}, std::vector<std::string>{step.attribute<std::string>("value_string", "")}), {}}});
  else if (step.has_attribute("value_ints")) {
    const auto list = step.attribute<std::vector<std::int64_t>>("value_ints", {});
    step.become("Constant", {}, {{"value", Tensor({length_of(list)}, list), {}}});
  } else if (step.has_attribute("value_floats")) {
    const auto list = step.attribute<std::vector<float>>("value_floats", {});
    step.become("Constant", {}, {{"value", Tensor({length_of(list)}, list), {}}});
  } else if (step.has_attribute("value_strings")) {
    const auto list = step.attribute<std::vector<std::string>>("value_strings", {});
    step.become("Constant", {}, {{"value", Tensor({length_of(list)}, list), {}}});
  }
}

static void constant_of_known_shape(Step& step) {
  if (!step.constant_input(0)) step.refuse("it came with set 9, and its sizes are computed by the graph");
  const auto shape = step.integers(0, "sizes");
  const auto value = step.attribute<Tensor>("value", Tensor({1}, std::vector<float>{0}));
  if (std::ranges::any_of(shape, [](std::int64_t size) { return size < 0; }) || value.size() != 1 || element_count(shape) > 1'000'000)
    step.refuse("it came with set 9, and what it makes is too much for a constant");
  const auto count = static_cast<std::size_t>(element_count(shape));
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i < count; ++i) bytes.insert(bytes.end(), value.bytes().begin(), value.bytes().end());
  step.become("Constant", {}, {{"value", Tensor::from_bytes(value.dtype(), shape, bytes), {}}});
}

void add_constants(AdapterCatalog& catalog) {
  catalog.add({.name = "constants",
               .help = "Constant: numbers and lists in attributes of their own since 12; ConstantOfShape since 9",
               .changes = {{{"Constant"}, 12, nullptr, value_as_tensor}, {{"ConstantOfShape"}, 9, nullptr, constant_of_known_shape}}});
}

}  // namespace upkeep::opsets
