#include "serve/protocol/infer.hpp"

#include <algorithm>
#include <limits>

#include "base/format.hpp"
#include "base/names.hpp"
#include "serve/protocol/datatypes.hpp"

namespace upkeep::serve {

static std::vector<std::string> names_of(const std::vector<TensorSpec>& specs) {
  std::vector<std::string> names;
  for (const TensorSpec& spec : specs) names.push_back(spec.name);
  return names;
}

static bool fits(const TensorSpec& spec, DType dtype, const Shape& shape) {
  if (dtype != spec.dtype) return false;
  if (spec.any_rank) return true;
  if (shape.size() != spec.dims.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (spec.dims[i].known() && spec.dims[i].value != shape[i]) return false;
  return true;
}

Answer<void> check_input(const std::string& name, DType dtype, const Shape& shape, const std::vector<TensorSpec>& inputs) {
  if (name.empty()) return refuse(RefusalCode::kInvalid, "an input has no name");
  const auto spec = std::ranges::find(inputs, name, &TensorSpec::name);
  if (spec == inputs.end()) return refuse(RefusalCode::kInvalid, unknown_name("input", name, names_of(inputs)).what());
  // Beside a dimension of 0 any other one costs nothing to send, and much to whoever goes through the rows.
  if (std::ranges::any_of(shape, [](std::int64_t dim) { return dim > std::numeric_limits<std::int32_t>::max(); }))
    return refuse(RefusalCode::kInvalid,
                  upkeep::format("input \"{}\" is {}: a dimension may be 2147483647 at most", name, describe(dtype, shape)));
  if (!fits(*spec, dtype, shape))
    return refuse(RefusalCode::kInvalid,
                  upkeep::format("input \"{}\" is {}, the model expects {}", name, describe(dtype, shape), describe(*spec)));
  return {};
}

Answer<void> check_request(const InferRequest& request, const std::vector<TensorSpec>& inputs, const std::vector<TensorSpec>& outputs) {
  for (const auto& [name, tensor] : request.inputs)
    if (auto fitting = check_input(name, tensor.dtype(), tensor.shape(), inputs); !fitting) return fitting;
  for (const TensorSpec& spec : inputs)
    if (!request.inputs.contains(spec.name))
      return refuse(RefusalCode::kInvalid, upkeep::format("input \"{}\" is missing: the model expects {}", spec.name, describe(spec)));
  for (auto one = request.outputs.begin(); one != request.outputs.end(); ++one) {
    if (!std::ranges::contains(outputs, one->name, &TensorSpec::name))
      return refuse(RefusalCode::kInvalid, unknown_name("output", one->name, names_of(outputs)).what());
    if (std::ranges::contains(request.outputs.begin(), one, one->name, &RequestedOutput::name))
      return refuse(RefusalCode::kInvalid, upkeep::format("output \"{}\" is asked for twice", one->name));
  }
  return {};
}

}  // namespace upkeep::serve
