// y = activation(einsum(equation, x, kernel) + bias), such as "abc,cd->abd", "...x,xy->...y", "x...,xy->y...".
//
// output_shape are the sizes of the output behind the batch, null for those that the input gives. bias_axes are letters of the output.
// Letters stand in for the dots, so that the graph holds a plain equation.

#include <algorithm>

#include "base/format.hpp"
#include "base/names.hpp"
#include "layers/keras/form.hpp"
#include "layers/layer.hpp"
#include "layers/shared/activations.hpp"
#include "layers/shared/initializers.hpp"
#include "layers/shared/weight_settings.hpp"

namespace upkeep {
namespace layers {

struct EinsumDenseOptions {
  std::string equation;
  Json output_shape = nullptr;
  Json activation = nullptr;
  std::optional<std::string> bias_axes;
  WeightSettings kernel{"glorot_uniform"};
  WeightSettings bias{"zeros"};
  Json activity_regularizer = nullptr;
  bool trainable = true;
};

}  // namespace layers

template <>
const Settings settings<layers::EinsumDenseOptions> = layers::describe_layer(
    "einsum_dense", "activation(einsum(equation, x, kernel) + bias)",
    field("equation", &layers::EinsumDenseOptions::equation, "how x and kernel are multiplied: abc,cd->abd; must be given"),
    field("output_shape", &layers::EinsumDenseOptions::output_shape,
          "sizes of the output behind the batch, null for the input's; must be given"),
    field("activation", &layers::EinsumDenseOptions::activation, "activation function; null for none"),
    field("bias_axes", &layers::EinsumDenseOptions::bias_axes, "letters of the output that a bias has; null for no bias"),
    layers::weight_fields("kernel", &layers::EinsumDenseOptions::kernel), layers::weight_fields("bias", &layers::EinsumDenseOptions::bias),
    field("activity_regularizer", &layers::EinsumDenseOptions::activity_regularizer, "penalty on the output"),
    field("trainable", &layers::EinsumDenseOptions::trainable, "whether training changes the weights"));

namespace layers {
namespace {

constexpr std::string_view kDots = "...";

// The equation for an input of some rank, and the shapes that follow from it.
struct EinsumForm {
  std::string input;
  std::string kernel;
  std::string output;
  Shape kernel_shape;
  std::vector<std::int64_t> kernel_inputs;   // axes of the kernel that are summed over
  std::vector<std::int64_t> kernel_outputs;  // axes of the kernel that the output has
  Dims sizes;                                // of the output
};

Error bad_equation(const std::string& equation, const std::string& why) {
  return Error(ErrorCode::kInvalidArgument, upkeep::format("equation \"{}\": {}", equation, why),
               "such as abc,cd->abd, ...x,xy->...y or x...,xy->y...");
}

bool only_letters(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
}

// Takes dots off the beginning or the end, and puts `letters` there.
std::string with_letters(std::string part, const std::string& letters) {
  if (part.starts_with(kDots)) return letters + part.substr(kDots.size());
  if (part.ends_with(kDots)) return part.substr(0, part.size() - kDots.size()) + letters;
  return part;
}

class EinsumReader {
 public:
  EinsumReader(const EinsumDenseOptions& options, const Dims& input) : options_(options), dims_(input) {}

  EinsumForm run() {
    split();
    fill_dots();
    size_output();
    size_kernel();
    return std::move(form_);
  }

 private:
  void split() {
    std::string plain = options_.equation;
    std::erase(plain, ' ');
    const std::size_t comma = plain.find(',');
    const std::size_t arrow = plain.find("->");
    if (comma == std::string::npos || arrow == std::string::npos || comma > arrow)
      throw bad_equation(options_.equation, "it is no product of two operands");
    form_.input = plain.substr(0, comma);
    form_.kernel = plain.substr(comma + 1, arrow - comma - 1);
    form_.output = plain.substr(arrow + 2);
  }

  void fill_dots() {
    const bool left = form_.input.starts_with(kDots) && form_.output.starts_with(kDots);
    const bool right = form_.input.ends_with(kDots) && form_.output.ends_with(kDots);
    const std::size_t letters = form_.input.size() - (left || right ? kDots.size() : 0);
    if (letters > dims_.size() || (letters < dims_.size() && !left && !right))
      throw bad_equation(options_.equation, upkeep::format("the input {} has {} axes", to_string(dims_), dims_.size()));
    left_ = left;
    elided_ = dims_.size() - letters;
    std::string fresh;
    for (char c = 'a'; c <= 'z' && fresh.size() < elided_; ++c)
      if (options_.equation.find(c) == std::string::npos) fresh += c;
    form_.input = with_letters(form_.input, fresh);
    form_.output = with_letters(form_.output, fresh);
    if (!only_letters(form_.input) || !only_letters(form_.kernel) || !only_letters(form_.output))
      throw bad_equation(options_.equation, "dots stand at one end of both the input and the output");
  }

