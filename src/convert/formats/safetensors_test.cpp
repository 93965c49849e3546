#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "convert/convert_testing.hpp"
#include "convert/formats/format.hpp"
#include "graph/onnx.hpp"

namespace upkeep {

using testing::AllOf;
using testing::HasSubstr;

namespace {

constexpr std::string_view kSafe = "layers: [{input: {shape: [2]}}, {dense: {units: 1}}]";

std::string with_length(std::uint64_t length, const std::string& rest) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(length >> (8 * i) & 0xFFU);
  return bytes + rest;
}

std::string file_of(const std::string& header, std::size_t data) { return with_length(header.size(), header + std::string(data, '\0')); }

std::string refusal_of_bytes(const std::string& bytes) {
  const TemporaryFolder folder;
  write_file(folder / "w.safetensors", bytes);
  return message_of([&] { with_weights(model_of(kSafe), folder / "w.safetensors"); });
}

std::string entry_text(const std::string& name, const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
}

const std::string kKernel = entry_text("dense/kernel", "F32", "[2,1]", "[0,8]");
const std::string kBias = entry_text("dense/bias", "F32", "[1]", "[8,12]");

}  // namespace

TEST(Safetensors, KeepTheWholeModelOfOurOwn) {
  const TemporaryFolder folder;
  Model before = model_of("layers: [{input: {shape: [3]}}, {dense: {units: 4, activation: relu}}, {dense: {units: 1}}]");
  set(before.metadata, "upkeep.columns", "[\"a\"]");
  save_model(before, folder / "model.safetensors");
  const Model after = load_model(folder / "model.safetensors");
  EXPECT_EQ(weights_of(after), weights_of(before));
  EXPECT_EQ(to_json(architecture_of(after)), to_json(architecture_of(before)));
  EXPECT_EQ(*find(after.metadata, "upkeep.columns"), "[\"a\"]");
}

TEST(Safetensors, GiveWeightsToAnArchitecture) {
  const TemporaryFolder folder;
  std::string bytes = file_of("{" + kBias + "," + kKernel + "}  ", 0);
  for (const float value : {1.5F, -2.0F, 3.0F}) bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
  write_file(folder / "w.safetensors", bytes);
  const Model model = with_weights(model_of(kSafe), folder / "w.safetensors");
  EXPECT_THAT(find(weights_of(model), "dense/kernel")->floats(), testing::ElementsAre(1.5F, -2.0F));
  EXPECT_THAT(find(weights_of(model), "dense/bias")->floats(), testing::ElementsAre(3.0F));
  EXPECT_THAT(message_of([&] { load_model(folder / "w.safetensors"); }), HasSubstr("weights only"));
}

TEST(Safetensors, ReadHalfPrecision) {
  const TemporaryFolder folder;
  const std::string header =
      "{" + entry_text("dense/kernel", "F16", "[2,1]", "[0,4]") + "," + entry_text("dense/bias", "BF16", "[1]", "[4,6]") + "}";
  write_file(folder / "w.safetensors", file_of(header, 0) + std::string("\x00\x3c\x00\xc0\xc0\x3f", 6));
  const Model model = with_weights(model_of(kSafe), folder / "w.safetensors");
  EXPECT_THAT(find(weights_of(model), "dense/kernel")->floats(), testing::ElementsAre(1.0F, -2.0F));
  EXPECT_THAT(find(weights_of(model), "dense/bias")->floats(), testing::ElementsAre(1.5F));
}

TEST(Safetensors, RefuseLengthsThatCannotBe) {
  EXPECT_THAT(refusal_of_bytes("1234567"), HasSubstr("ends too early"));
  EXPECT_THAT(refusal_of_bytes(with_length(100'000'001, "{}")), HasSubstr("100000001 bytes"));
  EXPECT_THAT(refusal_of_bytes(with_length(~std::uint64_t{0}, "{}")), HasSubstr("18446744073709551615 bytes"));
  EXPECT_THAT(refusal_of_bytes(with_length(3, "{}")), HasSubstr("the header claims 3 bytes, the file has 2"));
  EXPECT_THAT(refusal_of_bytes(file_of(" {}", 0)), HasSubstr("does not begin with '{'"));
}

