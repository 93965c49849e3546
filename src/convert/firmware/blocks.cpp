// DepthToSpace and SpaceToDepth: blocks of channels become blocks of pixels, and back. A transposition of six axes.

#include "base/format.hpp"
#include "convert/firmware/operator.hpp"

namespace upkeep::firmware {

namespace {

// x [n, b, b, c, h, w] (DCR) or [n, c, b, b, h, w] (CRD) -> y [n, c, h, b, w, b]
void write_depth_to_space(const Operation& operation, Code& code) {
  const Operand x = operation.input(0);
  const std::int64_t b = operation.attribute<std::int64_t>("blocksize", 1);
  const std::int64_t c = x.shape[1] / (b * b), h = x.shape[2], w = x.shape[3];
  const bool depth_first = operation.attribute<std::string>("mode", "DCR") == "DCR";
  const std::int64_t block = depth_first ? c * h * w : h * w;
  const std::int64_t channel = depth_first ? h * w : b * b * h * w;
  const Shape dims = {x.shape[0], c, h, b, w, b};
  write_loops(code, dims, {{.begin = 0, .strides = {x.shape[1] * h * w, channel, w, b * block, 1, block}}, walk_of(dims)},
              [&](const auto& at) { code.line(upkeep::format("y0[{}] = x0[{}];", at[1], at[0])); });
}

// x [n, c, h, b, w, b] -> y [n, b, b, c, h, w]
void write_space_to_depth(const Operation& operation, Code& code) {
  const Operand x = operation.input(0);
  const std::int64_t b = operation.attribute<std::int64_t>("blocksize", 1);
  const std::int64_t c = x.shape[1], h = x.shape[2] / b, w = x.shape[3] / b;
  const Shape dims = {x.shape[0], b, b, c, h, w};
  const std::int64_t row = w * b;
  write_loops(code, dims, {{.begin = 0, .strides = {c * h * b * row, row, 1, h * b * row, b * row, b}}, walk_of(dims)},
              [&](const auto& at) { code.line(upkeep::format("y0[{}] = x0[{}];", at[1], at[0])); });
}

void write_blocks(Operation& operation, Code& code) {
  return operation.op() == "DepthToSpace" ? write_depth_to_space(operation, code) : write_space_to_depth(operation, code);
}

}  // namespace

void add_blocks(OperatorCatalog& catalog) {
  catalog.add({.name = "DepthToSpace", .aliases = {"SpaceToDepth"}, .help = "channels to pixels and back", .write = write_blocks});
}

}  // namespace upkeep::firmware
