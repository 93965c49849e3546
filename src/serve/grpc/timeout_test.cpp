#include "serve/grpc/timeout.hpp"

namespace upkeep::serve {

using namespace std::chrono_literals;

TEST(GrpcTimeout, IsANumberAndAUnit) {
  EXPECT_EQ(parse_grpc_timeout("2H"), 2h);
  EXPECT_EQ(parse_grpc_timeout("3M"), 3min);
  EXPECT_EQ(parse_grpc_timeout("4S"), 4s);
  EXPECT_EQ(parse_grpc_timeout("250m"), 250ms);
  EXPECT_EQ(parse_grpc_timeout("99999999u"), 99'999'999us);
  EXPECT_EQ(parse_grpc_timeout("0n"), 0ns);
  EXPECT_GT(parse_grpc_timeout("99999999H"), 8000h);  // no overflow
}

TEST(GrpcTimeout, ElseIsNone) {
  for (const char* text : {"", "S", "5", "5x", "-5S", "5.0S", "123456789S", " 5S", "5 S"}) EXPECT_FALSE(parse_grpc_timeout(text)) << text;
}

}  // namespace upkeep::serve
