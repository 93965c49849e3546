#include "graph/opsets/shared/change.hpp"

#include <onnx/defs/schema.h>

#include "graph/opset_testing.hpp"

namespace upkeep {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::size_t count_in(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// "a_b" is written for "a/b", which the text has no way to say.
Model with_slashes(const std::string& text) {
  Model model = model_from_text(text);
  for (Node& node : model.graph.nodes)
    for (auto* list : {&node.inputs, &node.outputs})
      for (std::string& name : *list) std::ranges::replace(name, '_', '/');
  return model;
}

TEST(OpsetChange, GivesNewValuesNamesThatTheFileDoesNotUse) {
  Model model = with_slashes(of_set(12, R"((float[2,3,4] x) => (float[2,3,4] y) <float constant = {1}> {
      y_Shape = Add (x, constant)
      y_Flatten = Add (y_Shape, constant)
      y_Softmax = Relu (y_Flatten)
      y = Softmax (y_Softmax)
    })"));
  set_opset(model, 13);
  verify(model);
  std::set<std::string> values;
  for (const Node& node : model.graph.nodes) values.insert(node.outputs[0]);
  EXPECT_THAT(values, testing::IsSupersetOf({"y/Shape_1", "y/Flatten_1", "y/Softmax_1"}));
  const std::string captured = in_set(18, of_set(13, R"((float[2,3] x, bool c) => (float[2] y) {
      y = If (c) <then_branch = a () => (float[2] p) { constant = Constant <value = float {1}> () q = Add (x, constant) p = ReduceMax <axes = [1], keepdims = 0> (q) },
                  else_branch = b () => (float[2] r) { r = ReduceMin <axes = [1], keepdims = 0> (x) }>
    })"));
  EXPECT_THAT(captured, AllOf(HasSubstr("ReduceMax <keepdims: int = 0> (q, constant_1)"),
                              HasSubstr("ReduceMin <keepdims: int = 0> (x, constant_1)")));
}

TEST(OpsetChange, NodesNamedAfterOtherNodesValuesStayApart) {
  Model model = model_from_text(of_set(13, R"((float[2,3,4] x) => (float[2,3,4] y) {
      a = Relu (x)
      y = Softmax <axis = 1> (a)
    })"));
  model.graph.nodes[0].name = "y/Transpose";  // of a node, not of a value
  model.graph.nodes[1].name = "y";
  set_opset(model, 12);
  std::set<std::string> names;
  for (const Node& node : model.graph.nodes) EXPECT_TRUE(names.insert(node.name).second) << node.name;
}

TEST(OpsetChange, TellsValuesOfTheSameNameInTwoBranchesApart) {
  const std::string text = in_set(12, of_set(13, R"((float[2,3] x, bool c, int64[1] k) => (float[n,m,l] y) {
      y = If (c) <then_branch = a () => (float[1,2,3] p) { axes = Constant <value = int64[1] {0}> () p = Unsqueeze (x, axes) },
                  else_branch = b () => (float[2,3,1] q) { axes = Constant <value = int64[1] {2}> () q = Unsqueeze (x, axes) }>
    })"));
  EXPECT_THAT(text, AllOf(HasSubstr("axes: ints = [0]"), HasSubstr("axes: ints = [2]"), Not(HasSubstr("Constant"))));
  EXPECT_THAT(why_not_in_set(12, of_set(13, R"((float[2,3] x, bool c, int64[1] k) => (float[n,m,l] y) {
      y = If (c) <then_branch = a () => (float[1,2,3] p) { axes = Constant <value = int64[1] {0}> () p = Unsqueeze (x, axes) },
                  else_branch = b () => (float[n,m,l] q) { axes = Abs (k) q = Unsqueeze (x, axes) }>
    })")),
              HasSubstr("computed by the graph"));
}

TEST(OpsetChange, ChangesFunctionsWithTheirConstants) {
  const std::string function = in_set(21, R"(<ir_version: 8, opset_import: ["" : 17, "my" : 1]>
    g (float[n,3] x) => (float[n,3] y) { y = my.Twice (x) }
    <domain: "my", opset_import: ["" : 17]> Twice (a) => (b) { two = Constant <value = float {2}> () b = Mul (a, two) })");
  EXPECT_THAT(function, AllOf(HasSubstr("my.Twice (x)"), HasSubstr("two = Constant"), HasSubstr("\"\" : 21")));
}

TEST(OpsetChange, WritesFunctionsOutWhoseBodiesSayTooLittle) {
  const std::string text = in_set(17, R"(<ir_version: 8, opset_import: ["" : 18, "my" : 1]>
    g (float[5] x) => (float[3] p, float[2] q) { p, q = my.Halves (x) }
    <domain: "my", opset_import: ["" : 18]> Halves (a) => (b, c) { b, c = Split <num_outputs = 2> (a) })");
  EXPECT_THAT(text, AllOf(Not(HasSubstr("my.Halves")), HasSubstr("{3,2}"), HasSubstr("p, q = Split (x, constant)")));
}

TEST(OpsetChange, BeforeIrVersion4ConstantsAreNodes) {
  const std::string old =
      "<ir_version: 3, opset_import: [\"\" : 9]> g (float[2,4] x) => (float[2,2] y) { y = Slice <axes = [1], starts = [1], ends = [3]> (x) "
      "}";
  const std::string text = in_set(13, old);
  EXPECT_EQ(count_in(text, "= Constant <"), 2U + 1U);
  Model model = model_from_text(
      "<ir_version: 3, opset_import: [\"\" : 10]> g (float[2,4] x, int64[1] b, int64[1] e) => (float[2,4] y) <int64[1] b = {0}, int64[1] e "
      "= {1}> { y = Slice (x, b, e) }");
  set_opset(model, 9);
  EXPECT_THAT(model_to_text(model), HasSubstr("starts: ints = [0]"));
}

TEST(OpsetChange, ReadsNoConstantThatCallersMayReplace) {
  EXPECT_THAT(why_not_in_set(9,
                             "<ir_version: 8, opset_import: [\"\" : 10]> g (float[2,4] x, int64[1] b, int64[1] e) => (float[n,m] y) "
                             "<int64[1] b = {0}, int64[1] e = {1}> { y = Slice (x, b, e) }"),
              HasSubstr("\"b\" is computed"));
}

TEST(OpsetChange, RefusesTypesThatTheSetDoesNotHave) {
  EXPECT_THAT(why_not_in_set(8, of_set(9, "(int32[4] a, int32[4] b) => (bool[4] y) { y = Less (a, b) }")),
              AllOf(HasSubstr("Less"), HasSubstr("\"a\" is tensor(int32)")));
  EXPECT_THAT(why_not_in_set(8, of_set(9, "(float[4] a) => (string[4] y) { y = Cast <to = 8> (a) }")), HasSubstr("tensor(string)"));
  EXPECT_THAT(why_not_in_set(13, of_set(18, "(int32[4] a) => (int32[4] y) { y = BitwiseNot (a) }")),
              AllOf(HasSubstr("BitwiseNot \"y\""), HasSubstr("it came with operator set 18")));
}

TEST(OpsetChange, WritesSubgraphsOfFunctionsInTheSameSet) {
  const std::string grid = "(float[1,3,4] t, int64[5] s) => (float[n,d,h,w,k] g) { g = AffineGrid (t, s) }";
  for (const std::int64_t version : {19, 18}) EXPECT_THAT(in_set(version, of_set(20, grid)), Not(HasSubstr("AffineGrid (")));
  EXPECT_THAT(why_not_in_set(14, of_set(20, grid)), AllOf(HasSubstr("Split"), HasSubstr("is not known")));
  EXPECT_THAT(in_set(8, of_set(13, "(float a, float b, float c) => (float[n] y) { y = Range (a, b, c) }")), HasSubstr("Loop"));
}

// --- every operator of every set, with and without what is optional ---

std::optional<AttributeValue> some_value(onnx::AttributeProto::AttributeType type) {
  switch (type) {
    case onnx::AttributeProto::INT: return std::int64_t{1};
    case onnx::AttributeProto::FLOAT: return 1.0F;
    case onnx::AttributeProto::STRING: return std::string("constant");
    case onnx::AttributeProto::TENSOR: return Tensor({1}, std::vector<float>{1});
    case onnx::AttributeProto::INTS: return std::vector<std::int64_t>{1, 1, 1, 1};
    case onnx::AttributeProto::FLOATS: return std::vector<float>{1, 1, 1, 1};
    case onnx::AttributeProto::STRINGS: return std::vector<std::string>{"a"};
    default: return std::nullopt;
  }
}

DType some_type(const onnx::OpSchema::FormalParameter& parameter) {
  for (const auto& [text, dtype] : {std::pair{"tensor(float)", DType::kFloat32},
                                    {"tensor(int64)", DType::kInt64},
                                    {"tensor(bool)", DType::kBool},
                                    {"tensor(string)", DType::kString},
                                    {"tensor(uint8)", DType::kUInt8},
                                    {"tensor(int32)", DType::kInt32}})
    if (std::ranges::any_of(parameter.GetTypes(), [&](const std::string* one) { return *one == text; })) return dtype;
  return DType::kUndefined;
}

// One node; bit i of `absent` leaves its input i out where that is optional.
Model model_of_operator(const onnx::OpSchema& schema, std::int64_t version, unsigned absent, bool shapes, bool constants) {
  Model model;
  model.opsets = {{"", version}};
  Node node{.op = schema.Name(), .domain = {}, .name = "it", .inputs = {}, .outputs = {}, .attributes = {}};
  for (std::size_t i = 0; i < schema.inputs().size(); ++i) {
    const auto& parameter = schema.inputs()[i];
    const bool optional = parameter.GetOption() == onnx::OpSchema::Optional;
    const std::string name = optional && ((absent >> i) & 1U) != 0 ? "" : "in_" + std::to_string(i);
    node.inputs.push_back(name);
    if (name.empty()) continue;
    const DType dtype = some_type(parameter);
    if (constants && i > 0 && dtype == DType::kInt64)
      model.graph.initializers.emplace_back(name, Tensor({2}, std::vector<std::int64_t>{1, 1}));
    else model.graph.inputs.push_back({name, {dtype, shapes ? std::optional(Dims{2, 3, 4, 5}) : std::nullopt, {}}, {}, {}});
  }
  while (!node.inputs.empty() && node.inputs.back().empty()) node.inputs.pop_back();
  for (int i = 0; i < std::max(schema.min_output(), 1); ++i) {
    node.outputs.push_back("out_" + std::to_string(i));
    model.graph.outputs.push_back({node.outputs.back(), {}, {}, {}});
  }
  for (const auto& [name, attribute] : schema.attributes())
    if (name == "equation") node.attributes.push_back({name, std::string("abcd->dcba"), {}});
    else if (attribute.required)
      if (auto value = some_value(attribute.type)) node.attributes.push_back({name, *std::move(value), {}});
  model.graph.nodes = {node};
  return model;
}

TEST(OpsetChange, EveryOperatorIsWrittenOrRefusedWhateverIsAbsent) {
  std::size_t written = 0, refused = 0;
  for (const onnx::OpSchema& schema : onnx::OpSchemaRegistry::get_all_schemas_with_history()) {
    const std::int64_t version = std::max<std::int64_t>(schema.since_version(), kOldestOpset);
    if (!schema.domain().empty() || schema.Deprecated() || version > kNewestOpset) continue;
    if (onnx::OpSchemaRegistry::Schema(schema.Name(), static_cast<int>(version), "")->since_version() != schema.since_version()) continue;
    SCOPED_TRACE(schema.Name() + " " + std::to_string(version));
    for (const unsigned absent : {0U, ~0U, 0b010U, 0b100U, 0b1000U, 0b110U})
      for (const auto& [shapes, constants] : {std::pair{false, false}, {true, false}, {true, true}})
        for (const std::int64_t to : {kOldestOpset, kNewestOpset}) {
          Model model = model_of_operator(schema, version, absent, shapes, constants);
          try {
            set_opset(model, to);
            ++written;
          } catch (const Error& error) {
            EXPECT_NE(error.code(), ErrorCode::kInternal) << error.what();
            ++refused;
          }
        }
  }
  EXPECT_GT(written, refused);
}

}  // namespace
}  // namespace upkeep