TEST(Safetensors, RefuseHeadersThatAreNone) {
  EXPECT_THAT(refusal_of_bytes(file_of("{\"a\":", 0)), HasSubstr("not valid JSON"));
  EXPECT_THAT(refusal_of_bytes(file_of("{\"a\": [[[[[[]]]]]]}", 0)), HasSubstr("nested too deeply"));
  EXPECT_THAT(refusal_of_bytes(file_of("{\"a\": 3}", 0)), AllOf(HasSubstr("tensor \"a\""), HasSubstr("no object")));
  EXPECT_THAT(refusal_of_bytes(file_of("{\"a\": {\"dtype\": \"F32\", \"shape\": []}}", 0)), HasSubstr("it has no data_offsets"));
  EXPECT_THAT(refusal_of_bytes(file_of("{\"__metadata__\": {\"a\": 1}}", 0)), HasSubstr("\"a\" is no text"));
  EXPECT_THAT(refusal_of_bytes(file_of("{" + entry_text("a", "F8_E5M2", "[1]", "[0,1]") + "}", 1)),
              AllOf(HasSubstr("F8_E5M2"), HasSubstr("BF16")));
}

TEST(Safetensors, RefuseHeadersOfTooManyParts) {
  std::string numbers = "{\"a\":[1";
  for (int i = 0; i < 2'000'000; ++i) numbers += ",1";
  EXPECT_THAT(refusal_of_bytes(file_of(numbers + "]}", 0)), HasSubstr("more than 2000000 parts"));
}

TEST(Safetensors, RefuseTensorsThatAreNotWhereTheySay) {
  EXPECT_THAT(refusal_of_bytes(file_of("{" + entry_text("a", "F32", "[2]", "[0,4]") + "}", 4)),
              HasSubstr("needs 8 bytes, its data_offsets span 4"));
  EXPECT_THAT(refusal_of_bytes(file_of("{" + entry_text("a", "F32", "[-1]", "[0,4]") + "}", 4)), HasSubstr("something else than sizes"));
  EXPECT_THAT(refusal_of_bytes(file_of("{" + entry_text("a", "F32", "[4294967296,4294967296]", "[0,4]") + "}", 4)),
              HasSubstr("larger than memory"));
  EXPECT_THAT(refusal_of_bytes(file_of("{" + kKernel + "}", 4)), HasSubstr("tensor \"dense/kernel\" ends at 8, the data has 4 bytes"));
  EXPECT_THAT(refusal_of_bytes(file_of("{" + kBias + "}", 12)), HasSubstr("\"dense/bias\" begins at 8, behind a hole from 0"));
  EXPECT_THAT(refusal_of_bytes(file_of("{" + kKernel + "," + entry_text("b", "F32", "[1]", "[4,8]") + "}", 8)),
              HasSubstr("within the one before"));
  EXPECT_THAT(refusal_of_bytes(file_of("{" + kKernel + "}", 12)), HasSubstr("the last tensor ends at 8, the data has 12 bytes"));
}

TEST(Safetensors, RefuseWeightsByName) {
  EXPECT_THAT(refusal_of_bytes(file_of("{" + kKernel + "}", 8)), HasSubstr("lacks 1 of 2 weights: \"dense/bias\""));
  EXPECT_THAT(refusal_of_bytes(file_of("{" + entry_text("dense/kernel", "F32", "[1,2]", "[0,8]") + "}", 8)),
              HasSubstr("weight \"dense/kernel\" has shape [1, 2] in the file, the model's is [2, 1]"));
  EXPECT_THAT(refusal_of_bytes(file_of("{" + entry_text("dense/bias", "BOOL", "[1]", "[0,1]") + "}", 1)), HasSubstr("is bool"));
}

// Whatever is changed, it is read or refused.
TEST(Safetensors, SurviveDamage) {
  const TemporaryFolder folder;
  save_model(model_of(kSafe), folder / "w.safetensors");
  const std::string whole = read_file(folder / "w.safetensors");
  Random random(7);
  for (int i = 0; i < 300; ++i) {
    std::string bytes = whole;
    bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
    if (random.below(3) == 0) bytes.resize(random.below(bytes.size()));
    write_file(folder / "w.safetensors", bytes);
    message_of([&] { load_model(folder / "w.safetensors"); });
    message_of([&] { with_weights(model_of(kSafe), folder / "w.safetensors"); });
  }
}

}  // namespace upkeep
