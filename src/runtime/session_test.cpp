#include "runtime/session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/error_testing.hpp"
#include "graph/onnx.hpp"
#include "graph/ops.hpp"

namespace upkeep {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

// y = x w + 1, z = -x
Model affine() {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {"batch", 2});
  const Value w = ops.initializer("w", Tensor({2, 2}, std::vector<float>{1, 2, 3, 4}));
  ops.output(ops.add(ops.matmul(x, w), 1.0f), "y");
  ops.output(ops.neg(x), "z");
  return model;
}

Model from_text(const std::string& graph) { return model_from_text("<ir_version: 10, opset_import: [\"\": 21]>\n" + graph); }

Tensor row(const std::vector<float>& values) { return Tensor({1, static_cast<std::int64_t>(values.size())}, values); }

TEST(Session, RunsAModel) {
  const Tensors out = Session(affine()).run({{"x", row({1, 10})}});
  EXPECT_EQ(out.at("y").shape(), (Shape{1, 2}));
  EXPECT_THAT(out.at("y").floats(), ElementsAre(32, 43));
  EXPECT_THAT(out.at("z").floats(), ElementsAre(-1, -10));
}

TEST(Session, GivesOnlyTheOutputsThatAreAskedFor) {
  const Tensors out = Session(affine()).run({{"x", row({1, 10})}}, {"z"});
  EXPECT_EQ(out.size(), 1u);
  EXPECT_TRUE(out.contains("z"));
}

TEST(Session, SaysWhatGoesInAndOut) {
  const Session session(affine());
  ASSERT_EQ(session.inputs().size(), 1u);
  EXPECT_EQ(session.inputs()[0].name, "x");
  EXPECT_EQ(session.inputs()[0].dtype, DType::kFloat32);
  EXPECT_EQ(session.inputs()[0].dims, (Dims{"batch", 2}));
  EXPECT_EQ(session.outputs()[1].name, "z");
}

TEST(Session, RunsAnEmptyBatch) {
  EXPECT_EQ(Session(affine()).run({{"x", Tensor(Shape{0, 2}, std::vector<float>{})}}).at("y").shape(), (Shape{0, 2}));
}

TEST(Session, SaysWhichNameTypeOrShapeIsWrong) {
  const Session session(affine());
  const auto complaint = [&](const Tensors& inputs, const std::vector<std::string>& outputs = {}) {
    return message_of([&] { session.run(inputs, outputs); });
  };
  EXPECT_THAT(complaint({{"X", row({1, 2})}}), AllOf(HasSubstr("unknown model input \"X\""), HasSubstr("known: x")));
  EXPECT_THAT(complaint({}), HasSubstr("input \"x\" is missing (expected float32[batch, 2])"));
  EXPECT_THAT(complaint({{"x", row({1, 2, 3})}}), HasSubstr("input \"x\" got float32[1, 3] (expected float32[batch, 2])"));
  EXPECT_THAT(complaint({{"x", Tensor({1, 2}, std::vector<double>{1, 2})}}), HasSubstr("got float64[1, 2] (expected float32[batch, 2])"));
  EXPECT_THAT(complaint({{"x", Tensor({2}, std::vector<float>{1, 2})}}), HasSubstr("got float32[2]"));
  EXPECT_THAT(complaint({{"x", row({1, 2})}}, {"q"}), AllOf(HasSubstr("unknown model output \"q\""), HasSubstr("y, z")));
}

TEST(Session, TakesAnyRankWhereTheModelDoesNotSay) {
  const Session session(from_text("g (float[] x) => (float[] y) { y = Neg(x) }"));
  EXPECT_TRUE(session.inputs()[0].any_rank);
  EXPECT_EQ(session.run({{"x", Tensor::full(Shape{2, 3, 4}, 1.0f)}}).at("y").shape(), (Shape{2, 3, 4}));
  EXPECT_FALSE(Session(from_text("g (float x) => (float y) { y = Neg(x) }")).inputs()[0].any_rank);
}

TEST(Session, LeavesInputsThatHaveADefaultOut) {
  Model model = from_text("g (float[2] x, float[2] w) => (float[2] y) <float[2] w = {2,3}> { y = Mul(x, w) }");
  const Session session(model);
  EXPECT_EQ(session.inputs().size(), 1u);
  EXPECT_THAT(session.run({{"x", Tensor({2}, std::vector<float>{1, 1})}}).at("y").floats(), ElementsAre(2, 3));
}

TEST(Session, CarriesStrings) {
  const Session session(from_text("g (string[N] x) => (string[N] y) { y = Identity(x) }"));
  const Tensor words({3}, std::vector<std::string>{"a", "", "drei \xC3\xBC"});
  EXPECT_EQ(session.run({{"x", words}}).at("y"), words);
}

