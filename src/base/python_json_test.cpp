#include "base/python_json.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "upkeep/error.hpp"

namespace upkeep {

// What Python 3.12 prints: json.dumps([float("nan"), float("inf"), -float("inf"), "NaN", "a\"Infinity"])
constexpr const char* kOfPython = R"([NaN, Infinity, -Infinity, "NaN", "a\"Infinity"])";

TEST(PythonJson, ReadsNumbersThatAreNotFinite) {
  const Json read = parse_python_json(kOfPython);
  EXPECT_TRUE(std::isnan(read[0].get<double>()));
  EXPECT_EQ(read[1].get<double>(), INFINITY);
  EXPECT_EQ(read[2].get<double>(), -INFINITY);
  EXPECT_EQ(read[3], "NaN");
  EXPECT_EQ(read[4], "a\"Infinity");
}

TEST(PythonJson, WritesThemAsPythonDoes) {
  EXPECT_EQ(dump_python_json(parse_python_json(kOfPython)), R"([NaN,Infinity,-Infinity,"NaN","a\"Infinity"])");
  EXPECT_EQ(dump_python_json({{"a", {1, 2.5}}}), R"({"a":[1,2.5]})");
}

TEST(PythonJson, RefusesOtherWordsAsJsonDoes) {
  EXPECT_THROW(parse_python_json("[NaN, Nan]"), Error);
  EXPECT_THROW(parse_python_json("[-NaN]"), Error);
  EXPECT_THROW(parse_python_json("{\"a\\"), Error);
}

}  // namespace upkeep
