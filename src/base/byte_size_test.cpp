#include "base/byte_size.hpp"

#include <gtest/gtest.h>

#include "upkeep/error.hpp"

namespace upkeep {
namespace {

TEST(ByteSize, ReadsUnits) {
  EXPECT_EQ(bytes_from_text("0"), 0U);
  EXPECT_EQ(bytes_from_text("1000"), 1000U);
  EXPECT_EQ(bytes_from_text("64KiB"), 65'536U);
  EXPECT_EQ(bytes_from_text("8GiB"), 8'589'934'592U);
  EXPECT_EQ(bytes_from_text("2GB"), 2'000'000'000U);
}

TEST(ByteSize, RefusesTheRest) {
  for (const char* text : {"", "GiB", "-1", "1.5GiB", "8 GiB", "8gib", "8G", "99999999999TiB"})
    EXPECT_THROW(bytes_from_text(text), Error) << text;
}

}  // namespace
}  // namespace upkeep
