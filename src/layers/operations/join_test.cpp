#include "layers/operations/operation_testing.hpp"

namespace upkeep::operations {
namespace {

using testing::ElementsAre;

const Tensor kFour = floats({1, 4}, {1, 2, 3, 4});

TEST(Join, PutsValuesSideBySide) {
  const std::string both = R"([{"input": 0}, {"input": 1}])";
  const Tensor other = floats({1, 4}, {5, 6, 7, 8});
  EXPECT_THAT(numbers(call("concatenate", R"({"xs": )" + both + R"(, "axis": -1})", {kFour, other})[0]),
              ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  const Tensor stacked = call("stack", R"({"x": )" + both + R"(, "axis": -1})", {kFour, other})[0];
  EXPECT_EQ(stacked.shape(), (Shape{1, 4, 2}));
  EXPECT_THAT(numbers(stacked), ElementsAre(1, 5, 2, 6, 3, 7, 4, 8));
}

TEST(Join, TakesValuesApart) {
  const std::vector<Tensor> halves = call("split", R"({"x": {"input": 0}, "indices_or_sections": 2, "axis": 1})", {kFour});
  ASSERT_EQ(halves.size(), 2U);
  EXPECT_THAT(numbers(halves[1]), ElementsAre(3, 4));
  const std::vector<Tensor> places = call("split", R"({"x": {"input": 0}, "indices_or_sections": [1, 3], "axis": 1})", {kFour});
  ASSERT_EQ(places.size(), 3U);
  EXPECT_THAT(numbers(places[1]), ElementsAre(2, 3));
  const std::vector<Tensor> single = call("unstack", R"({"x": {"input": 0}, "axis": 1})", {kFour});
  ASSERT_EQ(single.size(), 4U);
  EXPECT_EQ(single[2].shape(), (Shape{1}));
  EXPECT_THAT(numbers(single[2]), ElementsAre(3));
}

TEST(Join, ReadsTheSizesOfTensorFlowAsPlaces) {
  Json arguments = parse_json(R"({"indices_or_sections": [1, 2, 4]})");
  catalog().at("split").from_tensorflow(arguments);
  EXPECT_EQ(arguments["indices_or_sections"], (Json{1, 3}));
}

}  // namespace
}  // namespace upkeep::operations
