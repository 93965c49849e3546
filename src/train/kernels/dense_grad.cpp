// DenseGrad      y = x W + b: dx = dy W^T, dW = x^T dy, db = sum of dy over the rows, in one operator
//
// Only for small matrices of weights, where the three operators of the standard rule cost more than their arithmetic. W may be transposed
// (attribute transB), as in Gemm.

#include "train/gradients/rule.hpp"
#include "train/kernels/kernel.hpp"
#include "train/kernels/shared/onednn.hpp"
#include "train/kernels/shared/rows.hpp"

namespace upkeep::kernels {
namespace {

constexpr std::int64_t kLargestWeights = 16 << 10;      // elements
constexpr std::int64_t kLargestPlain = 64 << 10;        // multiplications that plain loops do
constexpr std::int64_t kSmallestForThreads = 16 << 20;  // multiplications that are worth other threads

using onednn::Matrix;

template <bool Transposed>
float element(const Matrix& a, std::int64_t i, std::int64_t k) {
  return a.data[Transposed ? k * a.stride + i : i * a.stride + k];
}

template <bool Transposed>
void sums_of_rows(std::int64_t rows, std::int64_t columns, std::int64_t inner, const Matrix& a, const Matrix& b, float* c) {
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) {
      float sum = 0;
      for (std::int64_t k = 0; k < inner; ++k) sum += element<Transposed>(a, i, k) * b.data[j * b.stride + k];
      c[i * columns + j] = sum;
    }
}

template <bool Transposed>
void rows_of_sums(std::int64_t rows, std::int64_t columns, std::int64_t inner, const Matrix& a, const Matrix& b, float* c) {
  std::fill_n(c, rows * columns, 0.0F);
  for (std::int64_t k = 0; k < inner; ++k)
    for (std::int64_t i = 0; i < rows; ++i) {
      const float factor = element<Transposed>(a, i, k);
      for (std::int64_t j = 0; j < columns; ++j) c[i * columns + j] += factor * b.data[k * b.stride + j];
    }
}

Matrix turned(Matrix matrix) {
  matrix.transposed = !matrix.transposed;
  return matrix;
}

// C [rows, columns] = A' B', A' and B' transposed as they say.
void plain_product(std::int64_t rows, std::int64_t columns, std::int64_t inner, const Matrix& a, Matrix b, float* c) {
  if (columns == 1 && rows > 1) return plain_product(1, rows, inner, turned(b), turned(a), c);  // a column lies as a row does
  if (inner == 1 && b.transposed && b.stride == 1) b = {b.data, columns};                       // a column, as the row that it lies in
  if (b.transposed)
    return a.transposed ? sums_of_rows<true>(rows, columns, inner, a, b, c) : sums_of_rows<false>(rows, columns, inner, a, b, c);
  return a.transposed ? rows_of_sums<true>(rows, columns, inner, a, b, c) : rows_of_sums<false>(rows, columns, inner, a, b, c);
}

class DenseGrad : public Kernel {
 public:
  explicit DenseGrad(bool transposed) : transposed_(transposed) {}
  void run(KernelContext& context) override {
    const Shape x_shape = context.shape(0), w_shape = context.shape(1);
    const std::int64_t rows = x_shape[0], inputs = x_shape[1], units = context.shape(2)[1];
    const float* dy = context.input<float>(2);
    float* dx = context.output<float>(0, x_shape);
    float* dw = context.output<float>(1, w_shape);
    float* db = context.output<float>(2, {units});
    const Matrix x{context.input<float>(0), inputs}, w{context.input<float>(1), w_shape[1]}, out{dy, units};
    if (dx) product(context, rows, inputs, units, out, {w.data, w.stride, !transposed_}, dx);
    if (dw && transposed_) product(context, units, inputs, rows, {dy, units, true}, x, dw);
    else if (dw) product(context, inputs, units, rows, {x.data, inputs, true}, out, dw);
    if (!db) return;
    std::fill_n(db, units, 0.0F);
    for (std::int64_t i = 0; i < rows; ++i) add_row(units, dy + i * units, db);
  }

 private:
  static void product(const KernelContext& context, std::int64_t rows, std::int64_t columns, std::int64_t inner, const Matrix& a,
                      const Matrix& b, float* c) {
    const std::int64_t size = rows * columns * inner;
    if (size <= kLargestPlain || !onednn::available()) return plain_product(rows, columns, inner, a, b, c);
    onednn::library().set_threads(size < kSmallestForThreads ? 1 : context.threads());
    onednn::multiply(rows, columns, inner, a, b, 0, c, columns);
    onednn::library().set_threads(context.threads());
  }

  bool transposed_;
};

std::vector<Value> expand_dense(Ops& ops, const Node& node, const std::vector<Value>& inputs) {
  const std::vector<bool> wanted = wanted_outputs(node, 3);
  const Node forward{.op = "Gemm", .domain = {}, .name = {}, .inputs = {"x", "w", ""}, .outputs = {"y"}, .attributes = node.attributes};
  gradients::Grads grads = by_rule(ops, forward, {inputs[0], inputs[1], Value()}, {inputs[2]}, {inputs[2]}, {wanted[0], wanted[1], false});
  grads[2] = wanted[2] ? ops.reduce_sum(inputs[2], {0}) : Value();
  return grads;
}

std::vector<ValueType> infer_dense(const std::vector<Value>& inputs, const std::vector<Attribute>& attributes) {
  std::vector<ValueType> types = like({0, 1})(inputs, attributes);
  types.push_back({DType::kFloat32, Dims{inputs[2].dims()[1]}, {}});
  return types;
}

bool is_vector_of(const Value& value, const Dim& size) { return value.rank_known() && value.rank() == 1 && value.dims()[0] == size; }

gradients::Grads dense_rule(const gradients::ForwardNode& node, Ops& ops) {
  if (node.attribute("alpha", 1.0F) != 1 || node.attribute("beta", 1.0F) != 1 || node.attribute<std::int64_t>("transA", 0) != 0) return {};
  const Value x = node.input(0), w = node.input(1), bias = node.input(2);
  const Value grad = gradients::full_grad(node, ops);
  if (!node.wants(1) || !takes("DenseGrad", {x, w, grad})) return {};
  if (!w.dims()[0].known() || !w.dims()[1].known() || w.dims()[0].value * w.dims()[1].value > kLargestWeights) return {};
  const bool transposed = node.attribute<std::int64_t>("transB", 0) != 0;
  if (bias && !is_vector_of(bias, w.dims()[transposed ? 0 : 1])) return {};
  std::vector<Attribute> attributes;
  if (transposed) attributes.push_back({"transB", std::int64_t{1}});
  gradients::Grads grads = apply(ops, "DenseGrad", {x, w, grad}, std::move(attributes), {node.wants(0), true, node.wants(2)});
  grads.resize(node.input_count());
  return grads;
}

}  // namespace

void add_dense_grad(KernelCatalog& catalog) {
  catalog.add({.name = "DenseGrad",
               .help = "dx = dy W^T, dW = x^T dy, db = the sum of dy over the rows",
               .inputs = {DType::kFloat32, DType::kFloat32, DType::kFloat32},
               .outputs = {DType::kFloat32, DType::kFloat32, DType::kFloat32},
               .infer = infer_dense,
               .expand = expand_dense,
               .make = [](const KernelAttributes& attributes) { return std::make_unique<DenseGrad>(attributes.integer("transB", 0) != 0); },
               .rules = {{"Gemm", dense_rule}}});
}

}  // namespace upkeep::kernels
