// What stops a gradient is named, and what is constant almost everywhere is told.
#include "train/gradients/shared/stops.hpp"

#include <gmock/gmock.h>

#include "base/error_testing.hpp"
#include "graph/onnx.hpp"
#include "graph/stop_gradient.hpp"
#include "runtime/session.hpp"
#include "train/gradients/report.hpp"

namespace upkeep::gradients {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kHead = "<ir_version: 10, opset_import: [\"\": 21, \"com.microsoft\": 1]> ";

// The gradient of the sum of y with respect to some of the values, and what was said.
struct Asking {
  explicit Asking(const std::string& graph, bool by_name = true) : model(model_from_text(kHead + graph)), named(by_name) {}

  void name(std::size_t node, const char* as) { model.graph.nodes.at(node).name = as; }

  Report of(const std::vector<std::string>& names) {
    Ops ops(model);
    std::vector<Value> wanted;
    for (const std::string& name : names) wanted.push_back(ops.existing(name));
    return differentiate_and_report(ops, ops.reduce_sum(ops.existing("y"), {}), wanted, {}, {.by_name = named});
  }
  std::string refusal_of(const std::vector<std::string>& names) {
    return message_of([&] { of(names); });
  }
  std::vector<std::string> notes_of(const std::vector<std::string>& names) { return of(names).notes; }

  Model model;
  bool named;
};

}  // namespace

TEST(GradientStops, ArithmeticOnQuantisedNumbersIsRefusedByName) {
  Asking linear(R"(g (float[N,2] x) => (float[N,2] y)
    <float s = {0.1}, int8 z = {0}, int8[2,2] w = {1, 2, 3, 4}> {
      q = QuantizeLinear (x, s, z)
      p = QLinearMatMul (q, s, z, w, s, z, s, z)
      y = DequantizeLinear (p, s, z)
    })");
  linear.name(1, "the_product");
  EXPECT_THAT(linear.refusal_of({"x"}), AllOf(HasSubstr("QLinearMatMul \"the_product\""), Not(HasSubstr("DequantizeLinear \""))));
  Asking dynamic(R"(g (float[N,2] x) => (float[N,2] y) <uint8[2,2] w = {1, 2, 3, 4}> {
      q, s, z = DynamicQuantizeLinear (x)
      p = MatMulInteger (q, w, z)
      f = Cast <to = 1> (p)
      y = Mul (f, s)
    })");
  EXPECT_THAT(dynamic.refusal_of({"x"}), HasSubstr("MatMulInteger that makes \"p\""));
  Asking foreign(R"(g (float[N,2] x) => (float[N,2] y) <float s = {0.1}, int8 z = {0}> {
      q = QuantizeLinear (x, s, z)
      p = com.microsoft.QLinearAdd (q, s, z, q, s, z, s, z)
      d = DequantizeLinear (p, s, z)
      y = Add (d, x)
    })");
  EXPECT_THAT(foreign.refusal_of({"x"}), HasSubstr("com.microsoft:QLinearAdd"));
}

TEST(GradientStops, AWayThatIntegersStopIsRefusedByNameAndPlace) {
  Asking cast("g (float[2] x) => (float[2] y) { i = Cast <to = 7> (x) f = Cast <to = 1> (i) y = Exp (f) }");
  EXPECT_THAT(cast.refusal_of({"x"}), AllOf(HasSubstr("no gradient reaches \"x\""), HasSubstr("Cast that makes \"i\"")));
  Asking largest("g (float[2,3] x) => (float[2] y) { i = ArgMax <keepdims = 0, axis = 1> (x) y = Cast <to = 1> (i) }");
  largest.name(0, "head/largest");
  EXPECT_THAT(largest.refusal_of({"x"}), HasSubstr("ArgMax \"head/largest\" of layer \"head\""));
  Asking compared("g (float[2] x) => (float[2] y) <float t = {0.5}> { c = Greater (x, t) y = Cast <to = 1> (c) }");
  EXPECT_THAT(compared.refusal_of({"x"}), HasSubstr("Greater that makes \"c\""));
  Asking chosen("g (float[2] x, float[4] w) => (float[2] y) { i = Cast <to = 7> (x) y = Gather (w, i) }");
  EXPECT_THAT(chosen.refusal_of({"x"}), HasSubstr("Cast that makes \"i\""));
}

TEST(GradientStops, AreNamedForEveryWayToAWeight) {
  Asking two(R"(g (float[2] x, float[2] w) => (float[2] y) {
      a = Mul (x, w)
      i = Cast <to = 6> (a)
      c = Less (a, x)
      f = Cast <to = 1> (i)
      g = Cast <to = 1> (c)
      y = Add (f, g)
    })");
  EXPECT_THAT(two.refusal_of({"w"}), AllOf(HasSubstr("\"i\""), HasSubstr("\"c\"")));
}

