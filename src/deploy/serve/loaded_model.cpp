#include "deploy/serve/loaded_model.hpp"

#include <algorithm>

#include "graph/signature.hpp"

namespace upkeep::serve {

static std::vector<std::string> features_of(const Model& model) {
  try {
    const Signature signature = signature_of(model);
    return signature.inputs.size() == 1 && signature.inputs[0].has_scalar_features() ? feature_columns(signature)
                                                                                     : std::vector<std::string>();
  } catch (const Error&) {
    return {};  // somebody else's note under our key
  }
}

static Tensor zeros(const TensorSpec& spec) {
  Shape shape;
  for (const Dim& dim : spec.dims) shape.push_back(dim.known() ? dim.value : 1);
  const auto count = static_cast<std::size_t>(element_count(shape));
  if (spec.dtype == DType::kString) return Tensor(shape, std::vector<std::string>(count));
  return Tensor::from_bytes(spec.dtype, shape, std::vector<std::byte>((count * size_bits(spec.dtype) + 7) / 8));
}

// The first run allocates and tunes. Ones in place of unknown dimensions may be a shape that the model cannot take (an image of one pixel),
// so a failure counts only where the shapes are known.
static void warm_up(const Session& session) {
  Tensors inputs;
  bool known = true;
  for (const TensorSpec& spec : session.inputs()) {
    inputs.emplace(spec.name, zeros(spec));
    known = known && std::ranges::all_of(spec.dims.begin() + (spec.dims.empty() ? 0 : 1), spec.dims.end(), &Dim::known);
  }
  try {
    session.run(inputs);
  } catch (const Error& error) {
    if (known) throw;
  }
}

LoadedModel::LoadedModel(ModelVersion version, const Model& model, int threads, VersionMetrics metrics)
    : version_(std::move(version)),
      version_text_(std::to_string(version_.version)),
      session_(model, {.threads = threads}),
      features_(features_of(model)),
      metrics_(metrics) {
  warm_up(session_);
}

}  // namespace upkeep::serve
