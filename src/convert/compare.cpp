#include "convert/compare.hpp"

#include <cmath>
#include <limits>

#include "base/format.hpp"
#include "base/random.hpp"
#include "runtime/session.hpp"

namespace upkeep {

namespace {

void add_difference(OutputComparison& into, double a, double b) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return;
  const double difference = std::abs(a - b);
  if (!std::isfinite(difference)) {
    into.largest_absolute = into.largest_relative = std::numeric_limits<double>::infinity();
    return;
  }
  into.largest_absolute = std::max(into.largest_absolute, difference);
  into.largest_relative = std::max(into.largest_relative, difference / std::max(std::abs(a), std::abs(b)));
}

// Texts are the same, or as different as can be.
void add_texts(OutputComparison& into, const std::vector<std::string>& a, const std::vector<std::string>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) add_difference(into, 0, a[i] == b[i] ? 0 : std::numeric_limits<double>::infinity());
}

OutputComparison compare_output(const std::string& name, const Tensor& first, const std::string& other, const Tensor& second) {
  if (first.shape() != second.shape())
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("output \"{}\" has shape {}, \"{}\" of the other model has {}", name,
                                                            to_string(first.shape()), other, to_string(second.shape())));
  OutputComparison result{.output = name, .other = other, .values = first.size()};
  if (first.dtype() == DType::kString && second.dtype() == DType::kString) {
    add_texts(result, first.strings(), second.strings());
    return result;
  }
  const Tensor a = first.cast(DType::kFloat64);
  const Tensor b = second.cast(DType::kFloat64);
  for (std::size_t i = 0; i < static_cast<std::size_t>(first.size()); ++i) add_difference(result, a.data<double>()[i], b.data<double>()[i]);
  return result;
}

bool has_name(const std::vector<TensorSpec>& specs, const std::string& name) {
  return std::ranges::find(specs, name, &TensorSpec::name) != specs.end();
}

// The names in `there` that go with `here`, in order: the same ones where all are there, else by place.
std::vector<std::string> counterparts(const std::vector<TensorSpec>& here, const std::vector<TensorSpec>& there, std::string_view what) {
  if (here.size() != there.size())
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("the models cannot be compared: one has {} {}, the other {}", here.size(), what, there.size()));
  const bool by_name = std::ranges::all_of(here, [&](const TensorSpec& spec) { return has_name(there, spec.name); });
  std::vector<std::string> names;
  for (std::size_t i = 0; i < here.size(); ++i) names.push_back(by_name ? here[i].name : there[i].name);
  return names;
}

// Words that the model looks up, and one that it surely does not know.
std::vector<std::string> words_of(const Model& model) {
  std::vector<std::string> words = {"?unknown?"};
  for (const Node& node : model.graph.nodes) {
    const auto keys = node.get<std::vector<std::string>>("keys_strings", {});
    words.insert(words.end(), keys.begin(), keys.end());
  }
  return words;
}

// One word or two.
Tensor random_texts(const Shape& shape, const std::vector<std::string>& words, Random& random) {
  std::vector<std::string> texts(static_cast<std::size_t>(element_count(shape)));
  for (std::string& text : texts) {
    text = words[random.below(words.size())];
    if (random.below(2) == 0) text += " " + words[random.below(words.size())];
  }
  return Tensor(shape, std::move(texts));
}

Tensor random_tensor(const Model& model, const ValueType& type, std::int64_t rows, Random& random) {
  Shape shape;
  for (const Dim& dim : type.shape.value_or(Dims{})) shape.push_back(dim.known() ? dim.value : shape.empty() ? rows : 1);
  if (type.dtype == DType::kString) return random_texts(shape, words_of(model), random);
  const bool floating = type.dtype == DType::kFloat32 || type.dtype == DType::kFloat64 || type.dtype == DType::kFloat16;
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  for (float& value : values) value = static_cast<float>(floating ? random.normal() : static_cast<double>(random.below(2)));
  return Tensor(std::move(shape), std::move(values)).cast(type.dtype);
}

}  // namespace

double Comparison::largest_absolute() const {
  double largest = 0;
  for (const OutputComparison& output : outputs) largest = std::max(largest, output.largest_absolute);
  return largest;
}

double Comparison::largest_relative() const {
  double largest = 0;
  for (const OutputComparison& output : outputs) largest = std::max(largest, output.largest_relative);
  return largest;
}

Json to_json(const Comparison& comparison) {
  Json outputs = Json::array();
  const auto finite_or_null = [](double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); };  // JSON has no infinity
  for (const OutputComparison& output : comparison.outputs)
    outputs.push_back({{"output", output.output},
                       {"other", output.other},
                       {"values", output.values},
                       {"largest_absolute", finite_or_null(output.largest_absolute)},
                       {"largest_relative", finite_or_null(output.largest_relative)}});
  return {{"rows", comparison.rows},
          {"largest_absolute", finite_or_null(comparison.largest_absolute())},
          {"largest_relative", finite_or_null(comparison.largest_relative())},
          {"outputs", std::move(outputs)}};
}

Comparison compare(const Model& first, const Model& second, const Tensors& inputs) {
  const Session one(first);
  const Session two(second);
  const std::vector<std::string> input_names = counterparts(one.inputs(), two.inputs(), "inputs");
  const std::vector<std::string> output_names = counterparts(one.outputs(), two.outputs(), "outputs");
  Tensors renamed;
  for (std::size_t i = 0; i < input_names.size(); ++i) {
    const auto given = inputs.find(one.inputs()[i].name);
    if (given == inputs.end())
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("no values for the input \"{}\"", one.inputs()[i].name));
    renamed[input_names[i]] = given->second;
  }
  const Tensors left = one.run(inputs);
  const Tensors right = two.run(renamed);
  Comparison result;
  if (!inputs.empty() && inputs.begin()->second.rank() > 0) result.rows = inputs.begin()->second.dim(0);
  for (std::size_t i = 0; i < output_names.size(); ++i) {
    const std::string& name = one.outputs()[i].name;
    result.outputs.push_back(compare_output(name, left.at(name), output_names[i], right.at(output_names[i])));
  }
  return result;
}

Tensors random_inputs(const Model& model, std::int64_t rows, std::uint64_t seed) {
  Tensors inputs;
  Random random(seed, stream_id("compare"));
  for (const ValueInfo& input : model.graph.inputs)
    if (!model.graph.initializer(input.name)) inputs[input.name] = random_tensor(model, input.type, rows, random);
  return inputs;
}

}  // namespace upkeep
