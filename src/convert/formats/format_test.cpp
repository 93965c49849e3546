#include "convert/formats/format.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "convert/convert_testing.hpp"
#include "graph/onnx.hpp"

namespace upkeep {

using testing::HasSubstr;
using testing::Not;

namespace {

constexpr std::string_view kYaml = "layers: [{input: {shape: [3]}}, {dense: {units: 4, activation: relu}}, {dense: {units: 1}}]";

}  // namespace

TEST(LoadModel, GoesByContentBeforeExtension) {
  const TemporaryFolder folder;
  const Model model = model_of(kYaml);
  for (const std::string extension : {".onnx", ".onnxtxt", ".h5"}) {
    save_model(model, folder / ("model" + extension));
    std::filesystem::rename(folder / ("model" + extension), folder / "model.bin");
    EXPECT_EQ(to_json(architecture_of(load_model(folder / "model.bin"))), to_json(architecture_of(model))) << extension;
  }
}

TEST(LoadModel, ReadsAnArchitectureWithFreshWeightsFromTheSeed) {
  const TemporaryFolder folder;
  write_file(folder / "net.yaml", kYaml);
  write_file(folder / "net.json", to_json(architecture_from_yaml(kYaml)).dump());
  EXPECT_EQ(model_to_bytes(load_model(folder / "net.yaml", 1)), model_to_bytes(model_of(kYaml, 1)));
  EXPECT_EQ(model_to_bytes(load_model(folder / "net.json", 2)), model_to_bytes(model_of(kYaml, 2)));
}

TEST(LoadModel, ReadsAKerasConfiguration) {
  const TemporaryFolder folder;
  write_file(folder / "keras.json", R"({"class_name": "Sequential", "config": {"name": "s", "layers": [
    {"class_name": "InputLayer", "config": {"batch_shape": [null, 3], "dtype": "float32", "name": "a"}},
    {"class_name": "Dense", "config": {"name": "d", "units": 2, "activation": "relu"}}]}, "keras_version": "3.9.0", "backend": "tensorflow"})");
  EXPECT_EQ(answer(load_model(folder / "keras.json"), Tensor::full({2, 3}, 1.0f)).shape(), (Shape{2, 2}));
}

TEST(LoadModel, SaysWhatTheFormatsAre) {
  const TemporaryFolder folder;
  write_file(folder / "notes.txt", "not a model");
  EXPECT_THAT(message_of([&] { load_model(folder / "notes.txt"); }),
              AllOf(HasSubstr("notes.txt"), HasSubstr(".onnx"), HasSubstr(".h5"), HasSubstr(".yaml")));
  EXPECT_THAT(message_of([&] { load_model(folder / "absent.onnx"); }), AllOf(HasSubstr("absent.onnx"), HasSubstr("no such file")));
  EXPECT_THAT(message_of([&] { load_model(folder.path()); }), HasSubstr("not a regular file"));
}

TEST(LoadModel, RefusesEmptyFilesOfEveryExtension) {
  const TemporaryFolder folder;
  for (const std::string name : {"a.onnx", "a.onnxtxt", "a.h5", "a.hdf5", "a.yaml", "a.json", "a"}) {
    write_file(folder / name, "");
    EXPECT_THAT(message_of([&] { load_model(folder / name); }), AllOf(HasSubstr(name), Not("no error"))) << name;
  }
}

TEST(SaveModel, GoesByExtensionWhateverItsCase) {
  const TemporaryFolder folder;
  save_model(model_of(kYaml), folder / "MODEL.H5");
  EXPECT_THAT(read_file(folder / "MODEL.H5"), HasSubstr("HDF"));
}

TEST(SaveModel, LeavesNothingBehindWhenItFails) {
  const TemporaryFolder folder;
  EXPECT_THAT(message_of([&] { save_model(model_of(kYaml), folder / "model.pickle"); }),
              AllOf(HasSubstr(".pickle"), HasSubstr("keras-h5 (.h5, .hdf5)")));
  const Model no_layers = model_from_text(
      R"(<ir_version: 10, opset_import: ["" : 21]> g (float[n, 2] x) => (float[n, 2] y) { y = CumSum(x, z) z = Shape(x) })");
  EXPECT_NE(message_of([&] { save_model(no_layers, folder / "model.h5"); }), "no error");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(SaveModel, KeepsTheOldFileWhenTheNewOneCannotBeMade) {
  const TemporaryFolder folder;
  write_file(folder / "model.h5", "precious");
  const Model no_layers =
      model_from_text(R"(<ir_version: 10, opset_import: ["" : 21]> g (float[n, 2] x) => (float[n, 2] y) { y = Hardmax(x) })");
  EXPECT_NE(message_of([&] { save_model(no_layers, folder / "model.h5"); }), "no error");
  EXPECT_EQ(read_file(folder / "model.h5"), "precious");
}

}  // namespace upkeep
