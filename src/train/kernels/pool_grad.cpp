// Gradients of poolings.
//
//   MaxPoolGrad       each dy goes to the first largest element of its window, which is looked for again: reading x once more costs less
//                     than writing indices in the forward pass, reading them and scattering by them
//   AveragePoolGrad   each dy is spread over its window, divided by how many elements were averaged

#include "train/gradients/rule.hpp"
#include "train/kernels/conv_shape.hpp"

namespace upkeep::kernels {
namespace {

// Any number of spatial axes up to three as three: the missing ones have size 1.
struct Cube {
  std::int64_t planes;
  std::array<std::int64_t, 3> size{1, 1, 1}, output{1, 1, 1}, kernel{1, 1, 1}, stride{1, 1, 1}, dilation{1, 1, 1}, begin{}, end{};

  Cube(const ConvGeometry& geometry, const Shape& x) : planes(x[0] * x[1]) {
    const WindowPlan plan = window_plan(geometry, x);
    const std::size_t missing = 5 - x.size();
    for (std::size_t axis = 0; axis + 2 < x.size(); ++axis) {
      const std::size_t at = axis + missing;
      size[at] = x[axis + 2], output[at] = plan.output[axis], kernel[at] = plan.kernel[axis], stride[at] = plan.strides[axis];
      dilation[at] = plan.dilations[axis], begin[at] = plan.begin[axis], end[at] = plan.end[axis];
    }
  }
  std::int64_t plane_size() const { return size[0] * size[1] * size[2]; }
  std::int64_t plane_outputs() const { return output[0] * output[1] * output[2]; }

  // Calls visit(index of the output, ranges) for each window of a plane; a range holds the kernel's positions that lie inside the input.
  struct Range {
    std::int64_t start, first, last;  // start + k * dilation for k in [first, last)
  };
  template <typename Visit>
  void each_window(const Visit& visit) const {
    std::int64_t index = 0;
    for (std::int64_t a = 0; a < output[0]; ++a)
      for (std::int64_t b = 0; b < output[1]; ++b)
        for (std::int64_t c = 0; c < output[2]; ++c) visit(index++, range(0, a), range(1, b), range(2, c));
  }
  Range range(std::size_t axis, std::int64_t at) const {
    const std::int64_t start = at * stride[axis] - begin[axis];
    const std::int64_t step = dilation[axis];
    const std::int64_t first = start < 0 ? (-start + step - 1) / step : 0;
    const std::int64_t last = std::min(kernel[axis], (size[axis] - start + step - 1) / step);
    return {start, first, last};
  }
  template <typename Visit>
  void each_element(const Range& a, const Range& b, const Range& c, const Visit& visit) const {
    for (std::int64_t i = a.first; i < a.last; ++i)
      for (std::int64_t j = b.first; j < b.last; ++j) {
        const std::int64_t row = ((a.start + i * dilation[0]) * size[1] + b.start + j * dilation[1]) * size[2];
        for (std::int64_t k = c.first; k < c.last; ++k) visit(row + c.start + k * dilation[2]);
      }
  }
};

bool two_by_two(const Cube& cube) {
  const std::array<std::int64_t, 3> twos{1, 2, 2}, ones{1, 1, 1}, zeros{};
  return cube.kernel == twos && cube.stride == twos && cube.dilation == ones && cube.begin == zeros && cube.output[1] * 2 <= cube.size[1] &&
         cube.output[2] * 2 <= cube.size[2];
}

// Windows that do not overlap: every element is written once, without a branch.
void max_two_by_two(const Cube& cube, const float* x, const float* dy, float* dx) {
  const std::int64_t width = cube.size[2];
  for (std::int64_t row = 0; row < cube.output[1]; ++row) {
    const float* upper = x + 2 * row * width;
    const float* lower = upper + width;
    float* to_upper = dx + 2 * row * width;
    float* to_lower = to_upper + width;
    for (std::int64_t i = 0; i < cube.output[2]; ++i) {
      const float a = upper[2 * i], b = upper[2 * i + 1], c = lower[2 * i], d = lower[2 * i + 1];
      const float top = std::max(a, b), bottom = std::max(c, d), grad = *dy++;
      const bool above = top >= bottom;
      to_upper[2 * i] = above && a >= b ? grad : 0.0F;
      to_upper[2 * i + 1] = above && a < b ? grad : 0.0F;
      to_lower[2 * i] = !above && c >= d ? grad : 0.0F;
      to_lower[2 * i + 1] = !above && c < d ? grad : 0.0F;
    }
    for (std::int64_t i = 2 * cube.output[2]; i < width; ++i) to_upper[i] = to_lower[i] = 0.0F;
  }
  std::fill(dx + 2 * cube.output[1] * width, dx + cube.plane_size(), 0.0F);
}

void max_plane(const Cube& cube, const float* x, const float* dy, float* dx) {
  if (two_by_two(cube)) return max_two_by_two(cube, x, dy, dx);
  std::fill_n(dx, cube.plane_size(), 0.0F);
  cube.each_window([&](std::int64_t index, const Cube::Range& a, const Cube::Range& b, const Cube::Range& c) {
    std::int64_t best = -1;
    cube.each_element(a, b, c, [&](std::int64_t at) {
      if (best < 0 || x[at] > x[best]) best = at;
    });
    if (best >= 0) dx[best] += dy[index];
  });
}

// How many positions were averaged along one axis: those inside the input, or inside its padding too.
std::int64_t averaged(const Cube& cube, std::size_t axis, const Cube::Range& range, bool padding) {
  if (!padding) return range.last - range.first;
  const std::int64_t reach = cube.size[axis] + cube.end[axis] - range.start;
  return std::min(cube.kernel[axis], (reach + cube.dilation[axis] - 1) / cube.dilation[axis]);
}

void average_plane(const Cube& cube, bool padding, const float* dy, float* dx) {
  std::fill_n(dx, cube.plane_size(), 0.0F);
  cube.each_window([&](std::int64_t index, const Cube::Range& a, const Cube::Range& b, const Cube::Range& c) {
    const std::int64_t count = averaged(cube, 0, a, padding) * averaged(cube, 1, b, padding) * averaged(cube, 2, c, padding);
    const float share = dy[index] / static_cast<float>(count);
    cube.each_element(a, b, c, [&](std::int64_t at) { dx[at] += share; });
  });
}

// (x, dy) -> dx, plane by plane.
class PoolGrad : public Kernel {
 public:
  explicit PoolGrad(const KernelAttributes& attributes)
      : geometry_(geometry_of(attributes)), padding_(attributes.integer("count_include_pad", 0) != 0) {}
  void run(KernelContext& context) override {
    const Shape shape = context.shape(0);
    float* dx = context.output<float>(0, shape);
    if (!dx || element_count(shape) == 0) return;
    const Cube cube(geometry_, shape);
    const float* x = context.input<float>(0);
    const float* dy = context.input<float>(1);
    const std::int64_t grain = (16 << 10) / std::max<std::int64_t>(cube.plane_size(), 1) + 1;
    context.parallel_for(cube.planes, grain, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i)
        plane(cube, x + i * cube.plane_size(), dy + i * cube.plane_outputs(), dx + i * cube.plane_size());
    });
  }

