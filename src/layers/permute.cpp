// Other order of the axes behind the batch: axis i of the result is axis dims[i - 1] of the input, both counted from 1.

#include <algorithm>
#include <numeric>

#include "base/format.hpp"
#include "layers/layer.hpp"
#include "layers/view/graph_view.hpp"
#include "layers/view/layout.hpp"

namespace upkeep {
namespace layers {

struct PermuteOptions {
  std::vector<std::int64_t> dims;
};

}  // namespace layers

template <>
const Settings settings<layers::PermuteOptions> = describe<layers::PermuteOptions>(
    "permute", "another order of the axes",
    field("dims", &layers::PermuteOptions::dims, "which axis stands where, counted from 1 behind the batch: [2, 1]; must be given"));

namespace layers {
namespace {

class Permute : public Layer {
 public:
  using Options = PermuteOptions;
  explicit Permute(Options options) : dims_(std::move(options.dims)) {
    std::vector<std::int64_t> all(dims_.size());
    std::iota(all.begin(), all.end(), 1);
    if (dims_.empty() || !std::ranges::is_permutation(dims_, all))
      throw Error(ErrorCode::kInvalidArgument, "permute.dims: " + Json(dims_).dump() + " is not an order of axes",
                  "each number from 1 on once, such as dims: [2, 1]");
  }

  Value build(const BuildContext& context) const override {
    const Value x = context.inputs[0];
    if (x.rank() != dims_.size() + 1)
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("it expects an input of {} axes with the batch, got {}", dims_.size() + 1, to_string(x.dims())));
    std::vector<std::int64_t> order = {0};
    order.insert(order.end(), dims_.begin(), dims_.end());
    if (order == channels_first_order(x.rank()) && has_channels_first(context.ops, x)) return channels_first(context.ops, x);
    if (order == channels_last_order(x.rank()) && x.rank() > 2) return channels_last(context.ops, x);
    return context.ops.transpose(x, std::move(order));
  }

 private:
  std::vector<std::int64_t> dims_;
};

std::optional<Recognised> recognise_permute(const GraphView& graph, std::size_t index) {
  const Node& node = graph.nodes[index];
  const auto order = node.get<std::vector<std::int64_t>>("perm", {});
  if (!is_op(node, "Transpose") || order.size() < 2 || order[0] != 0) return std::nullopt;
  return Recognised{.settings = permute_settings(order), .nodes = {index}, .inputs = {node.inputs[0]}, .output = node.outputs[0]};
}

}  // namespace

void add_permute(LayerCatalog& catalog) { catalog.add(entry<Permute>("Permute", recognise_permute)); }

}  // namespace layers
}  // namespace upkeep
