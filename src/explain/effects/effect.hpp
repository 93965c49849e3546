// Effects: what a model does over many rows, by feature: importance, dependence, interaction. One file per effect.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/catalog.hpp"
#include "base/settings.hpp"
#include "explain/subject.hpp"

namespace upkeep::explain {

struct EffectQuestion {
  const Subject& subject;
  const Tensors& rows;  // [N, ...] of every input
  std::int64_t element = 0;
  std::vector<std::size_t> features;  // places in subject.features(); empty: all
  std::uint64_t seed = 0;
  // How bad answers [N, elements] are beside targets: for effects that judge. Not given: no targets are known.
  std::function<double(const std::vector<double>& answers)> loss = {};
};

// A figure with its interval, a curve or a surface.
struct EffectFigure {
  std::string feature;
  double value = 0;
  double low = 0, high = 0;  // 95 % interval; NaN: none
};
struct EffectCurve {
  std::string feature;
  std::vector<std::string> labels;  // of a category, by point; else
  std::vector<double> x;
  std::vector<double> y;                  // of the mean
  std::vector<double> low, high;          // 95 % interval of the mean; empty: none
  std::vector<std::vector<double>> rows;  // of single rows (ICE); empty: none
};
struct EffectSurface {
  std::string first, second;  // features
  std::vector<double> x, y;   // edges
  std::vector<double> z;      // [x.size(), y.size()] row-major
};
struct Effect {
  std::string name;
  std::string what;                   // the unit and meaning of the values in words
  std::vector<EffectFigure> figures;  // largest first
  std::vector<EffectCurve> curves;
  std::vector<EffectSurface> surfaces;
  std::vector<std::string> notes;
  std::int64_t evaluations = 0;
  double milliseconds = 0;
};
Json to_json(const Effect& effect);

struct EffectEntry {
  std::string name;  // "ale"
  std::vector<std::string> aliases;
  std::string help;
  Settings settings;
  bool needs_loss = false;
  std::function<Effect(const EffectQuestion& question, const Json& settings)> measure;
};

// By the settings that are given, with what it took.
Effect measured_effect(const EffectEntry& entry, const EffectQuestion& question, const Json& given);

}  // namespace upkeep::explain

namespace upkeep::explain::effects {
using EffectCatalog = Catalog<EffectEntry>;
const EffectCatalog& catalog();
}  // namespace upkeep::explain::effects
