// Loops over floats for one instruction set. A file with such loops is compiled once for each (Highway: hwy/foreach_target.h), and this
// header with it, so it has no #pragma once.
#if defined(UPKEEP_TRAIN_KERNELS_LANES) == defined(HWY_TARGET_TOGGLE)
#ifdef UPKEEP_TRAIN_KERNELS_LANES
#undef UPKEEP_TRAIN_KERNELS_LANES
#else
#define UPKEEP_TRAIN_KERNELS_LANES
#endif

#include <hwy/highway.h>

#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace upkeep::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Calls body(d, i) for whole vectors, then for the single elements that are left.
template <class Body>
HWY_INLINE void each_lane(std::int64_t count, const Body& body) {
  const hn::ScalableTag<float> wide;
  const hn::CappedTag<float, 1> single;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(wide));
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) body(wide, i);
  for (; i < count; ++i) body(single, i);
}

}  // namespace upkeep::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