TEST(Session, CarriesStringsOfAnyBytes) {
  Model model;
  Ops ops(model);
  ops.output(ops.node("Identity", {ops.input("in", DType::kString, {"n"})}), "out");
  const std::vector<std::string> values{std::string("\0a\0", 3), "", std::string(1, '\xff')};
  EXPECT_EQ(Session(model).run({{"in", Tensor({3}, values)}}).at("out").strings(), values);
}

TEST(Session, CarriesBooleansAndIntegers) {
  const Session session(from_text("g (int64[N] x) => (bool[N] y) <int64 two = {2}> { y = Less(x, two) }"));
  EXPECT_THAT(session.run({{"x", Tensor({3}, std::vector<std::int64_t>{1, 2, 3})}}).at("y").data<bool>(), ElementsAre(true, false, false));
}

TEST(Session, SaysWhichOperatorTheRuntimeLacks) {
  Model model = from_text("g (float[2] x) => (float[2] y) { y = com.acme.Foo(x) }");
  model.opsets["com.acme"] = 1;
  try {
    const Session session(model);
    FAIL() << "an unknown operator was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_THAT(error.what(), HasSubstr("Foo"));
  }
}

TEST(Session, SaysWhenARunFails) {
  const Session session(from_text("g (float[A] x, float[B] w) => (float[C] y) { y = Add(x, w) }"));
  EXPECT_THAT(message_of([&] { session.run({{"x", Tensor::full(Shape{2}, 1.0f)}, {"w", Tensor::full(Shape{3}, 1.0f)}}); }),
              HasSubstr("the model failed while it ran"));
}

// ONNX Runtime has dropped them when it comes to replace them by what it is handed.
TEST(Session, LeavesOutLargeWeightsThatNothingReads) {
  Model model = affine();
  model.graph.initializers.emplace_back("left_over", Tensor::full(Shape{128, 256}, 1.0F));
  EXPECT_THAT(Session(model).run({{"x", row({1, 10})}}).at("y").floats(), ElementsAre(32, 43));
  model.graph.outputs.push_back({.name = "left_over", .type = {.dtype = DType::kFloat32, .shape = Dims{128, 256}}});
  EXPECT_EQ(Session(model).run({{"x", row({1, 10})}}).at("left_over").shape(), (Shape{128, 256}));
}

TEST(Session, HandsOverLargeWeightsThatOnlyABranchReads) {
  Model model = from_text(R"(g (float[128] x, bool c) => (float[128] y) {
      y = If (c) <then_branch = a () => (float[128] p) { m = Mul (x, w) p = ReduceSum <keepdims = 0> (m, zero) },
                  else_branch = b () => (float[128] q) { q = Identity (x) }>
    })");
  model.graph.initializers.emplace_back("w", Tensor::full(Shape{256, 128}, 0.5F));
  model.graph.initializers.emplace_back("zero", Tensor({1}, std::vector<std::int64_t>{0}));
  const Tensors inputs = {{"x", Tensor::full(Shape{128}, 1.0F)}, {"c", Tensor(Shape{}, std::vector<bool>{true})}};
  EXPECT_THAT(Session(model).run(inputs).at("y").floats(), Each(128));
}

TEST(Session, GivesASequenceAsItsElements) {
  const Session session(
      from_text("g (float[n, 2] x) => (seq(float[n, 1]) s, float[n, 2] y) { y = Neg (x) s = SplitToSequence <axis = 1> (x) }"));
  const Tensors out = session.run({{"x", row({1, 10})}});
  EXPECT_EQ(parts_of(out, "s"), (std::vector<std::string>{"s.0", "s.1"}));
  EXPECT_EQ(parts_of(out, "y"), std::vector<std::string>{"y"});
  EXPECT_THAT(out.at("s.1").floats(), ElementsAre(10));
  EXPECT_EQ(out.size(), 3U);
}

TEST(Session, OutputsOutliveIt) {
  Tensor kept;
  {
    const Session session(affine());
    kept = session.run({{"x", row({1, 10})}}).at("y");
  }
  EXPECT_THAT(kept.floats(), ElementsAre(32, 43));
}

TEST(Session, AnswersFromManyThreadsAtOnce) {
  const Session session(affine(), {.threads = 1});
  std::vector<std::jthread> threads;
  std::vector<int> wrong(4);
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const auto a = static_cast<float>(t), b = static_cast<float>(i);
        const Tensor y = session.run({{"x", row({a, b})}}).at("y");
        wrong[static_cast<std::size_t>(t)] += y.floats()[0] != a + 3 * b + 1 || y.floats()[1] != 2 * a + 4 * b + 1;
      }
    });
  threads.clear();
  EXPECT_THAT(wrong, Each(0));
}

