#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>
#include <sys/stat.h>

#include "base/error_testing.hpp"
#include "base/files.hpp"
#include "graph/onnx.hpp"
#include "graph/ops.hpp"

namespace upkeep {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;

// 512 float32 weights: 2048 bytes, enough to leave the model.
Model with_weights(float first = 0) {
  Model model;
  Ops ops(model);
  std::vector<float> values(512, 0.5f);
  values[0] = first;
  const Value x = ops.input("x", DType::kFloat32, {"N", 512});
  ops.output(ops.mul(x, ops.initializer("w", Tensor({512}, values))), "y");
  model.training_tensors = {{"m/w", Tensor({512}, std::vector<float>(512, 2.0f))}};
  return model;
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

TEST(OnnxFile, ComesBackAsItWas) {
  const TemporaryFolder folder;
  save_onnx(with_weights(), folder / "m.onnx");
  EXPECT_EQ(model_to_bytes(load_onnx(folder / "m.onnx")), model_to_bytes(with_weights()));
  EXPECT_EQ(names_in(folder.path()), std::vector<std::string>{"m.onnx"});
}

TEST(OnnxFile, KeepsLargeWeightsBesideIt) {
  const TemporaryFolder folder;
  save_onnx(with_weights(), folder / "m.onnx", {.beyond_bytes = 1000});
  EXPECT_EQ(names_in(folder.path()).size(), 2u);
  EXPECT_LT(fs::file_size(folder / "m.onnx"), 1000u);
  EXPECT_EQ(model_to_bytes(load_onnx(folder / "m.onnx")), model_to_bytes(with_weights()));
}

TEST(OnnxFile, RemovesTheDataOfTheModelThatItReplaces) {
  const TemporaryFolder folder;
  write_file(folder / "m.onnx.notes.data", "not ours");
  save_onnx(with_weights(1), folder / "m.onnx", {.beyond_bytes = 1000});
  const auto before = names_in(folder.path());
  save_onnx(with_weights(2), folder / "m.onnx", {.beyond_bytes = 1000});
  EXPECT_EQ(names_in(folder.path()).size(), before.size());
  EXPECT_NE(names_in(folder.path()), before);
  EXPECT_EQ(load_onnx(folder / "m.onnx").graph.initializer("w")->floats()[0], 2);
  save_onnx(with_weights(3), folder / "m.onnx");
  EXPECT_EQ(names_in(folder.path()), (std::vector<std::string>{"m.onnx", "m.onnx.notes.data"}));
}

TEST(OnnxFile, SaysWhichFileIsWrong) {
  const TemporaryFolder folder;
  EXPECT_THAT(message_of([&] { load_onnx(folder / "none.onnx"); }), HasSubstr("none.onnx"));
  write_file(folder / "bad.onnx", "nonsense");
  EXPECT_THAT(message_of([&] { load_onnx(folder / "bad.onnx"); }), AllOf(HasSubstr("bad.onnx"), HasSubstr("not an ONNX model")));
  EXPECT_THAT(message_of([&] { load_onnx(folder / "bad.onnx", {.file_bytes = 3}); }), HasSubstr("at most 3 are read"));
}

// A folder with a model in it whose weights are said to lie at `location`, and a secret outside of it.
class ExternalData : public testing::Test {
 protected:
  ExternalData() {
    fs::create_directory(folder_ / "model");
    write_file(folder_ / "secret", std::string(2048, 's'));
    write_file(folder_ / "model/w.data", std::string(2048, '\0'));
  }

  // The verdict on a model that asks for these external bytes. An empty text leaves the entry out.
  std::string loading(const std::string& location, const std::string& offset = "", const std::string& length = "") {
    onnx::ModelProto message;
    EXPECT_TRUE(message.ParseFromString(model_to_bytes(with_weights())));
    message.clear_training_info();
    auto* tensor = message.mutable_graph()->mutable_initializer(0);
    tensor->clear_raw_data();
    tensor->set_data_location(onnx::TensorProto::EXTERNAL);
    for (const auto& [key, value] : {std::pair{"location", location}, {"offset", offset}, {"length", length}}) {
      if (value.empty()) continue;
      auto* entry = tensor->add_external_data();
      entry->set_key(key), entry->set_value(value);
    }
    write_file(folder_ / "model/m.onnx", message.SerializeAsString());
    return message_of([&] { loaded_ = load_onnx(folder_ / "model/m.onnx", limits_); });
  }

  float first_weight() const { return loaded_.graph.initializer("w")->floats()[0]; }

  const TemporaryFolder folder_;
  ModelLimits limits_;
  Model loaded_;
};

const std::string kFine = "no error";

TEST_F(ExternalData, IsReadFromTheFolderOfTheModel) {
  EXPECT_EQ(loading("w.data"), kFine);
  EXPECT_EQ(loading("./w.data", "0", "2048"), kFine);
  fs::create_directory(folder_ / "model/deep");
  const std::vector<float> values(513, 3.0f);
  write_file(folder_ / "model/deep/w.data", {reinterpret_cast<const char*>(values.data()), 513 * 4});
  EXPECT_EQ(loading("deep/w.data", "4", "2048"), kFine);
  EXPECT_EQ(first_weight(), 3);
}

TEST_F(ExternalData, IsInMemoryAfterwards) {
  EXPECT_EQ(loading("w.data"), kFine);
  write_file(folder_ / "model/w.data", "");
  EXPECT_EQ(first_weight(), 0);
}

TEST_F(ExternalData, MayNotLieOutside) {
  EXPECT_THAT(loading("../secret"), HasSubstr("leaves the folder of the model"));
  EXPECT_THAT(loading("deep/../../secret"), AnyOf(HasSubstr("leaves the folder"), HasSubstr("cannot be read")));
  EXPECT_THAT(loading((folder_ / "secret").string()), HasSubstr("is no relative path"));
  EXPECT_THAT(loading("/dev/zero"), HasSubstr("is no relative path"));
  EXPECT_THAT(loading(std::string("w.data\0../secret", 16)), HasSubstr("zero byte"));
  EXPECT_THAT(loading(""), HasSubstr("is no relative path"));
}

TEST_F(ExternalData, MayNotBeReachedThroughLinks) {
  fs::create_symlink(folder_ / "secret", folder_ / "model/link.data");
  EXPECT_THAT(loading("link.data"), HasSubstr("symbolic link"));
  fs::create_directory_symlink(folder_.path(), folder_ / "model/up");
  EXPECT_THAT(loading("up/secret"), HasSubstr("symbolic link"));
  fs::create_symlink("w.data", folder_ / "model/inside.data");
  EXPECT_THAT(loading("inside.data"), HasSubstr("symbolic link"));
  fs::create_hard_link(folder_ / "secret", folder_ / "model/hard.data");
  EXPECT_THAT(loading("hard.data"), HasSubstr("several hard links"));
}

TEST_F(ExternalData, MustBeAPlainFile) {
  ASSERT_EQ(::mkfifo((folder_ / "model/pipe").c_str(), 0600), 0);
  EXPECT_THAT(loading("pipe"), HasSubstr("is no plain file"));
  fs::create_directory(folder_ / "model/deep");
  EXPECT_THAT(loading("deep"), HasSubstr("is no plain file"));
  EXPECT_THAT(loading("missing.data"), HasSubstr("cannot be read"));
}

TEST_F(ExternalData, MayNotAskForBytesBeyondItsEnd) {
  EXPECT_THAT(loading("w.data", "1"), HasSubstr("ends at 2048 bytes"));
  EXPECT_THAT(loading("w.data", "18446744073709551615"), HasSubstr("ends at 2048 bytes"));
  EXPECT_THAT(loading("w.data", "-1"), HasSubstr("no number"));
  EXPECT_THAT(loading("w.data", "99999999999999999999"), HasSubstr("no number"));
  EXPECT_THAT(loading("w.data", "0", "2047"), AllOf(HasSubstr("has 2047 bytes"), HasSubstr("float32[512], which needs 2048")));
}

TEST_F(ExternalData, HasALimitInAll) {
  limits_.external_bytes = 2047;
  EXPECT_THAT(loading("w.data"), HasSubstr("more than 2047 bytes of external data"));
}

TEST(OnnxFile, PutsLargeWeightsWhereTheyCanBeMapped) {
  const TemporaryFolder folder;
  Model model = with_weights();
  for (const std::int64_t count : {1500, 300'000, 2000}) {
    const std::string name = "w" + std::to_string(count);
    model.graph.initializers.emplace_back(name, Tensor({count}, std::vector<float>(static_cast<std::size_t>(count), 0.25f)));
  }
  EXPECT_NE(save_onnx(model, folder / "m.onnx", {.beyond_bytes = 0, .bytes_each = 4096}), "");
  onnx::ModelProto message;
  ASSERT_TRUE(message.ParseFromString(read_file(folder / "m.onnx")));
  std::vector<std::pair<std::string, std::int64_t>> places;
  for (const auto& tensor : message.graph().initializer())
    for (const auto& entry : tensor.external_data())
      if (entry.key() == "offset") places.emplace_back(tensor.name(), std::stoll(entry.value()));
  EXPECT_EQ(places,
            (std::vector<std::pair<std::string, std::int64_t>>{{"w1500", 0}, {"w300000", 65536}, {"w2000", std::int64_t{309} * 4096}}));
  EXPECT_EQ(model_to_bytes(load_onnx(folder / "m.onnx")), model_to_bytes(model));
}

TEST(OnnxFile, LeavesNoDataBehindWhenTheModelCannotBeWritten) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "m.onnx");  // in the way
  EXPECT_THAT(message_of([&] { save_onnx(with_weights(), folder / "m.onnx", {.beyond_bytes = 0}); }), HasSubstr("m.onnx"));
  EXPECT_EQ(names_in(folder.path()), std::vector<std::string>{"m.onnx"});
}

TEST(OnnxFile, NeedsNoDataFileForSmallWeights) {
  const TemporaryFolder folder;
  EXPECT_EQ(save_onnx(with_weights(), folder / "m.onnx", {.beyond_bytes = 0, .bytes_each = 1'000'000}), "");
  EXPECT_EQ(names_in(folder.path()), std::vector<std::string>{"m.onnx"});
}

}  // namespace
}  // namespace upkeep
