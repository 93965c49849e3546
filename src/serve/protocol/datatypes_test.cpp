#include "serve/protocol/datatypes.hpp"

#include <gtest/gtest.h>

namespace upkeep::serve {

TEST(Datatypes, AreNamedBothWays) {
  for (const char* name :
       {"BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "FP32", "FP64", "BF16", "BYTES"}) {
    ASSERT_TRUE(dtype_of(name)) << name;
    EXPECT_EQ(datatype(*dtype_of(name)), name);
  }
  EXPECT_FALSE(dtype_of("FP8"));
  EXPECT_FALSE(dtype_of("fp32"));
  EXPECT_EQ(datatype(DType::kComplex64), "");
}

TEST(Datatypes, DescribeATensorAsClientsWriteIt) {
  EXPECT_EQ(describe(DType::kFloat32, {2, 3}), "FP32[2,3]");
  EXPECT_EQ(describe(DType::kString, {}), "BYTES[]");
  EXPECT_EQ(describe(TensorSpec{.name = "x", .dtype = DType::kInt64, .dims = {"batch", 4}}), "INT64[-1,4]");
}

}  // namespace upkeep::serve
