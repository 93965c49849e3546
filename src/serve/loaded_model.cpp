#include "serve/loaded_model.hpp"

#include <algorithm>

#include "graph/signature.hpp"

namespace upkeep::serve {

// Somebody else's note under our keys says nothing: the graph alone does.
static Signature signature_or_graph(const Model& model) {
  try {
    return signature_of(model);
  } catch (const Error&) {
    return signature_of({.graph = model.graph, .metadata = {}});
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
      signature_(std::make_shared<const Signature>(signature_or_graph(model))),
      metrics_(metrics) {
  warm_up(session_);
}

}  // namespace upkeep::serve
