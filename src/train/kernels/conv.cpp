// Conv and its gradients by oneDNN, and the Relu after it in the same pass.
//
//   Conv       y = activation(w * x + b)
//   ConvGrad   dz = dy where y > 0 (with Relu), else dy       dx = dz correlated with w      dw = x correlated with dz      db = sum of dz
//
// oneDNN computes in layouts of its own (blocks of 8 or 16 channels). Changing the layout of a tensor costs a twentieth of a convolution;
// what is prepared for a shape is kept.

#include <array>

#include "train/gradients/rule.hpp"
#include "train/kernels/conv_shape.hpp"
#include "train/kernels/shared/onednn.hpp"

namespace upkeep::kernels {
namespace {

using onednn::Bridge;
using onednn::Layout;
using onednn::Primitive;
using onednn::Sizes;

struct ConvAttributes {
  explicit ConvAttributes(const KernelAttributes& from) : geometry(geometry_of(from)), relu(from.text("activation", "") == "Relu") {}
  ConvGeometry geometry;
  bool relu;
};

// The tensors of one convolution as oneDNN wants to be told of them.
struct ConvSizes {
  ConvSizes(const Shape& x, const Shape& w, const ConvGeometry& geometry) : input(x), shape(w), plan(window_plan(geometry, x, w)) {
    weights = w;
    if (geometry.group > 1) {
      weights[0] /= geometry.group;
      weights.insert(weights.begin(), geometry.group);
    }
    output = {x[0], w[0]};
    output.insert(output.end(), plan.output.begin(), plan.output.end());
    for (const std::int64_t dilation : plan.dilations) dilates.push_back(dilation - 1);
  }
  bool fits(const Shape& x, const Shape& w, int for_threads) const { return x == input && w == shape && threads == for_threads; }
  bool empty() const { return element_count(output) == 0 || element_count(input) == 0; }

  Shape input, shape;  // of x and w as given
  WindowPlan plan;
  Sizes weights, output, dilates;  // with a leading dimension for groups
  int threads = 0;
};

// --- forward -------------------------------------------------------------------------------------------------------

Primitive forward_primitive(const ConvSizes& sizes, bool bias, bool relu) {
  const onednn::Library& dnnl = onednn::library();
  dnnl_primitive_attr_t attributes = nullptr;
  onednn::check(dnnl.primitive_attr_create(&attributes), "attributes");
  if (relu) {
    dnnl_post_ops_t after = nullptr;
    onednn::check(dnnl.post_ops_create(&after), "attributes");
    onednn::check(dnnl.post_ops_append_eltwise(after, dnnl_eltwise_relu, 0, 0), "attributes");
    onednn::check(dnnl.primitive_attr_set_post_ops(attributes, after), "attributes");
    dnnl.post_ops_destroy(after);
  }
  const Layout b = bias ? Layout::rows({sizes.output[1]}) : Layout();
  dnnl_primitive_desc_t made = nullptr;
  const dnnl_status_t status = dnnl.convolution_forward_primitive_desc_create(
      &made, dnnl.engine, dnnl_forward_training, dnnl_convolution_direct, Layout::any(sizes.input).get(), Layout::any(sizes.weights).get(),
      b.get(), Layout::any(sizes.output).get(), sizes.plan.strides.data(), sizes.dilates.data(), sizes.plan.begin.data(),
      sizes.plan.end.data(), attributes);
  dnnl.primitive_attr_destroy(attributes);
  onednn::check(status, "a convolution");
  return Primitive(made);
}

struct ForwardPlan {
  ForwardPlan(ConvSizes made, bool with_bias, bool relu) : sizes(std::move(made)), bias(with_bias) {
    if (sizes.empty()) return;
    primitive = forward_primitive(sizes, bias, relu);
    x = Bridge(Layout::rows(sizes.input), primitive.layout(dnnl_query_src_md));
    w = Bridge(Layout::rows(sizes.weights), primitive.layout(dnnl_query_weights_md));
    y = Bridge(Layout::rows(sizes.output), primitive.layout(dnnl_query_dst_md));
    if (bias) b = Layout::rows({sizes.output[1]});
  }
  void run(const float* x_data, const float* w_data, const float* b_data, float* y_data) {
    const void* source = x.in(x_data);
    const void* weights = w.in(w_data);
    void* destination = y.out(y_data);
    if (bias)
      primitive.run({{DNNL_ARG_SRC, x.layout(), source},
                     {DNNL_ARG_WEIGHTS, w.layout(), weights},
                     {DNNL_ARG_BIAS, b, b_data},
                     {DNNL_ARG_DST, y.layout(), destination}});
    else
      primitive.run({{DNNL_ARG_SRC, x.layout(), source}, {DNNL_ARG_WEIGHTS, w.layout(), weights}, {DNNL_ARG_DST, y.layout(), destination}});
    y.finish(y_data);
  }

