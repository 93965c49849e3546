#include "layers/layer.hpp"

#include "layers/view/layout.hpp"

namespace upkeep::layers {

std::vector<WeightSpec> Layer::weights(const std::vector<Dims>&) const { return {}; }

Value Layer::mask(const BuildContext& context) const { return supports_masking() ? context.mask(0) : Value(); }

std::optional<ChannelsLastForm> in_any_order(Json settings, const Dims&) { return ChannelsLastForm{std::move(settings)}; }

std::optional<ChannelsLastForm> with_axis_moved(Json settings, const Dims& input) {
  settings["axis"] = channels_last_axis(settings.value("axis", std::int64_t{-1}), input.size());
  return ChannelsLastForm{std::move(settings)};
}

std::optional<ChannelsLastForm> of_channel_vectors(Json settings, const Dims& input) {
  if (!is_channel_vector_first(input)) return std::nullopt;
  return ChannelsLastForm{std::move(settings)};
}

}  // namespace upkeep::layers
