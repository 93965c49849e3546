#include "upkeep/sequential.hpp"

#include "api/network.hpp"
#include "api/parts.hpp"
#include "api/settings.hpp"
#include "base/format.hpp"
#include "layers/view/architecture.hpp"
#include "optimize/structure/structure.hpp"

namespace upkeep::api {

Sequential::Sequential(const std::vector<Layer>& layers, std::uint64_t seed) : Model(std::make_unique<State>()) {
  state_->seed = seed;
  if (layers.size() > 1 && layers.front().kind() == "input") state_->build(Network::architecture(layers));
  else state_->pending = layers;
}

Sequential::Sequential(Model model) : Model(std::move(model)) {
  if (state_->built() && !state_->unlearned) state_->take(with_layers(state_->current()).model);
}

void Sequential::edit(const std::string& step, const std::string& argument) {
  state_->take(upkeep::edit(state_->current(), {{step, argument}}, state_->seed).model);
}

void Sequential::add(const Layer& layer) {
  State& state = *state_;
  if (state.built()) {
    edit("add", Network::text_of(layer));
    return;
  }
  std::vector<Layer> next = state.pending;
  next.push_back(layer);
  if (next.size() > 1 && next.front().kind() == "input") {
    state.build(Network::architecture(next));
    next.clear();
  }
  state.pending = std::move(next);
}

void Sequential::pop() {
  State& state = *state_;
  if (state.built()) {
    edit("remove", architecture_of(state.current()).layers.back().name);
    return;
  }
  if (state.pending.empty()) throw Error(ErrorCode::kFailedPrecondition, "the model has no layers to remove");
  state.pending.pop_back();
}

void Sequential::set(const std::string& layer, const Setting::Object& settings) {
  if (!state_->built())
    throw Error(ErrorCode::kFailedPrecondition, upkeep::format("there is no layer \"{}\" yet", layer),
                "give the settings when the layer is added");
  edit("set", to_text({layer, to_json(settings)}));
}

}  // namespace upkeep::api
