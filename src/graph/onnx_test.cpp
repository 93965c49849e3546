#include "graph/onnx.hpp"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include "base/error_testing.hpp"
#include "graph/ops.hpp"

namespace upkeep {
namespace {

using google::protobuf::util::MessageDifferencer;
using testing::AllOf;
using testing::HasSubstr;

template <typename Message>
void add_unknown(Message& message) {
  message.mutable_unknown_fields()->AddVarint(999, 7);
  message.mutable_unknown_fields()->AddLengthDelimited(1000, "from the future");
}

template <typename List>
void add_entry(List& list, const std::string& key, const std::string& value) {
  auto* entry = list.Add();
  entry->set_key(key);
  entry->set_value(value);
}

onnx::ModelProto empty_message() {
  onnx::ModelProto message;
  message.set_ir_version(10);
  auto* opset = message.add_opset_import();
  opset->set_domain("");
  opset->set_version(21);
  message.mutable_graph()->set_name("g");
  return message;
}

onnx::ValueInfoProto* add_value(google::protobuf::RepeatedPtrField<onnx::ValueInfoProto>& list, const std::string& name) {
  auto* value = list.Add();
  value->set_name(name);
  auto* tensor = value->mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(onnx::TensorProto::FLOAT);
  tensor->mutable_shape()->add_dim()->set_dim_param("N");
  tensor->mutable_shape()->add_dim();
  tensor->mutable_shape()->add_dim()->set_dim_value(3);
  return value;
}

onnx::TensorProto* add_tensor(onnx::GraphProto& graph, const std::string& name, int type, std::vector<std::int64_t> dims,
                              const std::string& raw) {
  auto* tensor = graph.add_initializer();
  tensor->set_name(name);
  tensor->set_data_type(type);
  for (const std::int64_t dim : dims) tensor->add_dims(dim);
  tensor->set_raw_data(raw);
  return tensor;
}

// Back from our model as a message.
onnx::ModelProto through_model(const onnx::ModelProto& message) {
  onnx::ModelProto back;
  EXPECT_TRUE(back.ParseFromString(model_to_bytes(model_from_bytes(message.SerializeAsString()))));
  return back;
}

void expect_unchanged(const onnx::ModelProto& message) {
  const onnx::ModelProto back = through_model(message);
  MessageDifferencer differencer;
  std::string report;
  differencer.ReportDifferencesToString(&report);
  EXPECT_TRUE(differencer.Compare(message, back)) << report;
}

TEST(OnnxRoundTrip, KeepsWhatAModelSaysAboutItself) {
  onnx::ModelProto message = empty_message();
  message.set_producer_name("p"), message.set_producer_version("1"), message.set_domain("d"), message.set_model_version(3);
  message.set_doc_string("doc");
  add_entry(*message.mutable_metadata_props(), "b", "2");
  add_entry(*message.mutable_metadata_props(), "a", "1");
  message.mutable_graph()->set_doc_string("graph doc");
  add_entry(*message.mutable_graph()->mutable_metadata_props(), "k", "v");
  expect_unchanged(message);
}

TEST(OnnxRoundTrip, KeepsTypesOfEveryKind) {
  onnx::ModelProto message = empty_message();
  auto& inputs = *message.mutable_graph()->mutable_input();
  add_value(inputs, "x")->set_doc_string("doc");
  add_entry(*inputs.Mutable(0)->mutable_metadata_props(), "k", "v");
  add_value(inputs, "denoted")->mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim(0)->set_denotation("DATA_BATCH");
  add_value(inputs, "image")->mutable_type()->set_denotation("IMAGE");
  add_value(inputs, "rankless")->mutable_type()->mutable_tensor_type()->clear_shape();
  const auto type = [&](const char* name) {
    auto* value = inputs.Add();
    value->set_name(name);
    return value->mutable_type();
  };
  type("untyped")->Clear();
  inputs.Mutable(inputs.size() - 1)->clear_type();
  auto* tensor = type("sequence")->mutable_sequence_type()->mutable_elem_type()->mutable_tensor_type();
  tensor->set_elem_type(1);
  auto* map = type("map")->mutable_map_type();
  map->set_key_type(onnx::TensorProto::INT64);
  map->mutable_value_type()->mutable_tensor_type()->set_elem_type(1);
  type("optional")->mutable_optional_type()->mutable_elem_type()->mutable_tensor_type()->set_elem_type(1);
  auto* sparse = type("sparse")->mutable_sparse_tensor_type();
  sparse->set_elem_type(1);
  sparse->mutable_shape()->add_dim()->set_dim_value(4);
  type("handle")->mutable_opaque_type()->set_name("handle");
  expect_unchanged(message);
}

TEST(OnnxRoundTrip, KeepsTensorsOfEveryElementType) {
  onnx::ModelProto message = empty_message();
  for (int type = 1; type <= 23; ++type) {
    if (type == onnx::TensorProto::STRING) continue;
    const std::size_t bytes = (size_bits(static_cast<DType>(type)) * 3 + 7) / 8;
    std::string raw;
    for (std::size_t i = 0; i < bytes; ++i) raw += static_cast<char>(i % 2);  // also a valid bool
    add_tensor(*message.mutable_graph(), "t" + std::to_string(type), type, {3}, raw);
  }
  auto* strings = message.mutable_graph()->add_initializer();
  strings->set_name("s"), strings->set_data_type(onnx::TensorProto::STRING), strings->add_dims(2);
  strings->add_string_data("\xFF\x00 not UTF-8"), strings->add_string_data("");
  add_tensor(*message.mutable_graph(), "scalar", 1, {}, std::string(4, '\1'));
  add_tensor(*message.mutable_graph(), "none", 1, {0, 5}, "");
  expect_unchanged(message);
}

TEST(OnnxRoundTrip, ReadsNumbersThatAreListedOneByOne) {
  onnx::ModelProto message = empty_message();
  const auto tensor = [&](const char* name, int type, int count) {
    auto* made = message.mutable_graph()->add_initializer();
    made->set_name(name), made->set_data_type(type), made->add_dims(count);
    return made;
  };
  auto* single = tensor("f", onnx::TensorProto::FLOAT, 2);
  single->add_float_data(1.5f), single->add_float_data(-2.0f);
  auto* half = tensor("h", onnx::TensorProto::FLOAT16, 1);
  half->add_int32_data(0x3E00);  // 1.5
  auto* byte = tensor("i8", onnx::TensorProto::INT8, 1);
  byte->add_int32_data(-3);
  auto* nibbles = tensor("i4", onnx::TensorProto::INT4, 3);
  nibbles->add_int32_data(0x21), nibbles->add_int32_data(0x03);
  auto* u32 = tensor("u32", onnx::TensorProto::UINT32, 1);
  u32->add_uint64_data(4'000'000'000U);
  auto* complex = tensor("c", onnx::TensorProto::COMPLEX64, 1);
  complex->add_float_data(1), complex->add_float_data(-1);
  const Model model = model_from_bytes(message.SerializeAsString());
  EXPECT_THAT(model.graph.initializer("f")->floats(), testing::ElementsAre(1.5f, -2.0f));
  EXPECT_THAT(model.graph.initializer("h")->cast(DType::kFloat32).floats(), testing::ElementsAre(1.5f));
  EXPECT_THAT(model.graph.initializer("i8")->data<std::int8_t>(), testing::ElementsAre(-3));
  EXPECT_EQ(model.graph.initializer("i4")->size_bytes(), 2u);
  EXPECT_THAT(model.graph.initializer("u32")->data<std::uint32_t>(), testing::ElementsAre(4'000'000'000U));
  EXPECT_EQ(model.graph.initializer("c")->size_bytes(), 8u);
}

TEST(OnnxRoundTrip, KeepsAttributesOfEveryKind) {
  onnx::ModelProto message = empty_message();
  auto* node = message.mutable_graph()->add_node();
  node->set_op_type("Anything"), node->set_domain("com.acme"), node->set_name("n"), node->set_overload("o"), node->set_doc_string("doc");
  node->add_input("x"), node->add_input(""), node->add_input("y"), node->add_output("z");
  add_entry(*node->mutable_metadata_props(), "k", "v");
  const auto attribute = [&](const char* name, onnx::AttributeProto::AttributeType type) {
    auto* made = node->add_attribute();
    made->set_name(name), made->set_type(type);
    return made;
  };
  attribute("f", onnx::AttributeProto::FLOAT)->set_f(0.25f);
  attribute("i", onnx::AttributeProto::INT)->set_i(-1);
  attribute("s", onnx::AttributeProto::STRING)->set_s("\xFF");
  attribute("fs", onnx::AttributeProto::FLOATS)->add_floats(1);
  attribute("is", onnx::AttributeProto::INTS)->add_ints(1);
  attribute("no ints", onnx::AttributeProto::INTS)->set_doc_string("an empty list");
  attribute("ss", onnx::AttributeProto::STRINGS)->add_strings("a");
  auto* tensor = attribute("t", onnx::AttributeProto::TENSOR)->mutable_t();
  tensor->set_name("inner name"), tensor->set_data_type(1), tensor->add_dims(1), tensor->set_raw_data("1234"),
      tensor->set_doc_string("doc");
  auto* second = attribute("ts", onnx::AttributeProto::TENSORS)->add_tensors();
  second->set_data_type(1), second->add_dims(1), second->set_raw_data("1234");
  attribute("g", onnx::AttributeProto::GRAPH)->mutable_g()->set_name("inner");
  auto* graphs = attribute("gs", onnx::AttributeProto::GRAPHS);
  graphs->add_graphs()->set_name("one"), graphs->add_graphs()->set_name("two");
  attribute("tp", onnx::AttributeProto::TYPE_PROTO)->mutable_tp()->mutable_tensor_type()->set_elem_type(1);
  attribute("ref", onnx::AttributeProto::FLOAT)->set_ref_attr_name("alpha");
  auto* sparse = attribute("st", onnx::AttributeProto::SPARSE_TENSOR)->mutable_sparse_tensor();
  sparse->add_dims(5);
  sparse->mutable_values()->set_data_type(1);
  expect_unchanged(message);
}

TEST(OnnxRoundTrip, KeepsWhatTheGraphHasNoPlaceFor) {
  onnx::ModelProto message = empty_message();
  auto* function = message.add_functions();
  function->set_name("f"), function->set_domain("local"), function->add_node()->set_op_type("Relu");
  auto* sparse = message.mutable_graph()->add_sparse_initializer();
  sparse->mutable_values()->set_name("sparse"), sparse->add_dims(4);
  auto* annotation = message.mutable_graph()->add_quantization_annotation();
  annotation->set_tensor_name("x");
  add_entry(*annotation->mutable_quant_parameter_tensor_names(), "SCALE_TENSOR", "s");
  message.add_training_info()->mutable_algorithm()->set_name("somebody else's");
  add_tensor(*message.mutable_graph(), "w", 1, {1}, "1234")->set_doc_string("doc");
  expect_unchanged(message);
}

TEST(OnnxRoundTrip, KeepsFieldsOfLaterVersions) {
  onnx::ModelProto message = empty_message();
  add_unknown(message);
  add_unknown(*message.mutable_graph());
  auto* node = message.mutable_graph()->add_node();
  node->set_op_type("Relu");
  add_unknown(*node);
  auto* attribute = node->add_attribute();
  attribute->set_name("a"), attribute->set_type(onnx::AttributeProto::INT), attribute->set_i(1);
  add_unknown(*attribute);
  add_unknown(*add_tensor(*message.mutable_graph(), "w", 1, {1}, "1234"));
  add_unknown(*add_value(*message.mutable_graph()->mutable_input(), "x"));
  add_unknown(*add_value(*message.mutable_graph()->mutable_output(), "y")->mutable_type()->mutable_tensor_type());
  expect_unchanged(message);
}

TEST(OnnxRoundTrip, TakesBothNamesOfTheStandardDomainForOne) {
  onnx::ModelProto message = empty_message();
  message.mutable_opset_import(0)->set_domain("ai.onnx");
  auto* node = message.mutable_graph()->add_node();
  node->set_op_type("Relu"), node->set_domain("ai.onnx");
  const Model model = model_from_bytes(message.SerializeAsString());
  EXPECT_EQ(model.opsets, (std::map<std::string, std::int64_t>{{"", 21}}));
  EXPECT_EQ(model.graph.nodes[0].domain, "");
  auto* again = message.add_opset_import();
  again->set_domain(""), again->set_version(20);
  EXPECT_THAT(message_of([&] { model_from_bytes(message.SerializeAsString()); }), HasSubstr("imported in two versions"));
}

TEST(OnnxRoundTrip, KeepsWhatTrainingGoesOnFrom) {
  Model model;
  model.training_tensors = {{"velocity/w", Tensor({2}, std::vector<float>{1, 2})}, {"step", Tensor::scalar(std::int64_t{7})}};
  const Model back = model_from_bytes(model_to_bytes(model));
  EXPECT_EQ(back.training_tensors, model.training_tensors);
  EXPECT_TRUE(back.opaque.empty());
  onnx::ModelProto message;
  ASSERT_TRUE(message.ParseFromString(model_to_bytes(model)));
  ASSERT_EQ(message.training_info_size(), 1);
  EXPECT_EQ(message.training_info(0).algorithm().name(), "upkeep");
}

TEST(OnnxRoundTrip, LeavesATrainingGraphOfOursAloneThatHoldsMore) {
  onnx::ModelProto message = empty_message();
  auto* algorithm = message.add_training_info()->mutable_algorithm();
  algorithm->set_name("upkeep");
  algorithm->add_node()->set_op_type("Relu");
  EXPECT_TRUE(model_from_bytes(message.SerializeAsString()).training_tensors.empty());
  expect_unchanged(message);
}

Model small() {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {"N", 2});
  ops.output(ops.relu(ops.matmul(x, ops.initializer("w", Tensor({2, 2}, std::vector<float>{1, 2, 3, 4})))), "y");
  return model;
}

TEST(OnnxBytes, AreTheSameEveryTime) {
  const std::string once = model_to_bytes(small());
  EXPECT_EQ(model_to_bytes(small()), once);
  EXPECT_EQ(model_to_bytes(model_from_bytes(once)), once);
}

TEST(OnnxBytes, HandWeightsOverWithoutCopies) {
  Model model = small();
  const ModelWithoutWeights parts = model_without_weights(model, 16);
  ASSERT_EQ(parts.weights.size(), 1u);
  EXPECT_EQ(parts.weights[0].second.bytes().data(), model.graph.initializer("w")->bytes().data());
  EXPECT_TRUE(model_without_weights(model, 17).weights.empty());
  onnx::ModelProto message;
  ASSERT_TRUE(message.ParseFromString(parts.bytes));
  EXPECT_FALSE(message.graph().initializer(0).has_raw_data());
}

// --- files that want to do harm ------------------------------------------------------------------------------------

std::string verdict(const std::string& bytes, const ModelLimits& limits = {}) {
  return message_of([&] { model_from_bytes(bytes, limits); });
}

std::string verdict(const onnx::ModelProto& message, const ModelLimits& limits = {}) {
  return verdict(message.SerializeAsString(), limits);
}

TEST(HostileOnnx, IsRefusedWhereverItIsCutShort) {
  const std::string bytes = model_to_bytes(small());
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_THROW(model_from_bytes(bytes.substr(0, size)), Error) << size;
}

TEST(HostileOnnx, NeverCrashesWithAnyByteChanged) {
  const std::string bytes = model_to_bytes(small());
  for (std::size_t at = 0; at < bytes.size(); ++at)
    for (const int change : {0x01, 0x04, 0x80, 0xFF}) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ change);
      message_of([&] {
        Model model = model_from_bytes(changed);
        verify(model);
        infer_shapes(model);
      });
    }
}

TEST(HostileOnnx, IsRefusedWhenItIsSomethingElse) {
  EXPECT_THAT(verdict(std::string("PK\3\4 a zip file")), HasSubstr("not an ONNX model"));
  EXPECT_THAT(verdict(std::string("{\"format\": \"json\"}")), HasSubstr("not an ONNX model"));
  EXPECT_THAT(verdict(std::string()), HasSubstr("not an ONNX model"));
  onnx::ModelProto message = empty_message();
  message.clear_opset_import();
  EXPECT_THAT(verdict(message), HasSubstr("operator sets"));
}

TEST(HostileOnnx, MayNotNestGraphsDeeply) {
  onnx::ModelProto message = empty_message();
  onnx::GraphProto* graph = message.mutable_graph();
  for (int level = 0; level < 4; ++level) {
    auto* attribute = graph->add_node()->add_attribute();
    attribute->set_name("body"), attribute->set_type(onnx::AttributeProto::GRAPH);
    graph = attribute->mutable_g();
    graph->set_name("inner");
  }
  EXPECT_EQ(verdict(message), "no error");
  graph->add_node()->add_attribute()->mutable_g()->set_name("one too many");
  EXPECT_THAT(verdict(message), HasSubstr("more than 4 levels of nested graphs"));
}

// The bytes as the content of a field.
std::string in_field(int number, const std::string& bytes) {
  std::string outer(1, static_cast<char>(number << 3 | 2));
  std::size_t size = bytes.size();
  for (; size > 0x7F; size >>= 7) outer += static_cast<char>((size & 0x7F) | 0x80);
  return outer + static_cast<char>(size) + bytes;
}

TEST(HostileOnnx, MayNotNestMessagesDeeply) {
  std::string type;
  for (int level = 0; level < 5'000; ++level) type = in_field(4, in_field(1, type));  // TypeProto.sequence_type, its elem_type
  const std::string bytes = empty_message().SerializeAsString() + in_field(7, in_field(11, in_field(2, type)));
  EXPECT_THAT(verdict(bytes), HasSubstr("more than 100 levels of nested messages"));
}

TEST(HostileOnnx, MayNotNestUnknownGroupsDeeply) {
  std::string bytes = empty_message().SerializeAsString();
  for (int i = 0; i < 1'000'000; ++i) bytes += "\xBB\x3E";  // field 999, a group begins
  EXPECT_THAT(verdict(bytes), HasSubstr("nested groups"));
}

TEST(HostileOnnx, MayNotHoldMoreThanItsLimits) {
  onnx::ModelProto message = empty_message();
  for (int i = 0; i < 5; ++i) message.mutable_graph()->add_node()->set_op_type("Relu");
  EXPECT_THAT(verdict(message, {.nodes = 4}), HasSubstr("more than 4 nodes"));
  for (int i = 0; i < 200; ++i) message.mutable_graph()->mutable_node(0)->add_input("");
  EXPECT_THAT(verdict(message, {.nodes = 5}), HasSubstr("more than 160 parts"));
  EXPECT_THAT(verdict(message, {.file_bytes = 100}), HasSubstr("at most 100 are read"));
  EXPECT_EQ(verdict(message), "no error");
}

// Function i calls function i + 1 twice.
onnx::ModelProto doubling(int functions) {
  onnx::ModelProto message = empty_message();
  for (int i = 0; i < functions; ++i) {
    auto* function = message.add_functions();
    function->set_domain("local"), function->set_name("f" + std::to_string(i));
    for (int call = 0; call < 2; ++call) {
      auto* node = function->add_node();
      node->set_op_type(i + 1 < functions ? "f" + std::to_string(i + 1) : "Relu"), node->set_domain(i + 1 < functions ? "local" : "");
    }
  }
  auto* node = message.mutable_graph()->add_node();
  node->set_op_type("f0"), node->set_domain("local");
  return message;
}

TEST(HostileOnnx, MayNotDoubleItselfWithFunctions) {
  EXPECT_EQ(verdict(doubling(10)), "no error");
  EXPECT_THAT(verdict(doubling(64)), HasSubstr("calls of functions make more than 1000000 nodes"));
}

TEST(HostileOnnx, MayNotCallFunctionsInACircle) {
  onnx::ModelProto message = doubling(3);
  message.mutable_functions(2)->mutable_node(0)->set_op_type("f0");
  message.mutable_functions(2)->mutable_node(0)->set_domain("local");
  EXPECT_THAT(verdict(message), HasSubstr("calls itself"));
}

TEST(HostileOnnx, MayNotChainFunctionsWithoutEnd) {
  onnx::ModelProto message = doubling(1000);
  for (auto& function : *message.mutable_functions()) function.mutable_node()->RemoveLast();
  EXPECT_THAT(verdict(message), HasSubstr("more than 100 levels"));
}

TEST(HostileOnnx, MayNotHaveBooleansThatAreNeitherTrueNorFalse) {
  onnx::ModelProto message = empty_message();
  add_tensor(*message.mutable_graph(), "b", onnx::TensorProto::BOOL, {1}, "\2");
  EXPECT_THAT(verdict(message), AllOf(HasSubstr("tensor \"b\""), HasSubstr("neither 0 nor 1")));
}

TEST(HostileOnnx, MayNotHaveTensorsOfManyDimensions) {
  onnx::ModelProto message = empty_message();
  add_tensor(*message.mutable_graph(), "w", 1, std::vector<std::int64_t>(17, 1), "1234");
  EXPECT_THAT(verdict(message), HasSubstr("more than 16 dimensions"));
  message = empty_message();
  for (int i = 0; i < 14; ++i)
    add_value(*message.mutable_graph()->mutable_input(), "x")->mutable_type()->mutable_tensor_type()->mutable_shape();
  auto* shape = message.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->mutable_shape();
  EXPECT_EQ(verdict(message), "no error");
  for (int i = 0; i < 14; ++i) shape->add_dim();
  EXPECT_THAT(verdict(message), HasSubstr("more than 16 dimensions"));
}

TEST(HostileOnnx, MayNotPromiseMoreElementsThanItBrings) {
  const auto of = [](std::vector<std::int64_t> dims, int type = 1) {
    onnx::ModelProto message = empty_message();
    add_tensor(*message.mutable_graph(), "w", type, std::move(dims), "12345678");
    return verdict(message);
  };
  EXPECT_EQ(of({2}), "no error");
  EXPECT_THAT(of({3}), AllOf(HasSubstr("tensor \"w\""), HasSubstr("8 bytes do not fill float32[3]")));
  EXPECT_THAT(of({1LL << 40, 1LL << 40}), HasSubstr("tensor \"w\""));
  EXPECT_THAT(of({(1LL << 62) + 2}), HasSubstr("tensor \"w\""));  // times 4 wraps to 8
  EXPECT_THAT(of({-2}), HasSubstr("negative"));
  EXPECT_THAT(of({2}, 77), HasSubstr("tensor \"w\""));
  EXPECT_THAT(of({2}, 0), HasSubstr("tensor \"w\""));
}

TEST(HostileOnnx, MayNotCallThingsByBytesThatAreNoText) {
  for (const char* name : {"\xFF", "\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\x80"}) {
    onnx::ModelProto message = empty_message();
    message.mutable_graph()->add_node()->set_name(name);
    EXPECT_THAT(verdict(message.SerializePartialAsString()), HasSubstr("is not UTF-8"));
  }
  onnx::ModelProto message = empty_message();
  message.mutable_graph()->add_node()->set_name("na\xC3\xAFve \xE2\x82\xAC \xF0\x9F\x98\x80");
  EXPECT_EQ(verdict(message), "no error");
}

TEST(HostileOnnx, HasNoExternalDataWithoutAFolder) {
  onnx::ModelProto message = empty_message();
  auto* tensor = add_tensor(*message.mutable_graph(), "w", 1, {1}, "");
  tensor->set_data_location(onnx::TensorProto::EXTERNAL);
  add_entry(*tensor->mutable_external_data(), "location", "/etc/passwd");
  EXPECT_THAT(verdict(message), HasSubstr("keeps its data in another file"));
}

}  // namespace
}  // namespace upkeep
