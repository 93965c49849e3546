#include "serve/loaded_model.hpp"

#include "serve/fixture.hpp"

namespace upkeep::serve {
namespace {

LoadedModel load(const Model& model) {
  static Telemetry telemetry;
  return LoadedModel({.model = "m", .version = 3}, model, 1, telemetry.version("m", 3));
}

TEST(LoadedModel, KnowsItsNameVersionAndFeatures) {
  const LoadedModel model = load(shift_model(1, {"age", "size"}));
  EXPECT_EQ(model.name(), "m");
  EXPECT_EQ(model.version_text(), "3");
  ASSERT_EQ(model.signature()->inputs.at(0).features.size(), 2U);
  EXPECT_EQ(model.signature()->inputs[0].features[1].column, "size");
}

TEST(LoadedModel, IgnoresFeaturesThatAreNoList) {
  Model model = shift_model(1);
  set(model.metadata, "upkeep.features", "{\"not\": \"a list\"}");
  EXPECT_TRUE(load(model).signature()->inputs.at(0).features.empty());
}

TEST(LoadedModel, WarmsUpEveryTypeOfInput) {
  for (const DType dtype : {DType::kFloat32, DType::kFloat16, DType::kInt64, DType::kBool, DType::kString})
    EXPECT_NO_THROW(load(identity_model(dtype)));
}

// Reshaping [batch, 2] to [3] cannot work for any batch; with an open second dimension it might.
Model reshaping(Dims dims) {
  Model model;
  Ops ops(model);
  ops.output(ops.reshape(ops.input("x", DType::kFloat32, std::move(dims)), std::vector<std::int64_t>{3}), "y");
  return model;
}

TEST(LoadedModel, RefusesAModelThatCannotRunThoughItsShapesAreKnown) { EXPECT_THROW(load(reshaping({"batch", 2})), Error); }

TEST(LoadedModel, TakesAModelWhoseOpenDimensionsMayNotBeOne) { EXPECT_NO_THROW(load(reshaping({"batch", "width"}))); }

}  // namespace
}  // namespace upkeep::serve
