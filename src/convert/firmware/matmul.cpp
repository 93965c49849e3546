// Matrix products. Row by row of y, every row as a sum of rows of b: memory is read in order, and the loop inside is the one that compilers
// turn into vector instructions.

#include "base/format.hpp"
#include "convert/firmware/operator.hpp"

namespace upkeep::firmware {

namespace {

// One product y [m, n] += a [m, k] b [k, n]; strides of rows and columns, and factors, as text.
struct Product {
  std::int64_t m = 0, n = 0, k = 0;
  std::string a, b, y;  // where they begin
  std::int64_t a_row = 0, a_column = 1;
  std::int64_t b_row = 0, b_column = 1;
  std::string factor = "";  // " * 2.0F"
};

std::string step(const std::string& variable, std::int64_t stride) {
  return stride == 1 ? variable : upkeep::format("{} * {}", variable, stride);
}

void write_product(const Product& p, const std::string& type, Code& code) {
  code.loop("r", p.m);
  code.loop("k", p.k);
  code.line(upkeep::format("const {} a = x0[{} + {} + {}]{};", type, p.a, step("r", p.a_row), step("k", p.a_column), p.factor));
  code.loop("c", p.n);
  code.line(
      upkeep::format("y0[{} + {} + c] += a * x1[{} + {} + {}];", p.y, step("r", p.n), p.b, step("k", p.b_row), step("c", p.b_column)));
  code.close(3);
}

// A column of b that lies in order: y is a dot product.
void write_dots(const Product& p, const std::string& type, Code& code) {
  code.loop("r", p.m);
  code.loop("c", p.n);
  code.line(upkeep::format("{} sum = {};", type, literal(0, type == "double" ? DType::kFloat64 : DType::kFloat32)));
  code.loop("k", p.k);
  code.line(upkeep::format("sum += x0[{} + {} + {}] * x1[{} + k + {}];", p.a, step("r", p.a_row), step("k", p.a_column), p.b,
                           step("c", p.b_column)));
  code.close();
  code.line(upkeep::format("y0[{} + {} + c] += sum{};", p.y, step("r", p.n), p.factor));
  code.close(2);
}

Shape batch_of(const Shape& shape) { return {shape.begin(), shape.end() - std::min<std::ptrdiff_t>(2, std::ssize(shape))}; }

Walk scaled(Walk walk, std::int64_t size) {
  for (std::int64_t& stride : walk.strides) stride *= size;
  return walk;
}

void write_matmul(Operation& operation, Code& code) {
  Shape a = operation.input(0).shape;
  Shape b = operation.input(1).shape;
  if (a.size() == 1) a.insert(a.begin(), 1);
  if (b.size() == 1) b.push_back(1);
  Product product{.m = a[a.size() - 2], .n = b.back(), .k = a.back()};
  product.a_row = product.k;
  product.b_row = product.n;
  const Shape batch_a = batch_of(a);
  const Shape batch_b = batch_of(b);
  Shape batch(std::max(batch_a.size(), batch_b.size()), 1);
  for (std::size_t i = 0; i < batch_a.size(); ++i) batch[batch.size() - batch_a.size() + i] = batch_a[i];
  for (std::size_t i = 0; i < batch_b.size(); ++i) {
    std::int64_t& dim = batch[batch.size() - batch_b.size() + i];
    if (dim == 1) dim = batch_b[i];
  }
  code.line(upkeep::format("std::fill_n(y0, {}, {});", operation.output(0).count(), operation.number(0)));
  write_loops(code, batch,
              {scaled(broadcast_walk(batch_a, batch), product.m * product.k), scaled(broadcast_walk(batch_b, batch), product.k * product.n),
               scaled(walk_of(batch), product.m * product.n)},
              [&](const auto& at) {
                product.a = at[0];
                product.b = at[1];
                product.y = at[2];
                write_product(product, operation.type(), code);
              });
}

// y = alpha A B + beta C
void write_gemm(Operation& operation, Code& code) {
  const Operand y = operation.output(0);
  const bool trans_a = operation.attribute<std::int64_t>("transA", 0) != 0;
  const bool trans_b = operation.attribute<std::int64_t>("transB", 0) != 0;
  const float alpha = operation.attribute<float>("alpha", 1.0F);
  const float beta = operation.attribute<float>("beta", 1.0F);
  Product product{.m = y.shape[0], .n = y.shape[1], .k = operation.input(0).shape[trans_a ? 0 : 1], .a = "0", .b = "0", .y = "0"};
  product.a_row = trans_a ? 1 : product.k;
  product.a_column = trans_a ? product.m : 1;
  product.b_row = trans_b ? 1 : product.n;
  product.b_column = trans_b ? product.k : 1;
  if (alpha != 1) product.factor = " * " + operation.number(alpha);
  if (const Operand c = operation.input(2); c && beta != 0)
    write_loops(code, y.shape, {broadcast_walk(c.shape, y.shape), walk_of(y.shape)}, [&](const auto& at) {
      code.line(upkeep::format("y0[{}] = x2[{}]{};", at[1], at[0], beta == 1 ? "" : " * " + operation.number(beta)));
    });
  else code.line(upkeep::format("std::fill_n(y0, {}, {});", y.count(), operation.number(0)));
  if (trans_b) write_dots(product, operation.type(), code);
  else write_product(product, operation.type(), code);
}

void write_matrix_product(Operation& operation, Code& code) {
  return operation.op() == "Gemm" ? write_gemm(operation, code) : write_matmul(operation, code);
}

}  // namespace

void add_matmul(OperatorCatalog& catalog) {
  catalog.add({.name = "MatMul", .aliases = {"Gemm"}, .help = "products of matrices, stacked ones too", .write = write_matrix_product});
}

}  // namespace upkeep::firmware
