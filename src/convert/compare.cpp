#include "convert/compare.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <set>

#include "base/format.hpp"
#include "base/names.hpp"
#include "graph/element_types.hpp"
#include "runtime/session.hpp"

namespace upkeep {

namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();
constexpr double kStepBesideOne = std::numeric_limits<float>::epsilon();
constexpr double kStepsOfProbabilities = 4;  // the roundings of 1 - 1 / (1 + exp(x)), which is one way to write a sigmoid

// Float32 numbers in order: neighbours are neighbours here, and both zeros are 0.
std::int64_t place_in_order(float value) {
  const auto bits = std::bit_cast<std::int32_t>(value);
  return bits >= 0 ? bits : std::int64_t{std::numeric_limits<std::int32_t>::min()} - bits;
}

double root_mean_square(std::span<const double> values) {
  double sum = 0;
  std::size_t count = 0;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    sum += value * value;
    ++count;
  }
  return count == 0 ? 0 : std::sqrt(sum / static_cast<double>(count));
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

struct Difference {
  double absolute = kInfinite;
  double relative = kInfinite;
  double ulp = kInfinite;
};

Difference difference(double a, double b, double scale) {
  if (!std::isfinite(a) || !std::isfinite(b)) return {};
  const double absolute = std::abs(a - b);
  const std::int64_t apart = place_in_order(static_cast<float>(a)) - place_in_order(static_cast<float>(b));
  return {.absolute = absolute,
          .relative = absolute / std::max({std::abs(a), std::abs(b), scale}),
          .ulp = static_cast<double>(std::abs(apart))};
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

// Whether there are numbers between 0 and 1 whose nature it is to be compared with 1.
bool computes_probabilities(const Graph& graph) {
  static const std::set<std::string_view> kMakers = {"Sigmoid", "HardSigmoid",      "Softmax",       "LogSoftmax",
                                                     "Exp",     "LinearClassifier", "SVMClassifier", "TreeEnsembleClassifier"};
  return std::ranges::any_of(graph.nodes, [](const Node& node) { return kMakers.contains(node.op); });
}

Values values_of(const Graph& graph) { return computes_probabilities(graph) ? Values::kProbabilities : Values::kAny; }

Json finite_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }  // JSON has no infinity

double largest(const std::vector<OutputComparison>& outputs, double OutputComparison::* figure) {
  double found = 0;
  for (const OutputComparison& output : outputs) found = std::max(found, output.*figure);
  return found;
}

double expected_difference(const Graph& graph) {
  double expected = 1e-5;
  const auto see = [&](DType dtype) {
    if (dtype == DType::kFloat16) expected = std::max(expected, 1e-2);
    if (dtype == DType::kBFloat16) expected = std::max(expected, 8e-2);
  };
  for (const auto* list : {&graph.inputs, &graph.outputs, &graph.values})
    for (const ValueInfo& value : *list) see(value.type.dtype);
  for (const auto& [name, tensor] : graph.initializers) see(tensor.dtype());
  for (const Node& node : graph.nodes)
    if (node.op == "Cast") see(static_cast<DType>(node.get<std::int64_t>("to", 0)));
  return expected;
}

// Between float types a value is the same value; of others the session says what is wrong.
Tensor fitted(const Tensor& tensor, const Session& session, const std::string& input) {
  const DType wanted = std::ranges::find(session.inputs(), input, &TensorSpec::name)->dtype;
  return is_floating(wanted) && is_floating(tensor.dtype()) ? tensor.cast(wanted) : tensor;
}

}  // namespace

double expected_difference(const Model& first, const Model& second) {
  return std::max(expected_difference(first.graph), expected_difference(second.graph));
}

// Texts are the same, or as different as can be.
static OutputComparison compare_texts(OutputComparison result, const std::vector<std::string>& a, const std::vector<std::string>& b) {
  if (a != b) result.largest_absolute = result.largest_relative = result.largest_counted = result.largest_ulp = kInfinite;
  return result;
}

OutputComparison compare_values(const std::string& name, const Tensor& first, const std::string& other, const Tensor& second,
                                Values values) {
  if (first.shape() != second.shape())
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("output \"{}\" has shape {}, \"{}\" of the other model has {}", name,
                                                            to_string(first.shape()), other, to_string(second.shape())));
  OutputComparison result{.output = name, .other = other, .values = first.size()};
  if (first.dtype() == DType::kString && second.dtype() == DType::kString)
    return compare_texts(std::move(result), first.strings(), second.strings());
  const Tensor left = first.cast(DType::kFloat64);
  const Tensor right = second.cast(DType::kFloat64);
  const std::span<const double> a = left.data<double>();
  const std::span<const double> b = right.data<double>();
  const double scale = std::max(root_mean_square(a), root_mean_square(b));
  const double steps = values == Values::kProbabilities ? kStepsOfProbabilities : scale >= kStepBesideOne ? 1 : 0;
  const double uncounted = steps * kStepBesideOne;
  const std::size_t row = first.rank() > 0 && first.dim(0) > 0 ? a.size() / static_cast<std::size_t>(first.dim(0)) : 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (same(a[i], b[i])) continue;
    const Difference found = difference(a[i], b[i], scale);
    const bool counts = found.absolute > uncounted;
    const bool worst =
        counts ? found.relative > result.largest_counted : result.largest_counted == 0 && found.relative > result.largest_relative;
    if (worst) result.row = row == 0 ? 0 : static_cast<std::int64_t>(i / row);
    result.largest_absolute = std::max(result.largest_absolute, found.absolute);
    result.largest_relative = std::max(result.largest_relative, found.relative);
    result.largest_ulp = std::max(result.largest_ulp, found.ulp);
    if (counts) result.largest_counted = std::max(result.largest_counted, found.relative);
  }
  return result;
}

