#include <gmock/gmock.h>

#include "runtime/session.hpp"
#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

struct Sizes {
  Shape from;
  Shape to;
};

// A naive sum: every element of the gradient goes to the element that broadcasting copied it from.
std::vector<float> naive(const Sizes& sizes) {
  std::vector<float> sums(static_cast<std::size_t>(element_count(sizes.to)));
  for (std::int64_t i = 0; i < element_count(sizes.from); ++i) {
    std::int64_t rest = i;
    std::int64_t place = 0;
    std::int64_t stride = 1;
    for (std::size_t back = 1; back <= sizes.from.size(); ++back) {
      const std::int64_t index = rest % sizes.from[sizes.from.size() - back];
      rest /= sizes.from[sizes.from.size() - back];
      if (back > sizes.to.size()) continue;
      const std::int64_t size = sizes.to[sizes.to.size() - back];
      place += (size == 1 ? 0 : index) * stride;
      stride *= size;
    }
    sums[static_cast<std::size_t>(place)] += static_cast<float>(i);
  }
  return sums;
}

Tensor counting(const Shape& shape) {
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  return Tensor(shape, std::move(values));
}

class SumsTo : public testing::TestWithParam<Sizes> {};

TEST_P(SumsTo, SumsWhatBroadcastingRepeatedWithSizesKnownOrNot) {
  const auto& [from, to] = GetParam();
  for (const bool known : {true, false}) {
    Model model;
    Ops ops(model);
    const Value gradient = ops.input("gradient", DType::kFloat32, known ? Dims(from.begin(), from.end()) : Dims(from.size()));
    const Value like = ops.input("like", DType::kFloat32, known ? Dims(to.begin(), to.end()) : Dims(to.size()));
    ops.output(ops.identity(sum_to_shape(ops, gradient, like)), "sum");
    const Tensor sum = Session(model).run({{"gradient", counting(from)}, {"like", counting(to)}}).at("sum");
    EXPECT_EQ(sum.shape(), to);
    EXPECT_THAT(sum.floats(), testing::ElementsAreArray(naive(GetParam()))) << known;
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, SumsTo,
                         testing::Values(Sizes{{2, 3}, {2, 3}}, Sizes{{2, 3}, {3}}, Sizes{{2, 3}, {1, 3}}, Sizes{{2, 3}, {2, 1}},
                                         Sizes{{2, 3}, {1, 1}}, Sizes{{2, 3}, {}}, Sizes{{}, {}}, Sizes{{4, 2, 3}, {2, 1}},
                                         Sizes{{4, 2, 3}, {1, 1, 3}}, Sizes{{1, 3}, {3}}, Sizes{{1, 1}, {1}}, Sizes{{0, 3}, {3}},
                                         Sizes{{2, 0}, {2, 1}}, Sizes{{0}, {0}}));

TEST(SumToShape, TakesEqualSymbolsForEqualSizes) {
  Model model;
  Ops ops(model);
  const Value gradient = ops.input("gradient", DType::kFloat32, {"batch", 10});
  EXPECT_EQ(sum_to_shape(ops, gradient, ops.input("like", DType::kFloat32, {"batch", 10})).name(), "gradient");
  sum_to_shape(ops, gradient, ops.input("bias", DType::kFloat32, {10}));
  EXPECT_EQ(model.graph.nodes.size(), 1u);  // ReduceSum
}

}  // namespace
}  // namespace upkeep::gradients
