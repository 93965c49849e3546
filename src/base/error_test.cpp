#include "upkeep/error.hpp"

#include <gtest/gtest.h>

namespace upkeep {

TEST(Error, PrintsItsPlaceFromTheOutsideIn) {
  Error error(ErrorCode::kNotFound, "no column \"pricee\"", "columns are: price, size");
  error.in("row 3").in("data d.csv");
  EXPECT_STREQ(error.what(), "data d.csv: row 3: no column \"pricee\" (columns are: price, size)");
  EXPECT_EQ(error.context(), (std::vector<std::string>{"row 3", "data d.csv"}));
}

TEST(Error, GetsContextOnItsWayOut) {
  EXPECT_EQ(in_context("file f", [] { return 7; }), 7);
  try {
    in_context("file f", [] { throw Error(ErrorCode::kCorrupt, "broken"); });
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
    EXPECT_STREQ(error.what(), "file f: broken");
  }
}

}  // namespace upkeep