double Comparison::largest_absolute() const { return largest(outputs, &OutputComparison::largest_absolute); }
double Comparison::largest_relative() const { return largest(outputs, &OutputComparison::largest_relative); }
double Comparison::largest_counted() const { return largest(outputs, &OutputComparison::largest_counted); }
double Comparison::largest_ulp() const { return largest(outputs, &OutputComparison::largest_ulp); }

Json to_json(const OutputComparison& output) {
  return {{"output", output.output},
          {"other", output.other},
          {"values", output.values},
          {"largest_absolute", finite_or_null(output.largest_absolute)},
          {"largest_relative", finite_or_null(output.largest_relative)},
          {"largest_counted", finite_or_null(output.largest_counted)},
          {"largest_ulp", finite_or_null(output.largest_ulp)},
          {"row", output.row}};
}

Json to_json(const Comparison& comparison) {
  Json outputs = Json::array();
  for (const OutputComparison& output : comparison.outputs) outputs.push_back(to_json(output));
  return {{"rows", comparison.rows},
          {"largest_absolute", finite_or_null(comparison.largest_absolute())},
          {"largest_relative", finite_or_null(comparison.largest_relative())},
          {"largest_counted", finite_or_null(comparison.largest_counted())},
          {"largest_ulp", finite_or_null(comparison.largest_ulp())},
          {"outputs", std::move(outputs)}};
}

static std::int64_t rows_of(const Tensors& inputs) {
  const auto found = std::ranges::find_if(inputs, [](const auto& input) { return input.second.rank() > 0; });
  return found == inputs.end() ? 0 : found->second.dim(0);
}

// Of one run each, in as little memory as it takes.
static const SessionOptions kOnce{.memory_arena = false, .prepack = false};

// One session at a time: each may have the weights once more.
Comparison compare(const Model& first, const Model& second, const Tensors& inputs) {
  std::optional<Session> session(std::in_place, first, kOnce);
  const std::vector<TensorSpec> taken = session->inputs();
  const std::vector<TensorSpec> given = session->outputs();
  const Tensors left = session->run(inputs);
  session.reset();
  session.emplace(second, kOnce);
  const std::vector<std::string> output_names = counterparts(given, session->outputs(), "outputs");
  const Tensors right = session->run(renamed_inputs(taken, *session, inputs));
  Comparison result{.rows = rows_of(inputs)};
  for (std::size_t i = 0; i < output_names.size(); ++i) {
    const std::vector<std::string> ours = parts_of(left, given[i].name), theirs = parts_of(right, output_names[i]);
    if (ours.size() != theirs.size())
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("output \"{}\" has {} elements, \"{}\" of the other model {}", given[i].name,
                                                              ours.size(), output_names[i], theirs.size()));
    for (std::size_t part = 0; part < ours.size(); ++part)
      result.outputs.push_back(
          compare_values(ours[part], left.at(ours[part]), theirs[part], right.at(theirs[part]), values_of(first.graph)));
  }
  return result;
}

Comparison compare(const Model& first, const Tensors& answers, const Tensors& inputs) {
  Comparison result{.rows = rows_of(inputs)};
  for (const auto& [name, tensor] : Session(first, kOnce).run(inputs)) {
    const auto answer = answers.find(name);
    if (answer == answers.end()) throw Error(ErrorCode::kInvalidArgument, upkeep::format("the other program gives no output \"{}\"", name));
    result.outputs.push_back(compare_values(name, tensor, name, answer->second, values_of(first.graph)));
  }
  return result;
}

std::optional<double> Tolerance::of(const std::string& output) const {
  const auto own = of_outputs.find(output);
  return own == of_outputs.end() ? all : own->second;
}

std::vector<OutputComparison> beyond(const Comparison& comparison, const Tolerance& tolerance, double expected) {
  std::vector<std::string> names;
  for (const OutputComparison& one : comparison.outputs) names.push_back(one.output);
  for (const auto& [name, bound] : tolerance.of_outputs)
    if (!std::ranges::contains(names, name)) throw unknown_name("output", name, names);
  std::vector<OutputComparison> worse;
  for (const OutputComparison& one : comparison.outputs) {
    const double bound = tolerance.of(one.output).value_or(expected);
    if (!((bound == 0 ? one.largest_relative : one.largest_counted) <= bound)) worse.push_back(one);
  }
  std::ranges::stable_sort(worse, std::ranges::greater(), &OutputComparison::largest_counted);
  return worse;
}

Tensors renamed_inputs(const std::vector<TensorSpec>& first, const Session& second, const Tensors& inputs) {
  const std::vector<std::string> names = counterparts(first, second.inputs(), "inputs");
  Tensors renamed;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto given = inputs.find(first[i].name);
    if (given == inputs.end()) throw Error(ErrorCode::kInvalidArgument, upkeep::format("no values for the input \"{}\"", first[i].name));
    renamed[names[i]] = fitted(given->second, second, names[i]);
  }
  return renamed;
}

}  // namespace upkeep