TEST(GradientStops, StepsAreToldAndTheirGradientIsZero) {
  Asking rounded("g (float[2] x) => (float[2] y) { r = Round (x) y = Mul (r, r) }");
  rounded.name(0, "step");
  EXPECT_THAT(rounded.notes_of({"x"}), ElementsAre(AllOf(HasSubstr("\"x\" is 0"), HasSubstr("Round \"step\""))));
  Asking fraction("g (float[2] x) => (float[2] y) { f = Floor (x) y = Sub (x, f) }");
  EXPECT_THAT(fraction.notes_of({"x"}), ElementsAre(AllOf(HasSubstr("do not pass Floor"), Not(HasSubstr("is 0")))));
}

// 1 where x is above 0: a relu that is written out. What the comparison chooses is told where it becomes a number.
TEST(GradientStops, APartThatEndsIsToldWhereItIsANumberAgain) {
  Asking number("g (float[2] x) => (float[2] y) <float z = {0}> { c = Greater (x, z) m = Cast <to = 1> (c) y = Mul (x, m) }");
  EXPECT_THAT(number.notes_of({"x"}), ElementsAre(HasSubstr("Greater that makes \"c\"")));
  Asking choice("g (float[2] x) => (float[2] y) <float z = {0}> { c = Greater (x, z) y = Where (c, x, z) }");
  EXPECT_THAT(choice.notes_of({"x"}), IsEmpty());
}

TEST(GradientStops, ShapesAreNoInfluence) {
  Asking shaped(R"(g (float[2,3] x, float[2] scale) => (float[4,6] y) <float[1,1] one = {1}> {
      s = Shape (x)
      f = Cast <to = 1> (s)
      t = Mul (f, scale)
      i = Cast <to = 7> (t)
      y = Expand (one, i)
    })");
  EXPECT_THAT(shaped.notes_of({"x", "scale"}), ElementsAre(HasSubstr("\"scale\", \"x\" is 0: nothing depends on its numbers")));
}

TEST(GradientStops, OneOfSeveralThatWereNotNamedIsTold) {
  const std::string graph = R"(g (float[2] x, float[2] t) => (float[2] y) { i = Cast <to = 7> (t) f = Cast <to = 1> (i) y = Mul (x, f) })";
  EXPECT_THAT(Asking(graph, false).notes_of({"x", "t"}), Contains(AllOf(HasSubstr("\"t\" is 0"), HasSubstr("Cast that makes \"i\""))));
  EXPECT_THAT(Asking(graph, true).refusal_of({"x", "t"}), HasSubstr("no gradient reaches \"t\""));
}

TEST(GradientStops, WhatAnOperatorHasNoGradientForIsTold) {
  Asking resized(R"(g (float[1,1,2,2] x, float[4] scales) => (float[1,1,4,4] y) { y = Resize <mode = "nearest"> (x, , scales) })");
  resized.name(0, "up");
  EXPECT_THAT(resized.notes_of({"x", "scales"}), ElementsAre(AllOf(HasSubstr("\"scales\" is 0"), HasSubstr("Resize \"up\""))));
}

TEST(GradientStops, AreNamedInABranch) {
  Asking branch(R"(g (float[2] x, float[2] w, bool c) => (float[2] y) {
      y = If (c) <
        then_branch = a () => (float[2] p) { i = Cast <to = 7> (w) f = Cast <to = 1> (i) p = Mul (x, f) },
        else_branch = b () => (float[2] q) { q = Mul (x, w) }>
    })");
  branch.name(0, "choice");
  EXPECT_THAT(branch.notes_of({"w"}),
              ElementsAre(AllOf(HasSubstr("Cast that makes \"i\""), HasSubstr("in the then_branch of If \"choice\""))));
}

TEST(GradientStops, NothingPassesAMarkedIdentity) {
  Asking asking("g (float[2] x, float[2] w) => (float[2] y) { a = Mul (x, w) s = Identity (a) y = Mul (s, a) }");
  set(asking.model.graph.nodes.at(1).metadata, kStopGradientKey, kStopGradientValue);
  Ops ops(asking.model);
  const Report report = differentiate_and_report(ops, ops.reduce_sum(ops.existing("y"), {}), {ops.existing("w")}, {}, {.by_name = true});
  ops.output(report.gradients[0], "dw");
  const Tensors feed = {{"x", Tensor({2}, std::vector<float>{2, 3})}, {"w", Tensor({2}, std::vector<float>{5, 7})}};
  EXPECT_THAT(Session(asking.model).run(feed).at("dw").floats(), ElementsAre(20, 63));  // s x = x^2 w, and not 2 x^2 w
}

TEST(GradientStops, LeaveTheGraphAsItWas) {
  Asking cast("g (float[2] x) => (float[2] y) { i = Cast <to = 7> (x) f = Cast <to = 1> (i) y = Exp (f) }");
  const std::size_t before = cast.model.graph.nodes.size();
  cast.refusal_of({"x"});
  EXPECT_EQ(cast.model.graph.nodes.size(), before + 1);  // the sum
}

}  // namespace upkeep::gradients
