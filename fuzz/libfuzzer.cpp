// Shows libFuzzer where the counters are.
#include "coverage.hpp"

extern "C" void __sanitizer_cov_8bit_counters_init(std::uint8_t* begin, std::uint8_t* end);

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  __sanitizer_cov_8bit_counters_init(coverage_counters.data(), coverage_counters.data() + coverage_counters.size());
  return 0;
}

// libFuzzer saves the input of a program that is ended by a signal. GCC's UndefinedBehaviorSanitizer would end it by exit() otherwise.
extern "C" const char* __ubsan_default_options() { return "abort_on_error=1:print_stacktrace=1"; }
extern "C" const char* __asan_default_options() { return "abort_on_error=1"; }
