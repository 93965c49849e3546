// Small models for the tests of this floor.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "graph/ops.hpp"

namespace upkeep {

// x [batch, 2] float32  ->  y [batch, 2] float32:  y = x + bias
inline Model shift_model(float bias, const std::vector<std::string>& features = {}) {
  Model model;
  Ops ops(model);
  ops.output(ops.add(ops.input("x", DType::kFloat32, {"batch", 2}), bias), "y");
  if (!features.empty()) set(model.metadata, "upkeep.features", Json(features).dump());
  return model;
}

// in [n] DTYPE  ->  out [n] DTYPE, the same elements
inline Model identity_model(DType dtype) {
  Model model;
  Ops ops(model);
  const Value in = ops.input("in", dtype, {"n"});
  ops.output(ops.node("Identity", {in}), "out");
  return model;
}

}  // namespace upkeep
