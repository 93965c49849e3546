// Included first by files with loops, behind the definition of HWY_TARGET_INCLUDE: compiles them once for each instruction set.
#pragma once

// Loops over floats gain from wider vectors only, so the instruction sets in between are left out.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL | HWY_AVX3_ZEN4 | HWY_AVX3_SPR | HWY_NEON_WITHOUT_AES | HWY_ALL_SVE)

#include <hwy/foreach_target.h>
