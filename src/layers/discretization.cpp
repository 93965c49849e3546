// The number of the interval that a value lies in: how many of the ascending boundaries are at or below it.

#include <algorithm>

#include "layers/category_encoding.hpp"
#include "layers/layer.hpp"

namespace upkeep {
namespace layers {

struct DiscretizationOptions {
  Json bin_boundaries = nullptr;
  Json num_bins = nullptr;
  double epsilon = 0.01;
  std::string output_mode = "int";
};

}  // namespace layers

template <>
const Settings settings<layers::DiscretizationOptions> = describe<layers::DiscretizationOptions>(
    "discretization", "numbers of intervals, as integers or vectors",
    field("bin_boundaries", &layers::DiscretizationOptions::bin_boundaries, "ascending ends of the intervals; must be given"),
    field("num_bins", &layers::DiscretizationOptions::num_bins, "kept for Keras, which finds boundaries for so many intervals"),
    field("epsilon", &layers::DiscretizationOptions::epsilon, "kept for Keras's search for boundaries"),
    field("output_mode", &layers::DiscretizationOptions::output_mode, "integers, a vector per value, or one per example",
          one_of({"int", "one_hot", "multi_hot", "count"})));

namespace layers {
namespace {

class Discretization : public Layer {
 public:
  using Options = DiscretizationOptions;

  explicit Discretization(const Options& options) : mode_(options.output_mode) {
    if (options.bin_boundaries.is_null())
      throw Error(ErrorCode::kInvalidArgument, "discretization needs boundaries",
                  "such as bin_boundaries: [0, 0.5, 1], or adapt it in Keras");
    boundaries_ =
        in_context("discretization.bin_boundaries", [&] { return from_json_checked<std::vector<float>>(options.bin_boundaries); });
    if (!std::ranges::is_sorted(boundaries_))
      throw Error(ErrorCode::kInvalidArgument, "the boundaries " + options.bin_boundaries.dump() + " do not ascend");
  }

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    const auto count = static_cast<std::int64_t>(boundaries_.size());
    const Value x = ops.unsqueeze(ops.cast(context.inputs[0], DType::kFloat32), {-1});
    const Value reached = ops.node("Not", {ops.less(x, ops.constant(Tensor({count}, boundaries_)))});
    const Value bins = ops.reduce_sum(ops.cast(reached, DType::kInt32), {-1});
    return mode_ == "int" ? bins : encode_categories(ops, ops.cast(bins, DType::kInt64), mode_, count + 1);
  }

 private:
  std::vector<float> boundaries_;
  std::string mode_;
};

}  // namespace

void add_discretization(LayerCatalog& catalog) { catalog.add(entry<Discretization>("Discretization")); }

}  // namespace layers
}  // namespace upkeep
