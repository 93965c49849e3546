#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "convert/convert_testing.hpp"
#include "convert/formats/format.hpp"

namespace upkeep {

using testing::HasSubstr;

TEST(OrtFormat, CanBeRunButNotReadBack) {
  const TemporaryFolder folder;
  const Model model = model_of("layers: [{input: {shape: [3]}}, {dense: {units: 2, activation: relu}}]");
  const Tensor rows({2, 3}, std::vector<float>{1, -2, 3, 0.5f, 0, -1});
  for (const std::string level : {"none", "basic", "extended", "all"}) {
    save_model(model, folder / "m.ort", {"ort", {{"optimize", level}}});
    const Tensors answers = formats::catalog().at("ort").run(folder / "m.ort", model, {{"input", rows}}).value();
    EXPECT_LE(largest_difference(answers.begin()->second, answer(model, rows)), 1e-6f);
  }
  EXPECT_THAT(message_of([&] { load_model(folder / "m.ort"); }), testing::AllOf(HasSubstr("m.ort"), HasSubstr("holds no graph")));
  EXPECT_THAT(message_of([&] { save_model(model, folder / "n.ort", {"ort", {{"optimize", "much"}}}); }), HasSubstr("extended"));
  EXPECT_FALSE(std::filesystem::exists(folder / "n.ort"));
}

TEST(OrtFormat, IsKnownByItsIdentifier) {
  const formats::FormatEntry& ort = formats::catalog().at("ort");
  EXPECT_TRUE(ort.sniff(std::string_view("\x08\0\0\0ORTM....", 12)));
  EXPECT_FALSE(ort.sniff("ORTM"));
  EXPECT_FALSE(ort.sniff(""));
}

}  // namespace upkeep
