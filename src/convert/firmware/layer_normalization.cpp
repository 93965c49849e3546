// y = (x - mean) / sqrt(variance + epsilon) * scale + bias, with mean and variance over the last axes.

#include "base/format.hpp"
#include "convert/firmware/operator.hpp"

namespace upkeep::firmware {

namespace {

// scale and bias have the shape of the last axes, or one that broadcasts to it.
std::string factor_place(const Operand& operand, std::int64_t size) {
  if (operand.count() != size && operand.count() != 1) throw not_written("a scale that is not of the axes that are normalised");
  return operand.count() == 1 ? "0" : "i";
}

void write_layer_normalization(Operation& operation, Code& code) {
  const Operand x = operation.input(0), scale = operation.input(1), bias = operation.input(2);
  const std::size_t axis = operation.axis("axis", -1, x.rank());
  const std::int64_t size = row_major(x.shape)[axis] * x.shape[axis];
  const std::string type = operation.type();
  const std::string epsilon = operation.number(operation.attribute<float>("epsilon", 1e-5F));
  code.loop("n", size == 0 ? 0 : x.count() / size);
  code.line(upkeep::format("const {}* const in = x0 + n * {};", type, size));
  code.line(upkeep::format("{} mean = {}, variance = {};", type, operation.number(0), operation.number(0)));
  code.line(upkeep::format("for (std::size_t i = 0; i < {}; ++i) mean += in[i];", size));
  code.line(upkeep::format("mean /= {};", operation.number(static_cast<double>(size))));
  code.line(upkeep::format("for (std::size_t i = 0; i < {}; ++i) variance += (in[i] - mean) * (in[i] - mean);", size));
  code.line(
      upkeep::format("const {0} deviation = std::sqrt(variance / {1} + {2});", type, operation.number(static_cast<double>(size)), epsilon));
  if (operation.output(1)) code.line("y1[n] = mean;");
  if (operation.output(2)) code.line(upkeep::format("y2[n] = {} / deviation;", operation.number(1)));
  code.loop("i", size);
  code.line(upkeep::format("y0[n * {} + i] = (in[i] - mean) / deviation * x1[{}]{};", size, factor_place(scale, size),
                           bias ? upkeep::format(" + x2[{}]", factor_place(bias, size)) : ""));
  code.close(2);
}

// x / |x| along an axis; 0 where the norm is 0.
void write_lp_normalization(Operation& operation, Code& code) {
  const Operand x = operation.input(0);
  const std::size_t axis = operation.axis("axis", -1, x.rank());
  const bool squares = operation.attribute<std::int64_t>("p", 2) == 2;
  const std::int64_t stride = row_major(x.shape)[axis];
  Shape others = x.shape;
  others[axis] = 1;
  write_loops(code, others, {walk_of(x.shape)}, [&](const auto& at) {
    code.line(upkeep::format("{} norm = {};", operation.type(), operation.number(0)));
    code.loop("t", x.shape[axis]);
    code.line(upkeep::format("const {} v = x0[{} + t * {}];", operation.type(), at[0], stride));
    code.line(squares ? "norm += v * v;" : "norm += std::abs(v);");
    code.close();
    if (squares) code.line("norm = std::sqrt(norm);");
    code.line(upkeep::format("if (norm == {}) norm = {};", operation.number(0), operation.number(1)));
    code.line(upkeep::format("for (std::size_t t = 0; t < {2}; ++t) y0[{0} + t * {1}] = x0[{0} + t * {1}] / norm;", at[0], stride,
                             x.shape[axis]));
  });
}

void write_axis_normalization(Operation& operation, Code& code) {
  return operation.op() == "LpNormalization" ? write_lp_normalization(operation, code) : write_layer_normalization(operation, code);
}

}  // namespace

void add_layer_normalization(OperatorCatalog& catalog) {
  catalog.add({.name = "LayerNormalization",
               .aliases = {"LpNormalization"},
               .help = "to mean 0 and variance 1, or to length 1",
               .write = write_axis_normalization,
               .memory = Memory::kInPlace});
}

}  // namespace upkeep::firmware
