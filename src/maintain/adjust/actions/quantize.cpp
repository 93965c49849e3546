// Makes integers of the model's weights and activations (optimize/quantize), calibrated on the rows. A model that a pass before made
// integers of is made float again first, with its weights as they were rounded, so that its scales are those of the rows of today.

#include "optimize/quantize/quantize.hpp"

#include "base/format.hpp"
#include "maintain/adjust/actions/action.hpp"
#include "optimize/quantize/shared/training.hpp"
#include "optimize/rewrites/rewrite.hpp"

namespace upkeep::actions {

struct Quantize {
  std::string method = "static";
  std::vector<std::string> keep_float;
  std::int64_t rows = 1000;
};

}  // namespace upkeep::actions

namespace upkeep {

using actions::Quantize;

template <>
inline const Settings settings<Quantize> =
    describe<Quantize>("quantize", "make integers of weights and activations, anew where the model has some",
                       field("method", &Quantize::method, "NAME or NAME:SETTING=VALUE,... of optimize/quantize"),
                       field("keep_float", &Quantize::keep_float, "layers that stay as they are: names or patterns"),
                       field("rows", &Quantize::rows, "most rows that calibrate, spread evenly over the data", range(1, 1e9)));

}  // namespace upkeep

namespace upkeep::actions {

static NamedSettings quantize_method(const Quantize& options) {
  NamedSettings method = parse_named(options.method);
  quantization::catalog().at(method.name);
  return method;
}

static Candidate quantize_candidate(const ActionContext& context, const Json& values) {
  const auto options = parse<Quantize>(values);
  const Dataset all = dataset_for(context.model, context.data, context.columns);
  std::vector<std::int64_t> places;
  const std::int64_t count = std::min(options.rows, all.rows());
  for (std::int64_t i = 0; i < count; ++i) places.push_back(i * all.rows() / count);
  const Dataset data = all.take(places);
  QuantizeContext quantizing{.rows = data.inputs, .row_numbers = {}, .keep_float = options.keep_float};
  for (std::int64_t row = 0; row < count; ++row) quantizing.row_numbers.push_back(data.row_number(row));
  Candidate candidate{.model = context.model, .summary = {}};
  const bool anew = quantization::has_integers(candidate.model.graph);
  if (anew) rewrite(candidate.model, {"dequantize", Json::object()});
  const Change change = quantize(candidate.model, quantize_method(options), quantizing);
  candidate.evidence = {{"settings", to_json(options)}, {"rows", count}, {"change", change.facts}};
  candidate.evidence["quantized_anew"] = anew;
  candidate.summary = upkeep::format("{} int8{}, calibrated on {} rows: weights {} -> {} bytes", options.method,
                                     anew ? ", made float and quantised anew" : "", count, change.facts["weight_bytes_before"].dump(),
                                     change.facts["weight_bytes"].dump());
  return candidate;
}

void add_quantize(ActionCatalog& catalog) {
  catalog.add({.name = "quantize",
               .help = settings<Quantize>.help(),
               .settings = settings<Quantize>,
               .check = [](const Json& values) { quantize_method(parse<Quantize>(values)); },
               .run = quantize_candidate});
}

}  // namespace upkeep::actions
