// The elementwise part of recurrent cells, vectorised for the machine it runs on.
#pragma once

#include <cstdint>

namespace upkeep::kernels {

// `count` cells of one row. `gates` [4 * count] holds i, o, f, c before their activations, and then after them (ONNX's order).
//   cell = f * before + i * c      h = o * tanh(cell)
void lstm_cells(std::int64_t count, float* gates, const float* before, float* cell, float* h);

// The way back. `dh` is what arrives at h, `dcell` at the cell from the next step; dcell becomes what arrives at the cell before, and
// `dgates` [4 * count] what arrives at the gates before their activations.
void lstm_cells_back(std::int64_t count, const float* gates, const float* before, const float* cell, const float* dh, float* dcell,
                     float* dgates);

// GRU cells of one row with linear_before_reset. `x_part` and `h_part` [3 * count] hold x W^T + b and h_before R^T + b for z, r, h.
//   z, r = sigmoid(x_part + h_part)      c = tanh(x_part + r * h_part)      h = (1 - z) * c + z * before
// `gates` [4 * count] keeps z, r, c and the h_part of c.
void gru_cells(std::int64_t count, const float* x_part, const float* h_part, const float* before, float* gates, float* h);

// The way back. `dh` is what arrives at h and becomes what arrives at `before` directly; the rest arrives there through dh_part.
void gru_cells_back(std::int64_t count, const float* gates, const float* before, float* dh, float* dx_part, float* dh_part);

}  // namespace upkeep::kernels
