#include "explain/gradients.hpp"

namespace upkeep::explain {

struct Gradients::State {};

Gradients::Gradients(const Model&, const Subject&, const std::vector<std::string>&) {
  throw Error(ErrorCode::kUnsupported, "gradients of this model");
}
Gradients::~Gradients() = default;
Gradients::Answer Gradients::at(const Tensors&, std::int64_t) const { return {}; }
Gradients::Answer Gradients::at(const Tensors&, const std::vector<std::int64_t>&) const { return {}; }

}  // namespace upkeep::explain
