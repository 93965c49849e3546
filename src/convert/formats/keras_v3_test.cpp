#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/zip.hpp"
#include "convert/convert_testing.hpp"
#include "convert/formats/format.hpp"
#include "train/trainer.hpp"
#include "train/training_record.hpp"

namespace upkeep {
namespace {

using testing::HasSubstr;

// One of each way to keep a weight: of the layer, of a part of it, of a part of a part, counted by class.
constexpr const char* kWholeHouse = R"(
layers:
  - input: {shape: [6, 4], name: x}
  - multi_head_attention: {num_heads: 2, key_dim: 3, inputs: [x, x]}
  - bidirectional: {layer: {gru: {units: 3, return_sequences: true}}}
  - time_distributed: {layer: {dense: {units: 5}}}
  - dense: {units: 5, name: one, activation: relu}
  - batch_normalization: {}
  - dense: {units: 5, name: two}
  - lstm: {units: 3}
  - dense: {units: 2}
)";

class KerasV3 : public testing::Test {
 protected:
  std::filesystem::path path(const std::string& name) const { return folder_.path() / name; }
  TemporaryFolder folder_;
};

Tensor sequences() {
  std::vector<float> values(2 * 6 * 4);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<float>(i));
  return Tensor({2, 6, 4}, std::move(values));
}

TEST_F(KerasV3, GivesBackWhatWasSaved) {
  const Model model = model_of(kWholeHouse);
  save_model(model, path("m.keras"));
  const Model back = load_model(path("m.keras"));
  EXPECT_EQ(answer(back, sequences()), answer(model, sequences()));
  EXPECT_EQ(weights_of(back), weights_of(model));
}

TEST_F(KerasV3, KeepsWeightsWhereKerasLooksForThem) {
  save_model(model_of(kWholeHouse), path("m.keras"));
  const ZipReader zip(path("m.keras"));
  ASSERT_EQ(zip.entries().size(), 3U);
  const std::string weights = zip.read("model.weights.h5", 1 << 20);
  for (const char* name : {"query_dense", "backward_layer", "cell", "dense_2"}) EXPECT_NE(weights.find(name), std::string::npos) << name;
  EXPECT_EQ(parse_json(zip.read("config.json", 1 << 20))["class_name"], "Functional");
}

TEST_F(KerasV3, ReadsTheFolderThatItUnpacksTo) {
  const Model model = model_of(kWholeHouse);
  save_model(model, path("m.keras"));
  std::filesystem::create_directory(path("m"));
  {
    const ZipReader zip(path("m.keras"));
    for (const ZipReader::Entry& entry : zip.entries()) write_file(path("m") / entry.name, zip.read(entry.name, 1 << 20));
  }
  EXPECT_EQ(answer(load_model(path("m")), sequences()), answer(model, sequences()));
  std::filesystem::remove(path("m") / "model.weights.h5");
  std::filesystem::create_symlink(path("m.keras"), path("m") / "model.weights.h5");
  EXPECT_THAT(message_of([&] { load_model(path("m")); }), HasSubstr("\"model.weights.h5\" is no file of the folder"));
}

TEST_F(KerasV3, GoesOnTraining) {
  Model model = model_of("layers: [{input: {shape: [3], name: x}}, {dense: {units: 4, activation: relu}}, {dense: {units: 1}}]");
  Trainer trainer(model, {.optimizer = {"adam", Json::object()}, .loss = {"mse", Json::object()}, .metrics = {"mae"}});
  const Dataset data{.inputs = {{"x", Tensor({2, 3}, std::vector<float>{1, 2, 3, -1, 0, 2})}},
                     .targets = Tensor({2, 1}, std::vector<float>{1, -1})};
  const FitOptions options{.epochs = 3, .batch_size = 2, .shuffle = false, .show_progress = false};
  trainer.fit(data, options);
  save_model(trainer.model(), path("m.keras"));
  const Model back = load_model(path("m.keras"));
  Trainer resumed(back, compile_of(back).value());
  EXPECT_EQ(resumed.fit(data, options).series("loss"), trainer.fit(data, options).series("loss"));
}

TEST_F(KerasV3, SaysWhatIsMissing) {
  ZipWriter zip;
  zip.add("metadata.json", R"({"keras_version": "3.9.0"})");
  zip.add("config.json", R"({"class_name": "Sequential", "config": {"name": "s", "layers": []}})");
  write_file(path("m.keras"), zip.finish());
  EXPECT_THAT(message_of([&] { load_model(path("m.keras")); }), HasSubstr("no \"model.weights.h5\""));
}

}  // namespace
}  // namespace upkeep
