#include "train/kernels/shared/gates.hpp"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/kernels/shared/gates.cpp"
#include <hwy/foreach_target.h>
// after it:
#include <hwy/contrib/math/math-inl.h>

#include "train/kernels/lanes.hpp"

HWY_BEFORE_NAMESPACE();
namespace upkeep::kernels::HWY_NAMESPACE {
namespace {

// 1 / (1 + e^-x); e^-x is held below what would overflow.
template <class D, class V>
HWY_INLINE V sigmoid(D d, V x) {
  const V one = hn::Set(d, 1.0F);
  return hn::Div(one, hn::Add(one, hn::Exp(d, hn::Min(hn::Neg(x), hn::Set(d, 80.0F)))));
}

void LstmCells(std::int64_t count, float* gates, const float* before, float* cell, float* h) {
  each_lane(count, [=](auto d, std::int64_t at) HWY_ATTR {
    const auto i = sigmoid(d, hn::LoadU(d, gates + at));
    const auto o = sigmoid(d, hn::LoadU(d, gates + count + at));
    const auto f = sigmoid(d, hn::LoadU(d, gates + 2 * count + at));
    const auto c = hn::Tanh(d, hn::LoadU(d, gates + 3 * count + at));
    const auto made = hn::Add(hn::Mul(f, hn::LoadU(d, before + at)), hn::Mul(i, c));
    hn::StoreU(i, d, gates + at);
    hn::StoreU(o, d, gates + count + at);
    hn::StoreU(f, d, gates + 2 * count + at);
    hn::StoreU(c, d, gates + 3 * count + at);
    hn::StoreU(made, d, cell + at);
    hn::StoreU(hn::Mul(o, hn::Tanh(d, made)), d, h + at);
  });
}

// dy * s * (1 - s), s a sigmoid
template <class D, class V>
HWY_INLINE V through_sigmoid(D d, V dy, V s) {
  return hn::Mul(dy, hn::Mul(s, hn::Sub(hn::Set(d, 1.0F), s)));
}

void LstmCellsBack(std::int64_t count, const float* gates, const float* before, const float* cell, const float* dh, float* dcell,
                   float* dgates) {
  each_lane(count, [=](auto d, std::int64_t at) HWY_ATTR {
    const auto one = hn::Set(d, 1.0F);
    const auto i = hn::LoadU(d, gates + at);
    const auto o = hn::LoadU(d, gates + count + at);
    const auto f = hn::LoadU(d, gates + 2 * count + at);
    const auto c = hn::LoadU(d, gates + 3 * count + at);
    const auto t = hn::Tanh(d, hn::LoadU(d, cell + at));
    const auto arriving = hn::LoadU(d, dh + at);
    const auto slope = hn::Mul(hn::Mul(arriving, o), hn::Sub(one, hn::Mul(t, t)));
    const auto total = hn::Add(hn::LoadU(d, dcell + at), slope);
    hn::StoreU(through_sigmoid(d, hn::Mul(total, c), i), d, dgates + at);
    hn::StoreU(through_sigmoid(d, hn::Mul(arriving, t), o), d, dgates + count + at);
    hn::StoreU(through_sigmoid(d, hn::Mul(total, hn::LoadU(d, before + at)), f), d, dgates + 2 * count + at);
    hn::StoreU(hn::Mul(hn::Mul(total, i), hn::Sub(one, hn::Mul(c, c))), d, dgates + 3 * count + at);
    hn::StoreU(hn::Mul(total, f), d, dcell + at);
  });
}

void GruCells(std::int64_t count, const float* x_part, const float* h_part, const float* before, float* gates, float* h) {
  each_lane(count, [=](auto d, std::int64_t at) HWY_ATTR {
    const auto z = sigmoid(d, hn::Add(hn::LoadU(d, x_part + at), hn::LoadU(d, h_part + at)));
    const auto r = sigmoid(d, hn::Add(hn::LoadU(d, x_part + count + at), hn::LoadU(d, h_part + count + at)));
    const auto q = hn::LoadU(d, h_part + 2 * count + at);
    const auto c = hn::Tanh(d, hn::Add(hn::LoadU(d, x_part + 2 * count + at), hn::Mul(r, q)));
    hn::StoreU(z, d, gates + at);
    hn::StoreU(r, d, gates + count + at);
    hn::StoreU(c, d, gates + 2 * count + at);
    hn::StoreU(q, d, gates + 3 * count + at);
    hn::StoreU(hn::Add(c, hn::Mul(z, hn::Sub(hn::LoadU(d, before + at), c))), d, h + at);
  });
}

void GruCellsBack(std::int64_t count, const float* gates, const float* before, float* dh, float* dx_part, float* dh_part) {
  each_lane(count, [=](auto d, std::int64_t at) HWY_ATTR {
    const auto one = hn::Set(d, 1.0F);
    const auto z = hn::LoadU(d, gates + at);
    const auto r = hn::LoadU(d, gates + count + at);
    const auto c = hn::LoadU(d, gates + 2 * count + at);
    const auto arriving = hn::LoadU(d, dh + at);
    const auto dz = through_sigmoid(d, hn::Mul(arriving, hn::Sub(hn::LoadU(d, before + at), c)), z);
    const auto dc = hn::Mul(hn::Mul(arriving, hn::Sub(one, z)), hn::Sub(one, hn::Mul(c, c)));
    const auto dr = through_sigmoid(d, hn::Mul(dc, hn::LoadU(d, gates + 3 * count + at)), r);
    hn::StoreU(dz, d, dx_part + at);
    hn::StoreU(dr, d, dx_part + count + at);
    hn::StoreU(dc, d, dx_part + 2 * count + at);
    hn::StoreU(dz, d, dh_part + at);
    hn::StoreU(dr, d, dh_part + count + at);
    hn::StoreU(hn::Mul(dc, r), d, dh_part + 2 * count + at);
    hn::StoreU(hn::Mul(arriving, z), d, dh + at);
  });
}

}  // namespace
}  // namespace upkeep::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace upkeep::kernels {

HWY_EXPORT(LstmCells);
HWY_EXPORT(LstmCellsBack);
HWY_EXPORT(GruCells);
HWY_EXPORT(GruCellsBack);

void lstm_cells(std::int64_t count, float* gates, const float* before, float* cell, float* h) {
  HWY_DYNAMIC_DISPATCH(LstmCells)(count, gates, before, cell, h);
}

void lstm_cells_back(std::int64_t count, const float* gates, const float* before, const float* cell, const float* dh, float* dcell,
                     float* dgates) {
  HWY_DYNAMIC_DISPATCH(LstmCellsBack)(count, gates, before, cell, dh, dcell, dgates);
}

void gru_cells(std::int64_t count, const float* x_part, const float* h_part, const float* before, float* gates, float* h) {
  HWY_DYNAMIC_DISPATCH(GruCells)(count, x_part, h_part, before, gates, h);
}

void gru_cells_back(std::int64_t count, const float* gates, const float* before, float* dh, float* dx_part, float* dh_part) {
  HWY_DYNAMIC_DISPATCH(GruCellsBack)(count, gates, before, dh, dx_part, dh_part);
}

}  // namespace upkeep::kernels
#endif
