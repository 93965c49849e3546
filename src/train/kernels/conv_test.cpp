#include <algorithm>
#include <array>

#include "runtime/session.hpp"
#include "train/kernels/kernel_test.hpp"

namespace upkeep::kernels {
namespace {

struct ConvCase {
  const char* what;
  Shape x, w;
  std::vector<Attribute> attributes = {};
};

using ConvInts = std::vector<std::int64_t>;

std::vector<ConvCase> conv_cases() {
  const auto ints = [](const char* name, ConvInts values) { return Attribute{name, std::move(values)}; };
  return {
      {"3x3", {2, 3, 7, 6}, {5, 3, 3, 3}},
      {"one channel", {4, 1, 28, 28}, {32, 1, 3, 3}},
      {"blocks of channels", {3, 32, 10, 9}, {16, 32, 3, 3}},
      {"odd channels", {2, 13, 8, 8}, {11, 13, 3, 3}},
      {"padded, strided", {2, 4, 9, 8}, {6, 4, 3, 3}, {ints("strides", {2, 2}), ints("pads", {1, 1, 1, 1})}},
      {"unequal padding", {1, 2, 5, 6}, {3, 2, 2, 3}, {ints("pads", {1, 0, 0, 2})}},
      {"rows left over", {2, 8, 8, 8}, {8, 8, 3, 3}, {ints("strides", {2, 3})}},
      {"dilated", {2, 3, 9, 9}, {4, 3, 3, 2}, {ints("dilations", {2, 3})}},
      {"depthwise", {2, 16, 9, 9}, {16, 1, 3, 3}, {{"group", std::int64_t{16}}, ints("pads", {1, 1, 1, 1})}},
      {"depthwise with a multiplier", {2, 3, 6, 6}, {6, 1, 3, 3}, {{"group", std::int64_t{3}}}},
      {"groups", {2, 8, 6, 6}, {12, 4, 3, 3}, {{"group", std::int64_t{2}}}},
      {"1x1", {2, 24, 7, 7}, {40, 24, 1, 1}},
      {"1x1 strided", {2, 24, 7, 7}, {40, 24, 1, 1}, {ints("strides", {2, 2})}},
      {"same, upper", {2, 3, 8, 7}, {4, 3, 3, 2}, {{"auto_pad", std::string("SAME_UPPER")}, ints("strides", {2, 2})}},
      {"one axis", {3, 5, 12}, {7, 5, 4}, {ints("pads", {2, 1})}},
      {"three axes", {1, 2, 4, 5, 6}, {3, 2, 2, 2, 3}},
      {"the kernel is the input", {2, 3, 4, 4}, {5, 3, 4, 4}},
  };
}

TEST(ConvKernel, MatchesItsExpansion) {
  for (const ConvCase& one : conv_cases()) {
    SCOPED_TRACE(one.what);
    const Tensor bias = numbers({one.w[0]}, 3);
    EXPECT_KERNEL_MATCHES_EXPANSION("Conv", {numbers(one.x), numbers(one.w, 2), bias}, {.attributes = one.attributes, .tolerance = 3e-6});
    EXPECT_KERNEL_MATCHES_EXPANSION("Conv", {numbers(one.x), numbers(one.w, 2)}, {.attributes = one.attributes, .tolerance = 3e-6});
    std::vector<Attribute> with_relu = one.attributes;
    with_relu.push_back({"activation", std::string("Relu")});
    EXPECT_KERNEL_MATCHES_EXPANSION("Conv", {numbers(one.x), numbers(one.w, 2), bias}, {.attributes = with_relu, .tolerance = 3e-6});
  }
}

// --- gradients against plain loops ---------------------------------------------------------------------------------

using Triple = std::array<std::int64_t, 3>;

struct PlainConv {
  std::int64_t rows, channels, filters, group = 1;
  Triple size{1, 1, 1}, kernel{1, 1, 1}, output{1, 1, 1}, stride{1, 1, 1}, dilation{1, 1, 1}, begin{};