  // The batch, what the dots stand for, and output_shape.
  void size_output() {
    Dims given;
    for (const Json& size : options_.output_shape.is_array() ? options_.output_shape : Json::array({options_.output_shape}))
      given.push_back(size.is_null() ? Dim() : Dim(from_json_checked<std::int64_t>(size)));
    form_.sizes = {dims_[0]};
    if (left_)
      for (std::size_t i = 1; i < elided_; ++i) form_.sizes.push_back(dims_[i]);
    form_.sizes.insert(form_.sizes.end(), given.begin(), given.end());
    if (!left_) form_.sizes.insert(form_.sizes.end(), dims_.end() - static_cast<std::ptrdiff_t>(elided_), dims_.end());
    if (form_.sizes.size() != form_.output.size())
      throw bad_equation(options_.equation, upkeep::format("output_shape {} has no size for each letter of \"{}\" behind the batch",
                                                           options_.output_shape.dump(), form_.output));
  }

  void size_kernel() {
    for (std::size_t i = 0; i < form_.kernel.size(); ++i) {
      const std::size_t in_output = form_.output.find(form_.kernel[i]);
      const std::size_t in_input = form_.input.find(form_.kernel[i]);
      Dim size;
      if (in_output != std::string::npos) size = form_.sizes[in_output];
      if (!size.known() && in_input != std::string::npos) size = dims_[in_input];
      if (!size.known()) throw bad_equation(options_.equation, upkeep::format("the size of \"{}\" is not known", form_.kernel[i]));
      form_.kernel_shape.push_back(size.value);
      (in_output != std::string::npos ? form_.kernel_outputs : form_.kernel_inputs).push_back(static_cast<std::int64_t>(i));
    }
    for (std::size_t i = 0; i < form_.output.size(); ++i) {
      const std::size_t in_input = form_.input.find(form_.output[i]);
      if (in_input == std::string::npos) continue;
      if (form_.sizes[i].known() && dims_[in_input].known() && form_.sizes[i].value != dims_[in_input].value)
        throw bad_equation(options_.equation, upkeep::format("\"{}\" has size {} in the input and {} in output_shape", form_.output[i],
                                                             dims_[in_input].value, form_.sizes[i].value));
    }
  }

  const EinsumDenseOptions& options_;
  const Dims& dims_;
  EinsumForm form_;
  bool left_ = false;
  std::size_t elided_ = 0;
};

class EinsumDense : public Layer {
 public:
  using Options = EinsumDenseOptions;

  explicit EinsumDense(Options options) : options_(std::move(options)) {
    if (options_.equation.empty() || options_.output_shape.is_null())
      throw Error(ErrorCode::kInvalidArgument, "an einsum_dense layer needs an equation and an output_shape",
                  "such as equation: \"abc,cd->abd\", output_shape: [null, 64]");
    activation_ = in_context("einsum_dense.activation", [&] { return read_activation(options_.activation); });
    check(options_.kernel, "einsum_dense", "kernel");
    check(options_.bias, "einsum_dense", "bias");
    in_context("einsum_dense.activity_regularizer", [&] { check_regularizer(options_.activity_regularizer); });
  }

  std::vector<WeightSpec> weights(const std::vector<Dims>& inputs) const override {
    const EinsumForm form = EinsumReader(options_, inputs[0]).run();
    WeightSettings kernel = options_.kernel;
    kernel.initializer = with_fan_axes(kernel.initializer, form.kernel_inputs, form.kernel_outputs);
    std::vector<WeightSpec> all = {weight_spec("kernel", form.kernel_shape, kernel, options_.trainable)};
    if (options_.bias_axes) all.push_back(weight_spec("bias", bias_shape(form), options_.bias, options_.trainable));
    return all;
  }

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    const Value x = ops.cast(context.inputs[0], DType::kFloat32);
    const EinsumForm form = EinsumReader(options_, x.dims()).run();
    Value y = ops.node("Einsum", {x, context.weight("kernel")}, {{"equation", form.input + "," + form.kernel + "->" + form.output}});
    if (options_.bias_axes) y = ops.add(y, context.weight("bias"));
    y = activate(ops, y, activation_);
    penalise(context, y, options_.activity_regularizer);
    return y;
  }

 private:
  // From the first of its letters on; 1 for letters that it has not.
  Shape bias_shape(const EinsumForm& form) const {
    const std::string& letters = *options_.bias_axes;
    std::size_t first = form.output.size();
    for (const char letter : letters) {
      const std::size_t place = form.output.find(letter);
      if (place == std::string::npos)
        throw Error(ErrorCode::kInvalidArgument,
                    upkeep::format("bias_axes \"{}\" are not letters of the output \"{}\"", letters, form.output));
      first = std::min(first, place);
    }
    Shape shape;
    for (std::size_t i = first; i < form.output.size(); ++i) {
      const bool has = letters.find(form.output[i]) != std::string::npos;
      if (has && !form.sizes[i].known())
        throw Error(ErrorCode::kInvalidArgument, upkeep::format("the size of \"{}\", an axis of the bias, is not known", form.output[i]));
      shape.push_back(has ? form.sizes[i].value : 1);
    }
    return shape;
  }

  Options options_;
  Activation activation_;
};

}  // namespace

void add_einsum_dense(LayerCatalog& catalog) { catalog.add(entry<EinsumDense>("EinsumDense")); }

}  // namespace layers
}  // namespace upkeep