  ConvSizes sizes;
  bool bias;
  Primitive primitive;
  Bridge x, w, y;
  Layout b;
};

// What was prepared for the latest shapes: a full batch and the last one of an epoch.
template <typename Plan>
class Plans {
 public:
  template <typename Make>
  Plan& at(const Shape& x, const Shape& w, int threads, const Make& make) {
    for (Plan& plan : plans_)
      if (plan.sizes.fits(x, w, threads)) return plan;
    if (plans_.size() == 2) plans_.erase(plans_.begin());
    plans_.push_back(make());
    plans_.back().sizes.threads = threads;
    return plans_.back();
  }

 private:
  std::vector<Plan> plans_;
};

class ConvKernel : public Kernel {
 public:
  explicit ConvKernel(const KernelAttributes& attributes) : attributes_(attributes) {}
  void run(KernelContext& context) override {
    onednn::library().set_threads(context.threads());
    const Shape x = context.shape(0);
    const Shape w = context.shape(1);
    const bool bias = context.has(2);
    ForwardPlan& plan =
        plans_.at(x, w, context.threads(), [&] { return ForwardPlan(ConvSizes(x, w, attributes_.geometry), bias, attributes_.relu); });
    float* y = context.output<float>(0, plan.sizes.output);
    if (!y || element_count(plan.sizes.output) == 0) return;
    plan.run(context.input<float>(0), context.input<float>(1), bias ? context.input<float>(2) : nullptr, y);
  }

 private:
  ConvAttributes attributes_;
  Plans<ForwardPlan> plans_;
};

// --- gradients -----------------------------------------------------------------------------------------------------

struct GradPlan {
  GradPlan(ConvSizes described, bool bias) : sizes(std::move(described)) {
    if (sizes.empty()) return;
    hint = forward_primitive(sizes, bias, false);
    const onednn::Library& dnnl = onednn::library();
    if (bias) b = Layout::rows({sizes.output[1]});
    dnnl_primitive_desc_t made = nullptr;
    onednn::check(dnnl.convolution_backward_weights_primitive_desc_create(
                      &made, dnnl.engine, dnnl_convolution_direct, Layout::any(sizes.input).get(), Layout::any(sizes.weights).get(),
                      b.get(), Layout::any(sizes.output).get(), sizes.plan.strides.data(), sizes.dilates.data(), sizes.plan.begin.data(),
                      sizes.plan.end.data(), hint.description(), nullptr),
                  "a convolution's gradient");
    by_weights = Primitive(made);
    x = Bridge(Layout::rows(sizes.input), by_weights.layout(dnnl_query_src_md));
    dw = Bridge(Layout::rows(sizes.weights), by_weights.layout(dnnl_query_diff_weights_md));
    dy = Bridge(Layout::rows(sizes.output), by_weights.layout(dnnl_query_diff_dst_md));
  }

  // When first wanted; in the layout that dy already has, where it suits.
  void make_data() {
    const onednn::Library& dnnl = onednn::library();
    dnnl_primitive_desc_t made = nullptr;
    for (const Layout& wanted : {dy.layout(), Layout::any(sizes.output)}) {
      const dnnl_status_t status = dnnl.convolution_backward_data_primitive_desc_create(
          &made, dnnl.engine, dnnl_convolution_direct, Layout::any(sizes.input).get(), Layout::any(sizes.weights).get(), wanted.get(),
          sizes.plan.strides.data(), sizes.dilates.data(), sizes.plan.begin.data(), sizes.plan.end.data(), hint.description(), nullptr);
      if (status == dnnl_success) break;
      if (!(wanted == dy.layout())) onednn::check(status, "a convolution's gradient");
    }
    by_data = Primitive(made);
    w = Bridge(Layout::rows(sizes.weights), by_data.layout(dnnl_query_weights_md));
    dx = Bridge(Layout::rows(sizes.input), by_data.layout(dnnl_query_diff_src_md));
    dy_again = Bridge(dy.layout(), by_data.layout(dnnl_query_diff_dst_md));
  }