  PlainConv(const ConvCase& one, const Shape& y) : rows(one.x[0]), channels(one.x[1]), filters(one.w[0]) {
    const std::size_t missing = 5 - one.x.size();
    for (std::size_t i = 2; i < one.x.size(); ++i) {
      const std::size_t at = i - 2 + missing;
      size[at] = one.x[i], kernel[at] = one.w[i], output[at] = y[i];
      for (const Attribute& attribute : one.attributes) {
        const auto* list = std::get_if<ConvInts>(&attribute.value);
        if (attribute.name == "strides") stride[at] = list->at(i - 2);
        if (attribute.name == "dilations") dilation[at] = list->at(i - 2);
        if (attribute.name == "pads") begin[at] = list->at(i - 2);
      }
    }
    for (const Attribute& attribute : one.attributes)
      if (attribute.name == "group") group = std::get<std::int64_t>(attribute.value);
  }

  // Calls visit(index into x, into w, into y) for every product that y is a sum of.
  template <typename Visit>
  void each_product(const Visit& visit) const {
    const auto index = [](const Triple& at, const Triple& of) { return (at[0] * of[1] + at[1]) * of[2] + at[2]; };
    const auto volume = [](const Triple& of) { return of[0] * of[1] * of[2]; };
    const std::int64_t inner = channels / group;
    for (std::int64_t n = 0; n < rows; ++n)
      for (std::int64_t f = 0; f < filters; ++f)
        for (std::int64_t c = 0; c < inner; ++c)
          for (std::int64_t o = 0; o < volume(output); ++o)
            for (std::int64_t k = 0; k < volume(kernel); ++k) {
              const Triple to{o / (output[1] * output[2]), o / output[2] % output[1], o % output[2]};
              const Triple by{k / (kernel[1] * kernel[2]), k / kernel[2] % kernel[1], k % kernel[2]};
              Triple from{};
              bool inside = true;
              for (std::size_t i = 0; i < 3; ++i) {
                from[i] = to[i] * stride[i] + by[i] * dilation[i] - begin[i];
                inside = inside && from[i] >= 0 && from[i] < size[i];
              }
              if (!inside) continue;
              const std::int64_t channel = f / (filters / group) * inner + c;
              visit((n * channels + channel) * volume(size) + index(from, size), (f * inner + c) * volume(kernel) + k,
                    (n * filters + f) * volume(output) + o);
            }
  }
};

// Of the case's y = Conv(x, w): its value by the runtime, for the shape and for the activation.
Tensor conv_output(const ConvCase& one) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, Dims(one.x.begin(), one.x.end()));
  const Value w = ops.input("w", DType::kFloat32, Dims(one.w.begin(), one.w.end()));
  ops.output(ops.relu(ops.node("Conv", {x, w}, one.attributes)), "y");
  return Session(model, {.threads = 1}).run({{"x", numbers(one.x)}, {"w", numbers(one.w, 2)}}).at("y");
}

std::size_t place(std::int64_t index) { return static_cast<std::size_t>(index); }

