#include "layers/shared/integer_arithmetic.hpp"

#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

constexpr std::int64_t kLarge = (std::int64_t{1} << 60) + 1;

using Function = std::function<Value(Ops& ops, const Value& a, const Value& b)>;

std::vector<std::int64_t> of_two(const std::vector<std::int64_t>& a, const std::vector<std::int64_t>& b, const Function& f) {
  Model model;
  Ops ops(model);
  const auto size = static_cast<std::int64_t>(a.size());
  const Value x = ops.input("a", DType::kInt64, {size}), y = ops.input("b", DType::kInt64, {size});
  ops.output(f(ops, x, y), "y");
  const Tensor answer = Session(model, {.threads = 1}).run({{"a", Tensor({size}, a)}, {"b", Tensor({size}, b)}}).at("y");
  const std::span<const std::int64_t> values = answer.data<std::int64_t>();
  return {values.begin(), values.end()};
}

TEST(IntegerArithmetic, DividesDownwards) {
  EXPECT_THAT(of_two({7, -7, 7, -7, kLarge, -kLarge}, {2, 2, -2, -2, 3, 3}, floor_quotient),
              testing::ElementsAre(3, -4, -4, 3, 384307168202282325, -384307168202282326));
}

TEST(IntegerArithmetic, DividesTheSmallestIntegerByMinusOne) {
  constexpr std::int64_t kSmallest = std::numeric_limits<std::int64_t>::min();
  EXPECT_THAT(of_two({kSmallest, 5}, {-1, -1}, floor_quotient), testing::ElementsAre(kSmallest, -5));
}

TEST(IntegerArithmetic, RaisesToPowersWithoutRounding) {
  EXPECT_THAT(of_two({3, 2, -3, 7, 0, 1, -1, 16777217}, {39, 62, 39, 0, 70, 100, 16777217, 2}, integer_power),
              testing::ElementsAre(4052555153018976267, 4611686018427387904, -4052555153018976267, 1, 0, 1, -1, 281475010265089));
}

TEST(IntegerArithmetic, RefusesExponentsBelowZero) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kInt64, {2});
  EXPECT_THROW(integer_power(ops, x, ops.constant(Tensor::scalar(std::int64_t{-1}))), Error);
}

std::vector<std::int64_t> of_rows(const Function& f) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kInt64, {2, 3});
  ops.output(f(ops, x, x), "y");
  const Tensor answer =
      Session(model, {.threads = 1}).run({{"x", Tensor({2, 3}, std::vector<std::int64_t>{kLarge, 3, 5, -kLarge, 2, -7})}}).at("y");
  const std::span<const std::int64_t> values = answer.data<std::int64_t>();
  return {values.begin(), values.end()};
}

TEST(IntegerArithmetic, SumsAndMultipliesOverAxesWithoutRounding) {
  EXPECT_THAT(of_rows([](Ops& ops, const Value& x, const Value&) { return integer_sum(ops, x, {1}, false); }),
              testing::ElementsAre(kLarge + 8, -kLarge - 5));
  EXPECT_THAT(of_rows([](Ops& ops, const Value& x, const Value&) { return integer_sum(ops, x, {0, 1}, true); }), testing::ElementsAre(3));
  EXPECT_THAT(
      of_rows([](Ops& ops, const Value& x, const Value&) { return integer_product(ops, x, {0}, false); }),
      testing::ElementsAre(static_cast<std::int64_t>(static_cast<std::uint64_t>(kLarge) * -static_cast<std::uint64_t>(kLarge)), 6, -35));
}

TEST(IntegerArithmetic, RefusesAProductOverAnUnknownNumberOfIntegers) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kInt64, {Dim("batch"), 2});
  EXPECT_THAT(message_of([&] { integer_product(ops, x, {0}, false); }), testing::HasSubstr("axis 0, whose size is not known"));
}

}  // namespace
}  // namespace upkeep::layers