  void weights(const float* x_data, const void* dz, float* dw_data, float* db_data) {
    const void* source = x.in(x_data);
    void* made = dw.out(dw_data);
    if (b.get())
      by_weights.run({{DNNL_ARG_SRC, x.layout(), source},
                      {DNNL_ARG_DIFF_DST, dy.layout(), dz},
                      {DNNL_ARG_DIFF_WEIGHTS, dw.layout(), made},
                      {DNNL_ARG_DIFF_BIAS, b, db_data}});
    else
      by_weights.run(
          {{DNNL_ARG_SRC, x.layout(), source}, {DNNL_ARG_DIFF_DST, dy.layout(), dz}, {DNNL_ARG_DIFF_WEIGHTS, dw.layout(), made}});
    dw.finish(dw_data);
  }

  void data(const float* w_data, const void* dz, float* dx_data) {
    if (!by_data) make_data();
    const void* weights_in = w.in(w_data);
    const void* gradient = dy_again.in(dz);
    void* made = dx.out(dx_data);
    by_data.run({{DNNL_ARG_DIFF_DST, dy_again.layout(), gradient},
                 {DNNL_ARG_WEIGHTS, w.layout(), weights_in},
                 {DNNL_ARG_DIFF_SRC, dx.layout(), made}});
    dx.finish(dx_data);
  }

  ConvSizes sizes;
  Primitive hint, by_weights, by_data;
  Bridge x, w, dx, dw, dy, dy_again;
  Layout b;
  std::vector<float> masked;  // dz, row-major
};

class ConvGradKernel : public Kernel {
 public:
  explicit ConvGradKernel(const KernelAttributes& attributes) : attributes_(attributes) {}
  void run(KernelContext& context) override {
    onednn::library().set_threads(context.threads());
    const Shape x = context.shape(0);
    const Shape w = context.shape(1);
    float* dx = context.output<float>(0, x);
    float* dw = context.output<float>(1, w);
    float* db = context.output<float>(2, {w[0]});
    GradPlan& plan = plans_.at(x, w, context.threads(), [&] { return GradPlan(ConvSizes(x, w, attributes_.geometry), db != nullptr); });
    if (plan.sizes.empty()) return clear(plan.sizes, dx, dw, db);
    const void* dz = plan.dy.in(arriving(context, plan));
    if (dw || db) {
      if (!dw) plan.masked.resize(std::max(plan.masked.size(), static_cast<std::size_t>(element_count(w))));
      plan.weights(context.input<float>(0), dz, dw ? dw : plan.masked.data(), db);
    }
    if (dx) plan.data(context.input<float>(1), dz, dx);
  }

 private:
  // dy, without what the activation holds back.
  const float* arriving(KernelContext& context, GradPlan& plan) const {
    const float* dy = context.input<float>(2);
    if (!attributes_.relu) return dy;
    const float* y = context.input<float>(3);
    const std::int64_t count = element_count(plan.sizes.output);
    plan.masked.resize(static_cast<std::size_t>(count));
    float* dz = plan.masked.data();
    context.parallel_for(count, 16 << 10, [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) dz[i] = y[i] > 0 ? dy[i] : 0.0F;
    });
    return dz;
  }

  static void clear(const ConvSizes& sizes, float* dx, float* dw, float* db) {
    if (dx) std::fill_n(dx, element_count(sizes.input), 0.0F);
    if (dw) std::fill_n(dw, element_count(sizes.shape), 0.0F);
    if (db) std::fill_n(db, sizes.shape[0], 0.0F);
  }

