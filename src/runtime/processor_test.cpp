#include "runtime/processor.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace upkeep {

// Against what Linux reads from the same registers.
TEST(Processor, SaysOfByteProductsWhatTheKernelSays) {
  std::ifstream file("/proc/cpuinfo");
  std::stringstream text;
  text << file.rdbuf();
  if (text.str().find("flags\t") == std::string::npos) GTEST_SKIP() << "not x86";
  const bool listed = text.str().find("avx_vnni") != std::string::npos || text.str().find("avx512_vnni") != std::string::npos;
  EXPECT_EQ(multiplies_bytes_exactly(), listed);
}

}  // namespace upkeep
