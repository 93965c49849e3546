// Where the channels are. Keras keeps them last, [batch, ..., channels]; ONNX's convolutions and pools want them second,
// [batch, channels, ...]. A layer works where its operators want the channels, and gives its result in Keras's order, as a transposition
// that the next layer sees through: chains of layers carry none. What nobody reads in the end is dropped.
#pragma once

#include <string_view>

#include "base/json.hpp"
#include "graph/ops.hpp"

namespace upkeep::layers {

// x, [batch, ..., channels], as [batch, channels, ...]. Where x is a transposition of such a value, that value itself.
Value channels_first(Ops& ops, const Value& x);
// x, [batch, channels, ...], as [batch, ..., channels].
Value channels_last(Ops& ops, const Value& x);
// Whether channels_first(ops, x) costs nothing.
bool has_channels_first(const Ops& ops, const Value& x);

// [batch, 1, ..., 1, channels], whose numbers stand alike in either order.
bool is_channel_vector(const Value& x);
// The same of [batch, channels, 1, ..., 1].
bool is_channel_vector_first(const Dims& dims);

// The same for a layer with a setting `data_format`: "channels_first" says that x is in that order already, and the result is to be.
Value channels_first(Ops& ops, const Value& x, std::string_view data_format);
Value in_data_format(Ops& ops, const Value& channels_first, std::string_view data_format);

// The two orders as Transpose takes them: from [batch, ..., channels] to [batch, channels, ...], [0, rank - 1, 1, ..., rank - 2], and back,
// [0, 2, ..., rank - 1, 1].
std::vector<std::int64_t> channels_first_order(std::size_t rank);
std::vector<std::int64_t> channels_last_order(std::size_t rank);
// An order of axes as the settings of the layer permute: without the batch.
Json permute_settings(const std::vector<std::int64_t>& order);

// Where an axis of [batch, ..., channels] is in [batch, channels, ...]; negative ones count from the end.
std::int64_t channels_first_axis(std::int64_t axis, std::size_t rank);
// Where an axis of [batch, channels, ...] is in [batch, ..., channels]: the channels are at -1.
std::int64_t channels_last_axis(std::int64_t axis, std::size_t rank);
// Dimensions of [batch, ..., channels] in the order [batch, channels, ...].
Dims channels_first_dims(const Dims& dims);

// f(x) for an f that works element by element, in whichever order x has.
template <typename F>
Value elementwise(Ops& ops, const Value& x, F&& f) {
  if (!has_channels_first(ops, x)) return f(x);
  return channels_last(ops, f(channels_first(ops, x)));
}

// Removes nodes that nobody reads: no node, and no output of the graph. `kept` are values that somebody will read.
void drop_unread(Graph& graph, const std::vector<std::string>& kept = {});

}  // namespace upkeep::layers
