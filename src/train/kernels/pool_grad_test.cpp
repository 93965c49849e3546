#include "runtime/session.hpp"
#include "train/kernels/kernel_test.hpp"

namespace upkeep::kernels {
namespace {

struct PoolCase {
  Shape x, y;
  std::vector<Attribute> attributes;
};

using PoolInts = std::vector<std::int64_t>;

Attribute pool_ints(const char* name, PoolInts values) { return {name, std::move(values)}; }

std::vector<PoolCase> pool_cases() {
  const Attribute two = pool_ints("kernel_shape", {2, 2});
  const Attribute three = pool_ints("kernel_shape", {3, 3});
  return {
      {{2, 3, 6, 8}, {2, 3, 3, 4}, {two, pool_ints("strides", {2, 2})}},
      {{2, 3, 7, 5}, {2, 3, 3, 2}, {two, pool_ints("strides", {2, 2})}},
      {{2, 3, 5, 6}, {2, 3, 4, 5}, {two}},
      {{1, 2, 9, 9}, {1, 2, 5, 5}, {three, pool_ints("strides", {2, 2}), pool_ints("pads", {1, 1, 1, 1})}},
      {{1, 2, 7, 7}, {1, 2, 3, 3}, {three, pool_ints("strides", {2, 2}), pool_ints("pads", {0, 0, 1, 1})}},
      {{2, 2, 6, 6}, {2, 2, 3, 3}, {three, pool_ints("strides", {2, 2}), {"auto_pad", std::string("SAME_UPPER")}}},
      {{2, 3, 9}, {2, 3, 4}, {pool_ints("kernel_shape", {3}), pool_ints("strides", {2})}},
      {{1, 2, 4, 5, 6}, {1, 2, 2, 2, 3}, {pool_ints("kernel_shape", {2, 2, 2}), pool_ints("strides", {2, 2, 2})}},
      {{4, 30, 24, 24}, {4, 30, 12, 12}, {two, pool_ints("strides", {2, 2})}},
  };
}

// The sum of r * pool(x) over all windows, in double: pooling is linear between kinks, so central differences are exact up to rounding.
double pooled(const std::string& op, const Tensor& x, const PoolCase& one, const Tensor& r) {
  Model model;
  Ops ops(model);
  const Value in = ops.input("x", DType::kFloat32, Dims(x.shape().begin(), x.shape().end()));
  ops.output(ops.node(op, {in}, one.attributes), "y");
  const Tensor y = Session(model, {.threads = 1}).run({{"x", x}}).at("y");
  EXPECT_EQ(y.shape(), r.shape());
  double sum = 0;
  for (std::size_t i = 0; i < y.floats().size(); ++i) sum += static_cast<double>(y.floats()[i]) * static_cast<double>(r.floats()[i]);
  return sum;
}

// Multiples of 1/4, all different: no step of 1/16 changes which is the largest.
Tensor pool_numbers(const Shape& shape) {
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = 0.25F * static_cast<float>((i * 37 + 11) % 997);
  return Tensor(shape, std::move(values));
}

void expect_pool_gradient(const std::string& op, const PoolCase& one) {
  const Tensor x = pool_numbers(one.x);
  const Tensor r = numbers(one.y, 2);
  const Tensor got = run_kernel(op + "Grad", {x, r}, {.attributes = one.attributes}).at("y0");
  for (std::int64_t k = 0; k < x.size(); k += 1 + x.size() / 40) {
    const auto at = [&](float by) {
      std::vector<float> moved(x.floats().begin(), x.floats().end());
      moved[static_cast<std::size_t>(k)] += by;
      return pooled(op, Tensor(x.shape(), std::move(moved)), one, r);
    };
    EXPECT_NEAR(got.floats()[static_cast<std::size_t>(k)], (at(0.0625F) - at(-0.0625F)) / 0.125, 2e-3) << op << " at " << k;
  }
  EXPECT_KERNEL_MATCHES_EXPANSION(op + "Grad", {x, r}, {.attributes = one.attributes});
}

TEST(PoolGrad, MatchesDifferences) {
  for (const PoolCase& one : pool_cases())
    for (const char* op : {"MaxPool", "AveragePool"}) {
      SCOPED_TRACE(std::string(op) + to_string(one.x));
      expect_pool_gradient(op, one);
    }
}

TEST(PoolGrad, CountsThePaddingWhereItWasAveraged) {
  expect_pool_gradient("AveragePool", {{1, 2, 7, 7},
                                       {1, 2, 4, 4},
                                       {pool_ints("kernel_shape", {3, 3}),
                                        pool_ints("strides", {2, 2}),
                                        pool_ints("pads", {1, 1, 1, 1}),
                                        {"count_include_pad", std::int64_t{1}}}});
}

TEST(PoolGrad, OfEqualElementsTheFirstIsTheLargest) {
  const Tensor flat = Tensor::full(Shape{1, 1, 4, 4}, 1.0F);
  for (const std::int64_t stride : {2, 1}) {
    const std::int64_t size = stride == 2 ? 2 : 3;
    const Tensor got = run_kernel("MaxPoolGrad", {flat, Tensor::full(Shape{1, 1, size, size}, 1.0F)},
                                  {.attributes = {pool_ints("kernel_shape", {2, 2}), pool_ints("strides", {stride, stride})}})
                           .at("y0");
    for (std::int64_t i = 0; i < 16; ++i)
      EXPECT_EQ(got.floats()[static_cast<std::size_t>(i)], i / 4 % stride == 0 && i % 4 % stride == 0 && i / 4 < 3 && i % 4 < 3 ? 1 : 0)
          << i;
  }
}

}  // namespace
}  // namespace upkeep::kernels