 protected:
  virtual void plane(const Cube& cube, const float* x, const float* dy, float* dx) const = 0;
  bool padding() const { return padding_; }

 private:
  ConvGeometry geometry_;
  bool padding_;
};

class MaxPoolGrad : public PoolGrad {
  using PoolGrad::PoolGrad;
  void plane(const Cube& cube, const float* x, const float* dy, float* dx) const override { max_plane(cube, x, dy, dx); }
};

class AveragePoolGrad : public PoolGrad {
  using PoolGrad::PoolGrad;
  void plane(const Cube& cube, const float*, const float* dy, float* dx) const override { average_plane(cube, padding(), dy, dx); }
};

Expansion expand_pool(const std::string& op, std::size_t outputs) {
  return [op, outputs](Ops& ops, const Node& node, const std::vector<Value>& inputs) {
    Node forward{.op = op, .domain = {}, .name = {}, .inputs = {"x"}, .outputs = {}, .attributes = node.attributes};
    const std::vector<Value> made = ops.nodes(op, {inputs[0]}, outputs, node.attributes);
    for (const Value& output : made) forward.outputs.push_back(output.name());
    return by_rule(ops, forward, {inputs[0]}, made, {inputs[1], Value()}, {true});
  };
}

gradients::Rule pool_rule(const std::string& kernel) {
  return [kernel](const gradients::ForwardNode& node, Ops& ops) -> gradients::Grads {
    const Value x = node.input(0);
    if (!node.grad(0) || !takes(kernel, {x, node.grad(0)}) || x.rank() < 3 || x.rank() > 5) return {};
    return apply(ops, kernel, {x, gradients::full_grad(node, ops)}, node.node().attributes);
  };
}

template <typename Made>
void add_pool(KernelCatalog& catalog, const std::string& op, const std::string& help, std::size_t outputs) {
  catalog.add({.name = op + "Grad",
               .help = help,
               .inputs = {DType::kFloat32, DType::kFloat32},
               .outputs = {DType::kFloat32},
               .infer = like({0}),
               .expand = expand_pool(op, outputs),
               .make = [](const KernelAttributes& attributes) { return std::make_unique<Made>(attributes); },
               .rules = {{op, pool_rule(op + "Grad")}}});
}

}  // namespace

void add_pool_grad(KernelCatalog& catalog) {
  add_pool<MaxPoolGrad>(catalog, "MaxPool", "dy to the largest element of each window of x", 2);
  add_pool<AveragePoolGrad>(catalog, "AveragePool", "dy spread over each window of x", 1);
}

}  // namespace upkeep::kernels
