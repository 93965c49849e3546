// What GCC's -fsanitize-coverage=trace-pc,trace-cmp calls: a counter for each place in the code, by a hash of its address. libFuzzer reads
// the counters (libfuzzer.cpp); in programs that it does not drive they count in vain.
// Addresses count from the program's beginning, so that equal seeds give equal inputs wherever the system loads the program.
#include "coverage.hpp"

extern "C" const char __ehdr_start __attribute__((visibility("hidden")));  // the linker's name for the program's first byte

std::array<std::uint8_t, 1 << 16> coverage_counters;

extern "C" {

void __wrap___sanitizer_cov_trace_pc() {  // the linker's name for __sanitizer_cov_trace_pc()
  constexpr std::uint64_t kGoldenRatio = 0x9E3779B97F4A7C15;
  const auto place = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0)) - reinterpret_cast<std::uintptr_t>(&__ehdr_start);
  ++coverage_counters[place * kGoldenRatio >> 48U];
}

// libFuzzer takes comparisons of integers only.
void __sanitizer_cov_trace_cmpf(float, float) {}
void __sanitizer_cov_trace_cmpd(double, double) {}
}