// Convolution and normalisation are folded into one: the runtime makes new weights then, and ours must stay as they are.
TEST(Session, DoesNotWriteToWeightsThatItShares) {
  const std::int64_t channels = 64;
  Model model;
  Ops ops(model);
  const auto vector = [&](const char* name, float value) { return ops.initializer(name, Tensor::full(Shape{channels}, value)); };
  const Value x = ops.input("x", DType::kFloat32, {1, channels, 8, 8});
  const Tensor kernel = Tensor::full(Shape{channels, channels, 3, 3}, 0.01f);
  const Value y = ops.node("Conv", {x, ops.initializer("kernel", kernel)});
  ops.output(ops.node("BatchNormalization", {y, vector("scale", 2), vector("shift", 1), vector("mean", 0.5f), vector("variance", 4)}), "y");
  const Tensors inputs{{"x", Tensor::full(Shape{1, channels, 8, 8}, 1.0f)}};
  const Tensor folded = Session(model).run(inputs).at("y");
  const Tensor plain = Session(model, {.optimize = false}).run(inputs).at("y");
  EXPECT_THAT(kernel.floats(), Each(0.01f));
  // 64 * 9 terms of 0.01: within 576 roundings of the sum, which is 5.76.
  for (std::int64_t i = 0; i < plain.size(); ++i)
    ASSERT_NEAR(folded.floats()[static_cast<std::size_t>(i)], plain.floats()[static_cast<std::size_t>(i)], 576 * 5.76 * 1.2e-7);
}

TEST(Binding, RunsOnMemoryThatStaysWhereItIs) {
  const Session session(affine());
  Binding binding(session);
  std::vector<float> x{1, 10};
  std::vector<float> y(2);
  binding.input("x", DType::kFloat32, {1, 2}, x.data());
  binding.output("y", DType::kFloat32, {1, 2}, y.data());
  binding.run();
  EXPECT_THAT(y, ElementsAre(32, 43));
  x = {0, 0};
  binding.run();
  EXPECT_THAT(y, ElementsAre(1, 1));
}

TEST(Binding, TakesOtherShapesLater) {
  const Session session(affine());
  Binding binding(session);
  std::vector<float> x{1, 10, 2, 20};
  std::vector<float> y(4);
  binding.input("x", DType::kFloat32, {1, 2}, x.data());
  binding.output("y", DType::kFloat32, {1, 2}, y.data());
  binding.run();
  binding.input("x", DType::kFloat32, {2, 2}, x.data());
  binding.output("y", DType::kFloat32, {2, 2}, y.data());
  binding.run();
  EXPECT_THAT(y, ElementsAre(32, 43, 63, 85));
}

TEST(Binding, KeepsTheTensorsThatItReads) {
  const Session session(affine());
  Binding binding(session);
  binding.input("x", row({1, 10}));
  std::vector<float> y(2);
  binding.output("y", DType::kFloat32, {1, 2}, y.data());
  Binding moved(std::move(binding));
  moved.run();
  EXPECT_THAT(y, ElementsAre(32, 43));
}

TEST(Binding, SaysWhatIsWrong) {
  const Session session(affine());
  Binding binding(session);
  std::vector<float> y(2);
  EXPECT_THAT(message_of([&] { binding.run(); }), HasSubstr("input \"x\" is not bound"));
  binding.input("x", row({1, 10}));
  EXPECT_THAT(message_of([&] { binding.run(); }), HasSubstr("no output is bound"));
  EXPECT_THAT(message_of([&] { binding.input("x", DType::kFloat32, {1, 3}, y.data()); }), HasSubstr("expected float32[batch, 2]"));
  EXPECT_THAT(message_of([&] { binding.output("Y", DType::kFloat32, {1, 2}, y.data()); }), HasSubstr("unknown model output \"Y\""));
}

TEST(Runtime, KnowsItsVersion) { EXPECT_THAT(runtime_version(), HasSubstr("1.")); }

// In a process of its own, because the library is loaded once per process.
TEST(RuntimeDeathTest, SaysWhatWasLookedForWhenTheLibraryIsMissing) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        setenv("UPKEEP_ONNXRUNTIME", "/nowhere/libonnxruntime.so", 1);
        std::fputs(message_of([] { const Session session(affine()); }).c_str(), stderr);
        std::_Exit(3);
      },
      testing::ExitedWithCode(3), AllOf(HasSubstr("/nowhere/libonnxruntime.so"), HasSubstr("scripts/bootstrap")));
}

}  // namespace
}  // namespace upkeep
