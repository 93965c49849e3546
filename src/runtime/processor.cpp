#include "runtime/processor.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace upkeep {

// Intel's manual, CPUID: leaf 7 sub-leaf 0, ECX bit 11 (AVX512_VNNI); sub-leaf 1, EAX bit 4 (AVX_VNNI).
bool multiplies_bytes_exactly() {
#if defined(__x86_64__)
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && ((c >> 11U) & 1U) != 0) return true;
  return __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && ((a >> 4U) & 1U) != 0;
#else
  return true;
#endif
}

}  // namespace upkeep
