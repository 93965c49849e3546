#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_testing.hpp"
#include "graph/onnx.hpp"

namespace upkeep {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kHeader = "<ir_version: 10, opset_import: [\"\": 21]>\n";

Model from(const std::string& graph) { return model_from_text(kHeader + graph); }

std::string verified(const Model& model) {
  return message_of([&] { verify(model); });
}

std::string verified(const std::string& graph) { return verified(from(graph)); }

const std::string kNothingThrown = "no error";

TEST(Verify, AcceptsAGraphInOrder) {
  EXPECT_EQ(verified("g (float[N,2] x) => (float[N,2] y) <float[2] w = {1,2}> { t = Mul(x, w)  y = Relu(t) }"), kNothingThrown);
}

TEST(Verify, AcceptsAnInitializerThatIsAnInputsDefault) {
  Model model = from("g (float[2] x, float[2] w) => (float[2] y) <float[2] w = {1,2}> { y = Mul(x, w) }");
  EXPECT_EQ(verified(model), kNothingThrown);
}

TEST(Verify, FindsAValueThatNothingGives) {
  EXPECT_THAT(verified("g (float[2] x) => (float[2] y) { y = Mul(x, wieght) }"),
              AllOf(HasSubstr("(Mul)"), HasSubstr("unknown value \"wieght\""), HasSubstr("known: x")));
}

TEST(Verify, FindsAValueThatIsReadTooEarly) {
  EXPECT_THAT(verified("g (float[2] x) => (float[2] y) { y = Relu(t)  t = Relu(x) }"),
              HasSubstr("reads \"t\" before node \"\" (Relu) gives it"));
}

TEST(Verify, FindsAValueThatIsGivenTwice) {
  EXPECT_THAT(verified("g (float[2] x) => (float[2] y) { y = Relu(x)  y = Abs(x) }"), HasSubstr("gives \"y\", which is there already"));
  EXPECT_THAT(verified("g (float[2] x) => (float[2] x) { x = Relu(x) }"), HasSubstr("gives \"x\", which is there already"));
}

TEST(Verify, FindsAnOutputThatNothingGives) {
  EXPECT_THAT(verified("g (float[2] x) => (float[2] z) { y = Relu(x) }"), HasSubstr("output \"z\" is given by no node"));
}

TEST(Verify, FindsNamesThatAreDeclaredTwice) {
  EXPECT_THAT(verified("g (float[2] x, float[2] x) => (float[2] y) { y = Relu(x) }"), HasSubstr("input \"x\" is declared twice"));
  EXPECT_THAT(verified("g (float[2] x) => (float[2] y, float[2] y) { y = Relu(x) }"), HasSubstr("output \"y\" is declared twice"));
  EXPECT_THAT(verified("g (float[1] x) => (float[1] y) <float[1] w = {1}, float[1] w = {2}> { y = Mul(x, w) }"),
              HasSubstr("initializer \"w\" is there twice"));
}

TEST(Verify, FindsOperatorsThatTheirSetDoesNotHave) {
  EXPECT_THAT(verified("g (float[2] x) => (float[2] y) { y = Rleu(x) }"), HasSubstr("has no such operator"));
  EXPECT_THAT(verified("g (float[2] x) => (float[2] y) { y = com.acme.Relu(x) }"),
              HasSubstr("\"com.acme\", which the model does not import"));
}

TEST(Verify, LeavesOperatorsOfForeignDomainsAlone) {
  Model model = from("g (float[2] x) => (float[2] y) { y = com.acme.Anything<a = 1>(x) }");
  model.opsets["com.acme"] = 1;
  EXPECT_EQ(verified(model), kNothingThrown);
}

TEST(Verify, ChecksInputsAndAttributesAgainstTheSchema) {
  EXPECT_THAT(verified("g (float[2] x) => (float[2] y) { y = Relu(x, x) }"), HasSubstr("(Relu)"));
  EXPECT_THAT(verified("g (float[2] x) => (float[2] y) { y = Relu<slope = 1>(x) }"), HasSubstr("slope"));
  EXPECT_THAT(verified("g (float[2] x) => (float[2] y) { y = Softmax<axis = \"one\">(x) }"), HasSubstr("axis"));
  EXPECT_THAT(verified("g (float[2] x) => (float[2] y) { y = Cast(x) }"), HasSubstr("to"));
}

TEST(Verify, LetsSubgraphsReadWhatIsAroundThem) {
  EXPECT_EQ(verified("g (bool c, float[2] x) => (float[2] y) { z = Neg(x)  y = If(c)<then_branch = t () => (float[2] a) { a = Relu(z) },"
                     " else_branch = e () => (float[2] b) { b = Abs(x) }> }"),
            kNothingThrown);
}

TEST(Verify, DoesNotLetSubgraphsReadWhatComesLater) {
  EXPECT_THAT(verified("g (bool c, float[2] x) => (float[2] y) { y = If(c)<then_branch = t () => (float[2] a) { a = Relu(z) },"
                       " else_branch = e () => (float[2] b) { b = Abs(x) }>  z = Neg(x) }"),
              AllOf(HasSubstr("graph \"t\" in then_branch"), HasSubstr("\"z\"")));
}

TEST(Verify, DoesNotLetASubgraphsValuesOut) {
  EXPECT_THAT(verified("g (bool c, float[2] x) => (float[2] y) { q = If(c)<then_branch = t () => (float[2] a) { a = Relu(x) },"
                       " else_branch = e () => (float[2] b) { b = Abs(x) }>  y = Add(q, a) }"),
              HasSubstr("unknown value \"a\""));
}

TEST(Verify, DoesNotLetASubgraphGiveAnOuterNameAgain) {
  EXPECT_THAT(verified("g (bool c, float[2] x) => (float[2] y) { y = If(c)<then_branch = t () => (float[2] a) { x = Relu(x)  a = Abs(x) },"
                       " else_branch = e () => (float[2] b) { b = Abs(x) }> }"),
              HasSubstr("gives \"x\", which is there already"));
}

constexpr const char* kWithFunctions = R"(<ir_version: 10, opset_import: ["": 21, "local": 1]>
g (float[2] x) => (float[2] y) { y = local.twice(x) }
<domain: "local", opset_import: ["": 21, "local": 1]>
twice (a) => (b) { b = local.once(a) }
<domain: "local", opset_import: ["": 21, "local": 1]>
once (a) => (b) { b = Relu(a) }
)";

TEST(Verify, LooksIntoFunctions) {
  EXPECT_EQ(verified(model_from_text(kWithFunctions)), kNothingThrown);
  std::string broken(kWithFunctions);
  broken.replace(broken.find("Relu(a)"), 7, "Relu(q)");
  EXPECT_THAT(verified(model_from_text(broken)), AllOf(HasSubstr("function \"once\""), HasSubstr("\"q\"")));
}

TEST(Verify, RefusesFunctionsThatCallThemselves) {
  std::string broken(kWithFunctions);
  broken.replace(broken.find("Relu(a)"), 7, "local.twice(a)");
  EXPECT_THAT(message_of([&] { model_from_text(broken); }), HasSubstr("calls itself"));
}

TEST(Verify, WantsTypesOfWhatGoesInAndOut) {
  Model model = from("g (float[2] x) => (float[2] y) { y = Relu(x) }");
  model.graph.inputs[0].type = {};
  EXPECT_THAT(verified(model), HasSubstr("input \"x\" has no type"));
}

}  // namespace
}  // namespace upkeep
