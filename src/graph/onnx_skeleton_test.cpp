#include "graph/onnx_skeleton.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "base/error_testing.hpp"
#include "base/files.hpp"
#include "graph/onnx.hpp"

namespace upkeep::proto {
namespace {

Skeleton skeleton_of(const std::string& bytes) {
  return read_skeleton(bytes.size(), [&](std::uint64_t offset, std::span<std::byte> out) {
    ASSERT_LE(offset + out.size(), bytes.size());
    std::memcpy(out.data(), bytes.data() + offset, out.size());
  });
}

// A model of one weight, whose message can be made odd.
onnx::ModelProto with_weight(std::size_t numbers, const std::string& raw) {
  onnx::ModelProto model;
  model.set_ir_version(8);
  model.add_opset_import()->set_version(17);
  model.mutable_graph()->set_name("g");
  auto* tensor = model.mutable_graph()->add_initializer();
  tensor->set_name("w");
  tensor->set_data_type(onnx::TensorProto::FLOAT);
  tensor->add_dims(static_cast<std::int64_t>(numbers));
  tensor->set_raw_data(raw);
  return model;
}

std::string numbers(std::size_t count, float first) {
  std::string raw(count * sizeof(float), '\0');
  for (std::size_t i = 0; i < count; ++i) {
    const float number = first + static_cast<float>(i);
    std::memcpy(raw.data() + i * sizeof(float), &number, sizeof(float));
  }
  return raw;
}

// A field of between 128 and 16383 bytes.
std::string part(char tag, const std::string& content) {
  return std::string{tag, static_cast<char>((content.size() & 0x7FU) | 0x80U), static_cast<char>(content.size() >> 7U)} + content;
}

// The file is read as its bytes are.
void expect_same(const std::string& bytes) {
  const TemporaryFolder folder;
  write_file(folder / "m.onnx", bytes);
  EXPECT_EQ(model_to_bytes(load_onnx(folder / "m.onnx")), model_to_bytes(model_from_bytes(bytes)));
}

}  // namespace

TEST(Skeleton, LeavesOutLargeWeights) {
  const std::string bytes = with_weight(100'000, numbers(100'000, 0.5F)).SerializeAsString();
  const Skeleton made = skeleton_of(bytes);
  EXPECT_LT(made.bytes.size(), 200U);
  ASSERT_EQ(made.left_out.size(), 1U);
  EXPECT_EQ(made.left_out[0].size, 400'000U);
  EXPECT_EQ(bytes.substr(made.left_out[0].offset, 400'000), numbers(100'000, 0.5F));
  expect_same(bytes);
}

TEST(Skeleton, KeepsTheRestAsItIs) {
  const std::string bytes = with_weight(10, numbers(10, 1)).SerializeAsString();
  EXPECT_EQ(skeleton_of(bytes).bytes, bytes);
  EXPECT_TRUE(skeleton_of(bytes).left_out.empty());
}

// Protobuf takes the last of several: also the fields of a message that comes in parts.
TEST(Skeleton, TakesTheLastOfSeveralFields) {
  const onnx::ModelProto model = with_weight(1000, numbers(1000, 2));
  std::string bytes = model.SerializeAsString();
  onnx::TensorProto tensor = model.graph().initializer(0), again;
  tensor.set_name("v");
  std::string twice = tensor.SerializeAsString();
  again.set_raw_data(numbers(1000, 7));
  twice += again.SerializeAsString();
  bytes += part('\x3a', part('\x2a', twice));  // a graph of an initializer
  ASSERT_EQ(model_from_bytes(bytes).graph.initializers.size(), 2U);
  EXPECT_EQ(model_from_bytes(bytes).graph.initializer("v")->floats()[0], 7);
  expect_same(bytes);
}

TEST(Skeleton, KeepsWhatSaysWhereItsDataIs) {
  onnx::ModelProto model = with_weight(1000, numbers(1000, 2));
  model.mutable_graph()->mutable_initializer(0)->set_data_location(onnx::TensorProto::DEFAULT);
  EXPECT_EQ(skeleton_of(model.SerializeAsString()).left_out.size(), 1U);
  expect_same(model.SerializeAsString());
  auto* entry = model.mutable_graph()->mutable_initializer(0)->add_external_data();
  entry->set_key("upkeep.left_out"), entry->set_value("0");
  EXPECT_TRUE(skeleton_of(model.SerializeAsString()).left_out.empty());
  expect_same(model.SerializeAsString());
}

TEST(Skeleton, SaysWhichWeightDoesNotFit) {
  const TemporaryFolder folder;
  write_file(folder / "m.onnx", with_weight(1001, numbers(1000, 2)).SerializeAsString());
  EXPECT_THAT(message_of([&] { load_onnx(folder / "m.onnx"); }),
              testing::HasSubstr("m.onnx: tensor \"w\": 4000 bytes do not fill float32[1001]"));
}

TEST(Skeleton, EveryCutIsNoModel) {
  const std::string bytes = with_weight(300, numbers(300, 2)).SerializeAsString();
  const TemporaryFolder folder;
  for (std::size_t size = 0; size < bytes.size(); size += 7) {
    write_file(folder / "m.onnx", bytes.substr(0, size));
    EXPECT_THAT(message_of([&] { load_onnx(folder / "m.onnx"); }), testing::HasSubstr("not an ONNX model")) << size;
  }
}

}  // namespace upkeep::proto
