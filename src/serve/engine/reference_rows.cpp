#include "serve/engine/reference_rows.hpp"

#include "serve/protocol/infer.hpp"

namespace upkeep::serve {

static Tensor input_of(const Table& rows, const TensorSpec& spec, const InputSignature& signature) {
  std::vector<std::string> columns;
  for (const Feature& feature : signature.features) columns.push_back(feature.column);
  const Dataset dataset = make_dataset(rows, spec.name, {.features = columns, .dtype = spec.dtype});
  const Tensor& made = dataset.inputs.at(spec.name);
  return spec.dims.size() == 1 ? made.reshaped({made.dim(0)}) : made;
}

std::optional<Tensors> reference_rows(const Table& table, const std::vector<TensorSpec>& inputs, const Signature& signature,
                                      std::int64_t most) {
  const Table rows = table.rows(0, std::min(most, table.rows()));
  if (rows.rows() == 0) return std::nullopt;
  Tensors made;
  for (const TensorSpec& spec : inputs) {
    const InputSignature* const known = signature.input(spec.name);
    if (!known || known->features.empty()) return std::nullopt;
    try {
      made.emplace(spec.name, input_of(rows, spec, *known));
    } catch (const Error&) {
      return std::nullopt;
    }
  }
  if (!check_request({.inputs = made}, inputs, {})) return std::nullopt;
  return made;
}

}  // namespace upkeep::serve
