// The products of two inputs, summed over one axis of each:  y[b, i..., j...] = sum over k of x1[b, i..., k] * x2[b, k, j...]
// With `normalize`, both are divided by their length along that axis before. Two vectors give [batch, 1].

#include "base/format.hpp"
#include "layers/layer.hpp"

namespace upkeep {
namespace layers {

struct DotOptions {
  Json axes = nullptr;
  bool normalize = false;
};

}  // namespace layers

template <>
const Settings settings<layers::DotOptions> = describe<layers::DotOptions>(
    "dot", "products summed over one axis of each of two inputs",
    field("axes", &layers::DotOptions::axes, "the axis of both, or one of each, the batch being 0; must be given"),
    field("normalize", &layers::DotOptions::normalize, "give both a length of 1 along the axis before: the cosine"));

namespace layers {
namespace {

class Dot : public Layer {
 public:
  using Options = DotOptions;
  explicit Dot(const Options& options) : normalize_(options.normalize) {
    if (!options.axes.is_null()) axes_ = in_context("dot.axes", [&] { return from_json_checked<std::vector<std::int64_t>>(options.axes); });
    if (options.axes.is_number()) axes_.push_back(axes_[0]);
    if (axes_.size() != 2) throw Error(ErrorCode::kInvalidArgument, "a dot layer needs one axis or two", "such as axes: 1");
  }

  InputCount input_count() const override { return kTwoInputs; }
  Value mask(const BuildContext&) const override { return {}; }

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    Value x = ops.cast(context.inputs[0], DType::kFloat32);
    Value y = ops.cast(context.inputs[1], DType::kFloat32);
    const std::size_t a = place(x.dims(), axes_[0]), b = place(y.dims(), axes_[1]);
    if (x.dims()[a].known() && y.dims()[b].known() && x.dims()[a] != y.dims()[b])
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("axis {} of {} and axis {} of {} differ", a, to_string(x.dims()), b, to_string(y.dims())));
    if (normalize_) {
      x = unit(ops, x, a);
      y = unit(ops, y, b);
    }
    if (x.rank() == 2 && y.rank() == 2) return ops.reduce_sum(ops.mul(x, y), {1}, true);
    return ops.node("Einsum", {x, y}, {{"equation", equation(x.rank(), a, y.rank(), b), {}}});
  }

 private:
  static std::size_t place(const Dims& input, std::int64_t axis) {
    const auto rank = static_cast<std::int64_t>(input.size());
    const std::int64_t front = axis < 0 ? axis + rank : axis;
    if (front < 1 || front >= rank)
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} has no axis {} to sum over", to_string(input), axis),
                  upkeep::format("1 to {}", rank - 1));
    return static_cast<std::size_t>(front);
  }

  // x * min(1 / sqrt(sum of squares), 1e7), as keras.ops.normalize
  static Value unit(Ops& ops, const Value& x, std::size_t axis) {
    constexpr float kMost = 1e7F;
    const Value squares = ops.reduce_sum(ops.mul(x, x), {static_cast<std::int64_t>(axis)}, true);
    return ops.mul(x, ops.min(ops.reciprocal(ops.sqrt(squares)), ops.constant(kMost)));
  }

  // a is the batch, b the summed axis, the others follow: "acb,abd->acd".
  static std::string equation(std::size_t rank_x, std::size_t axis_x, std::size_t rank_y, std::size_t axis_y) {
    char next = 'c';
    std::string rest;
    const auto letters = [&](std::size_t rank, std::size_t axis) {
      std::string all = "a";
      for (std::size_t i = 1; i < rank; ++i) {
        if (i != axis) rest += next;
        all += i == axis ? 'b' : next++;
      }
      return all;
    };
    const std::string x = letters(rank_x, axis_x);
    const std::string y = letters(rank_y, axis_y);
    return x + "," + y + "->a" + rest;
  }

  std::vector<std::int64_t> axes_;
  bool normalize_;
};

}  // namespace

void add_dot(LayerCatalog& catalog) {
  LayerEntry made = entry<Dot>("Dot");
  made.reads_list = true;
  catalog.add(std::move(made));
}

}  // namespace layers
}  // namespace upkeep
