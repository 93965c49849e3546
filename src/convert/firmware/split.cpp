// Parts of an axis; the sizes are those of the outputs.

#include "base/format.hpp"
#include "convert/firmware/operator.hpp"

namespace upkeep::firmware {

namespace {

// The sizes of all parts, also of those that nobody reads.
std::vector<std::int64_t> part_sizes(const Operation& operation, std::int64_t size) {
  if (operation.input(1)) return operation.ints(1);
  const auto parts = operation.attribute<std::int64_t>("num_outputs", static_cast<std::int64_t>(operation.output_count()));
  const std::int64_t each = (size + parts - 1) / parts;
  std::vector<std::int64_t> sizes(static_cast<std::size_t>(parts), each);
  sizes.back() = size - each * (parts - 1);
  return sizes;
}

void write_split(Operation& operation, Code& code) {
  const Operand x = operation.input(0);
  const std::size_t axis = operation.axis("axis", 0, x.rank());
  const std::vector<std::int64_t> strides = row_major(x.shape);
  const std::vector<std::int64_t> sizes = part_sizes(operation, x.shape[axis]);
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < operation.output_count(); ++i) {
    const Operand part = operation.output(i);
    if (part)
      write_loops(code, part.shape, {{.begin = begin * strides[axis], .strides = strides}, walk_of(part.shape)},
                  [&](const auto& at) { code.line(upkeep::format("{}[{}] = x0[{}];", part.name, at[1], at[0])); });
    begin += sizes.at(i);
  }
}

}  // namespace

void add_split(OperatorCatalog& catalog) {
  catalog.add({.name = "Split", .aliases = {}, .help = "an axis in parts", .write = write_split});
}

}  // namespace upkeep::firmware
