// Shows libFuzzer where the counters are.
#include "coverage.hpp"

extern "C" void __sanitizer_cov_8bit_counters_init(std::uint8_t* begin, std::uint8_t* end);

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  __sanitizer_cov_8bit_counters_init(coverage_counters.data(), coverage_counters.data() + coverage_counters.size());
  return 0;
}
