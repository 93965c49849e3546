// Elementwise loops for one instruction set. A file with such loops is compiled once for each (Highway: hwy/foreach_target.h), and this
// header with it, so it has no #pragma once.
//
// A formula is a struct of numbers with
//   template <class D, class V> void operator()(D d, V& w, const V& g, ...) const
// over one vector of each array. Its operations are exact ones (+ - * / sqrt max), rounded once each, so that every width gives the same.
#if defined(UPKEEP_TRAIN_OPTIMIZERS_LOOP) == defined(HWY_TARGET_TOGGLE)
#ifdef UPKEEP_TRAIN_OPTIMIZERS_LOOP
#undef UPKEEP_TRAIN_OPTIMIZERS_LOOP
#else
#define UPKEEP_TRAIN_OPTIMIZERS_LOOP
#endif

#include <hwy/highway.h>

#include <cstddef>

HWY_BEFORE_NAMESPACE();
namespace upkeep::optimizers::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

template <class D, class V>
HWY_INLINE void store(D d, const V& vector, float* to) {
  hn::StoreU(vector, d, to);
}
template <class D, class V>
HWY_INLINE void store(D, const V&, const float*) {}

template <class D, class Formula, class... Arrays>
HWY_INLINE void apply_at(D d, std::size_t i, const Formula& formula, Arrays*... arrays) {
  [&](auto... vectors) HWY_ATTR {
    formula(d, vectors...);
    (store(d, vectors, arrays + i), ...);
  }(hn::LoadU(d, arrays + i)...);
}

// Applies the formula to elements [0, count) of the arrays; writes back those that are not const.
template <class Formula, class... Arrays>
HWY_INLINE void each(std::size_t count, const Formula& formula, Arrays*... arrays) {
  const hn::ScalableTag<float> wide;
  const hn::CappedTag<float, 1> single;
  std::size_t i = 0;
  for (; i + hn::Lanes(wide) <= count; i += hn::Lanes(wide)) apply_at(wide, i, formula, arrays...);
  for (; i < count; ++i) apply_at(single, i, formula, arrays...);
}

}  // namespace upkeep::optimizers::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