  ConvAttributes attributes_;
  Plans<GradPlan> plans_;
};

// --- in graphs -----------------------------------------------------------------------------------------------------

bool has_relu(const std::vector<Attribute>& attributes) {
  return std::ranges::any_of(attributes, [](const Attribute& one) { return one.name == "activation"; });
}

Node standard_conv(const std::vector<Attribute>& attributes) {
  Node node{.op = "Conv", .domain = {}, .name = {}, .inputs = {"x", "w", "b"}, .outputs = {"y"}};
  for (const Attribute& attribute : attributes)
    if (attribute.name != "activation") node.attributes.push_back(attribute);
  return node;
}

std::vector<Value> expand_conv(Ops& ops, const Node& node, const std::vector<Value>& inputs) {
  const Value y = ops.node("Conv", inputs, standard_conv(node.attributes).attributes);
  return {has_relu(node.attributes) ? ops.relu(y) : y};
}

std::vector<Value> expand_grad(Ops& ops, const Node& node, const std::vector<Value>& inputs) {
  Value grad = inputs[2];
  if (has_relu(node.attributes)) {
    const Node relu{.op = "Relu", .domain = {}, .name = {}, .inputs = {"z"}, .outputs = {"y"}};
    grad = by_rule(ops, relu, {Value()}, {inputs[3]}, {grad}, {true})[0];
  }
  return by_rule(ops, standard_conv(node.attributes), {inputs[0], inputs[1], Value()}, {inputs[2]}, {grad}, wanted_outputs(node, 3));
}

std::vector<ValueType> infer_conv(const std::vector<Value>& inputs, const std::vector<Attribute>& attributes) {
  return {{DType::kFloat32, conv_output_dims(attributes, inputs[0].dims(), inputs[1].dims()), {}}};
}

std::vector<ValueType> infer_grad(const std::vector<Value>& inputs, const std::vector<Attribute>&) {
  return {
      {DType::kFloat32, inputs[0].dims(), {}}, {DType::kFloat32, inputs[1].dims(), {}}, {DType::kFloat32, Dims{inputs[1].dims()[0]}, {}}};
}

gradients::Grads conv_rule(const gradients::ForwardNode& node, Ops& ops) {
  std::vector<Value> inputs = {node.input(0), node.input(1), gradients::full_grad(node, ops)};
  if (has_relu(node.node().attributes)) inputs.push_back(node.output(0));
  return apply(ops, "ConvGrad", inputs, node.node().attributes, {node.wants(0), node.wants(1), node.wants(2)});
}

bool can_convolve(const Node& node, Ops& ops) {
  if (node.op != "Conv" || !node.domain.empty()) return false;
  std::vector<Value> inputs;
  for (const std::string& name : node.inputs) inputs.push_back(name.empty() ? Value() : ops.existing(name));
  const bool known = takes("Conv", inputs) && std::ranges::all_of(inputs[1].dims(), &Dim::known);
  return known && inputs[0].rank() >= 3 && inputs[0].rank() <= 5 && onednn::available();
}

std::vector<Value> fused(const Node& node, Ops& ops, bool relu) {
  std::vector<Value> inputs;
  for (const std::string& name : node.inputs) inputs.push_back(name.empty() ? Value() : ops.existing(name));
  std::vector<Attribute> attributes = node.attributes;
  if (relu) attributes.push_back({"activation", std::string("Relu")});
  return apply(ops, "Conv", inputs, attributes);
}

std::vector<Value> fuse_conv(const Place& place, Ops& ops) {
  const Node& node = place.node();
  if (can_convolve(node, ops)) return fused(node, ops, false);
  if (node.op != "Relu" || !node.domain.empty()) return {};
  const Node* before = place.producer(node.inputs[0]);
  if (!before || !can_convolve(*before, ops) || !place.only_reader(node.inputs[0])) return {};
  return fused(*before, ops, true);
}

}  // namespace

void add_conv(KernelCatalog& catalog) {
  catalog.add({.name = "Conv",
               .help = "y = activation(w * x + b)",
               .inputs = {DType::kFloat32, DType::kFloat32, DType::kFloat32},
               .optional_inputs = 1,
               .outputs = {DType::kFloat32},
               .infer = infer_conv,
               .expand = expand_conv,
               .make = [](const KernelAttributes& attributes) { return std::make_unique<ConvKernel>(attributes); },
               .rules = {{"upkeep:Conv", conv_rule}},
               .fuse = fuse_conv});
  catalog.add({.name = "ConvGrad",
               .help = "gradients of Conv: dx, dw, db from x, w, dy and, with an activation, y",
               .inputs = {DType::kFloat32, DType::kFloat32, DType::kFloat32, DType::kFloat32},
               .optional_inputs = 1,
               .outputs = {DType::kFloat32, DType::kFloat32, DType::kFloat32},
               .infer = infer_grad,
               .expand = expand_grad,
               .make = [](const KernelAttributes& attributes) { return std::make_unique<ConvGradKernel>(attributes); }});
}

}  // namespace upkeep::kernels
