// Questions about effects, for their tests.
#pragma once

#include "explain/effects/effect.hpp"
#include "explain/game_testing.hpp"

namespace upkeep::explain {

inline Effect effect_of(const std::string& effect, const std::shared_ptr<const Model>& model, const Tensors& rows,
                        const std::vector<std::size_t>& features = {}) {
  const Subject subject(model);
  const NamedSettings named = parse_named(effect);
  return effects::catalog().at(named.name).measure({.subject = subject, .rows = rows, .features = features}, named.values);
}

// 200 rows of three numbers, the second made from the first.
inline Tensors related_rows() {
  Random random(7);
  std::vector<float> values;
  for (int i = 0; i < 200; ++i) {
    const auto a = static_cast<float>(random.normal());
    values.insert(values.end(), {a, a + 0.3f * static_cast<float>(random.normal()), static_cast<float>(random.normal())});
  }
  return {{"x", Tensor({200, 3}, std::move(values))}};
}

// y = a b + c
inline std::shared_ptr<const Model> interacting_model() {
  return model_of(R"(interacting (float[N, 3] x) => (float[N, 1] y) <int64[1] i = {0}, int64[1] j = {1}, int64[1] k = {2}>
    { a = Gather <axis = 1> (x, i) b = Gather <axis = 1> (x, j) c = Gather <axis = 1> (x, k) ab = Mul(a, b) y = Add(ab, c) })");
}

// y = 1 for red, 5 for green, 2 for blue, and a.
inline std::shared_ptr<const Model> colour_model() {
  Model model = *model_of(R"(colour (int64[N, 1] colour, float[N, 1] a) => (float[N, 1] y) <float[3] values = {1, 5, 2}>
    { v = Gather(values, colour) y = Add(v, a) })");
  Signature signature = signature_of(model);
  signature.inputs[0].features = {{.column = "colour", .kind = FeatureKind::kCategory, .categories = {"0", "1", "2"}}};
  set_signature(model, signature);
  return std::make_shared<const Model>(std::move(model));
}

}  // namespace upkeep::explain
