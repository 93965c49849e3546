#include "layers/operations/operation_testing.hpp"

namespace upkeep::operations {
namespace {

using testing::ElementsAre;

const Tensor kGrid = floats({1, 2, 3}, {1, 2, 3, 4, 5, 6});

Tensor item(const std::string& key) { return call("get_item", R"({"x": {"input": 0}, "key": )" + key + "}", {kGrid})[0]; }

TEST(GetItem, TakesNumbersAndSlices) {
  const std::string all = R"({"start": null, "stop": null, "step": null})";
  EXPECT_THAT(numbers(item("[" + all + ", -1]")), ElementsAre(4, 5, 6));
  EXPECT_EQ(item("[" + all + ", 0]").shape(), (Shape{1, 3}));
  EXPECT_THAT(numbers(item("[" + all + R"(, 0, {"start": 0, "stop": null, "step": 2}])")), ElementsAre(1, 3));
  EXPECT_THAT(numbers(item("[" + all + R"(, 1, {"class_name": "__slice__", "config": {"start": null, "stop": null, "step": -1}}])")),
              ElementsAre(6, 5, 4));
}

TEST(GetItem, TakesNewAxesAndEllipses) {
  EXPECT_EQ(item(R"([{"class_name": "__ellipsis__", "config": {}}, null])").shape(), (Shape{1, 2, 3, 1}));
  EXPECT_THAT(numbers(item(R"([{"class_name": "__ellipsis__", "config": {}}, 2])")), ElementsAre(3, 6));
  EXPECT_THAT(message_of([] { item("[0, 0, 0, 0]"); }), testing::HasSubstr("4 indices into 3 axes"));
}

TEST(GetItem, TakesAlongAxes) {
  EXPECT_THAT(numbers(call("take", R"({"x": {"input": 0}, "indices": [2, 0], "axis": 2})", {kGrid})[0]), ElementsAre(3, 1, 6, 4));
  const Tensor places({1, 2, 1}, std::vector<std::int64_t>{2, 0});
  EXPECT_THAT(numbers(call("take_along_axis", R"({"x": {"input": 0}, "indices": {"input": 1}, "axis": 2})", {kGrid, places})[0]),
              ElementsAre(3, 4));
}

}  // namespace
}  // namespace upkeep::operations