TEST(ConvKernel, GradientsAreThoseOfPlainLoops) {
  for (const ConvCase& one : conv_cases())
    for (const bool relu : {false, true}) {
      SCOPED_TRACE(std::string(one.what) + (relu ? " with Relu" : ""));
      if (!one.attributes.empty() && one.attributes[0].name == "auto_pad") continue;  // the loops know explicit padding only
      const Tensor x = numbers(one.x), w = numbers(one.w, 2), y = conv_output(one), dy = numbers(y.shape(), 4);
      std::vector<double> dx(place(x.size())), dw(place(w.size())), db(place(one.w[0]));
      const auto dz = [&](std::int64_t at) {
        return relu && y.floats()[place(at)] <= 0 ? 0.0 : static_cast<double>(dy.floats()[place(at)]);
      };
      PlainConv(one, y.shape()).each_product([&](std::int64_t in, std::int64_t by, std::int64_t out) {
        dx[place(in)] += dz(out) * static_cast<double>(w.floats()[place(by)]);
        dw[place(by)] += dz(out) * static_cast<double>(x.floats()[place(in)]);
      });
      const std::int64_t inner = y.size() / (y.shape()[0] * y.shape()[1]);
      for (std::int64_t i = 0; i < y.size(); ++i) db[place(i / inner % y.shape()[1])] += dz(i);
      std::vector<Attribute> attributes = one.attributes;
      if (relu) attributes.push_back({"activation", std::string("Relu")});
      const std::vector<OptionalTensor> inputs = {x, w, dy, relu ? OptionalTensor(y) : std::nullopt};
      for (const int threads : {1, 3}) {
        const Tensors got = run_kernel("ConvGrad", inputs, {.attributes = attributes}, threads);
        EXPECT_TRUE(near(got.at("y0"), Tensor(x.shape(), dx).cast(DType::kFloat32), 5e-6)) << "dx";
        EXPECT_TRUE(near(got.at("y1"), Tensor(w.shape(), dw).cast(DType::kFloat32), 5e-6)) << "dw";
        EXPECT_TRUE(near(got.at("y2"), Tensor({one.w[0]}, db).cast(DType::kFloat32), 5e-6)) << "db";
      }
      const Tensors some = run_kernel("ConvGrad", inputs, {.attributes = attributes, .wanted = {false, true, false}});
      EXPECT_TRUE(near(some.at("y1"), Tensor(w.shape(), dw).cast(DType::kFloat32), 5e-6)) << "dw alone";
    }
}

TEST(ConvKernel, GradientsMatchTheirExpansion) {
  for (const ConvCase& one : conv_cases())
    for (const bool relu : {false, true}) {
      SCOPED_TRACE(std::string(one.what) + (relu ? " with Relu" : ""));
      const Tensor y = conv_output(one);
      std::vector<Attribute> attributes = one.attributes;
      if (relu) attributes.push_back({"activation", std::string("Relu")});
      EXPECT_KERNEL_MATCHES_EXPANSION("ConvGrad",
                                      {numbers(one.x), numbers(one.w, 2), numbers(y.shape(), 4), relu ? OptionalTensor(y) : std::nullopt},
                                      {.attributes = attributes, .tolerance = 5e-6});
    }
}

// Conv and the Relu behind it become one operator, whose gradient is one more.
TEST(ConvKernel, StandsForConvAndRelu) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {"batch", 3, 8, 8});
  const Value w = ops.input("w", DType::kFloat32, {3, 3, 3, 4});
  const Value b = ops.input("b", DType::kFloat32, {4});
  const Value y = ops.relu(ops.node("Conv", {x, ops.transpose(w, {3, 2, 0, 1}), b}));
  const Value total = ops.reduce_sum(y, {});
  fuse(ops, {total});
  gradients::differentiate(ops, total, {x, w, b}, {}, gradients::Form::kKernels);
  EXPECT_EQ(model.graph.nodes.at(1).op, "Conv");
  EXPECT_EQ(model.graph.nodes.at(1).domain, kDomain);
  for (const char* gone : {"Relu", "ReluGrad", "Greater"}) EXPECT_EQ(std::ranges::count(model.graph.nodes, gone, &Node::op), 0) << gone;
  EXPECT_EQ(std::ranges::count(model.graph.nodes, "ConvGrad", &Node::op), 1);
}

TEST(ConvKernel, LeavesAReluAloneWhoseInputSomebodyElseReads) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {2, 3, 8, 8});
  const Value z = ops.node("Conv", {x, ops.input("w", DType::kFloat32, {4, 3, 3, 3})});
  const Value total = ops.reduce_sum(ops.add(z, ops.relu(z)), {});
  fuse(ops, {total});
  EXPECT_EQ(std::ranges::count(model.graph.nodes, "Relu", &Node::op), 1);
  EXPECT_EQ(std::ranges::count(model.graph.nodes, std::string(kDomain), &Node::domain), 1);
}

}  // namespace
}  // namespace upkeep::kernels
