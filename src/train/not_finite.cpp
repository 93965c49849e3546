#include "train/not_finite.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "base/format.hpp"
#include "base/names.hpp"
#include "data/elements.hpp"
#include "data/rows.hpp"
#include "graph/element_types.hpp"
#include "graph/onnx.hpp"
#include "runtime/session.hpp"

namespace upkeep {

namespace {

constexpr std::size_t kNamedRows = 10;

// The first element of each row that is not finite; -1: there is none.
std::vector<std::int64_t> first_elements(const Tensor& values) {
  const Tensor wide = values.cast(DType::kFloat64);
  const std::span<const double> all = wide.data<double>();
  const std::size_t rows = static_cast<std::size_t>(values.dim(0)), width = rows == 0 ? 0 : all.size() / rows;
  std::vector<std::int64_t> found;
  for (std::size_t row = 0; row < rows; ++row) {
    const auto own = all.subspan(row * width, width);
    const auto wrong = std::ranges::find_if_not(own, [](double value) { return std::isfinite(value); });
    found.push_back(wrong == own.end() ? -1 : wrong - own.begin());
  }
  return found;
}

// The column that holds element `i` of a row of an input.
std::string column_name(const Dataset& data, const std::string& input, std::int64_t width, std::int64_t i) {
  std::vector<std::string> own;
  for (const std::string& feature : data.feature_names)
    if (feature.starts_with(input + "=")) own.push_back(feature.substr(input.size() + 1));
  const std::vector<std::string>& names = own.empty() ? data.feature_names : own;
  if (std::ssize(names) == width) return "column \"" + names[static_cast<std::size_t>(i)] + "\"";
  return names.size() == 1 ? "column \"" + names.front() + "\"" : "input \"" + input + "\"";
}

std::string more_rows(std::int64_t count) {
  if (count == 0) return "";
  return upkeep::format(", and in {} more row{}", count, count == 1 ? "" : "s");
}

struct InnerValue {
  std::string name;
  const Node* node;
};

// Inner values and outputs of floating types, in the order in which they are computed.
std::vector<InnerValue> float_values(const Model& model) {
  std::vector<InnerValue> values;
  for (const Node& node : model.graph.nodes)
    for (const std::string& name : node.outputs) {
      const ValueInfo* value = name.empty() ? nullptr : model.graph.value(name);
      if (value && value->type.opaque.empty() && is_floating(value->type.dtype)) values.push_back({name, &node});
    }
  return values;
}

std::string not_finite_weight(const Model& model) {
  for (const auto& [name, weight] : model.graph.initializers)
    if (is_floating(weight.dtype()) && weight.rank() > 0 &&
        std::ranges::any_of(first_elements(weight), [](std::int64_t element) { return element >= 0; }))
      return upkeep::format("weight \"{}\" is not finite", name);
  return "";
}

// Values inside of a layer are named LAYER/VALUE.
std::string describe_node(const InnerValue& value) {
  const std::size_t slash = value.name.find('/');
  return upkeep::format("layer \"{}\" ({})", slash == std::string::npos || slash == 0 ? value.name : value.name.substr(0, slash),
                        value.node->op);
}

bool has_nan(const Tensor& values) {
  const Tensor wide = values.cast(DType::kFloat64);
  return std::ranges::any_of(wide.data<double>(), [](double value) { return std::isnan(value); });
}

bool is_finite(const Tensor& values) {
  const Tensor wide = values.cast(DType::kFloat64);
  return std::ranges::all_of(wide.data<double>(), [](double value) { return std::isfinite(value); });
}

// What a value is computed from, itself included.
std::set<std::string> ancestors_of(const InnerValue& value, const std::vector<InnerValue>& values) {
  std::set<std::string> found = {value.name};
  for (auto one = values.rbegin(); one != values.rend(); ++one)
    if (found.contains(one->name)) found.insert(one->node->inputs.begin(), one->node->inputs.end());
  return found;
}

// The first value that is not finite and that a NaN, or else the last value that is not finite, was computed from: infinities that lead to
// nothing, as those of masks, are no origin. Null: all is finite.
const InnerValue* first_of(const std::vector<InnerValue>& values, const Tensors& computed) {
  const InnerValue* consequence = nullptr;
  for (const InnerValue& value : values) {
    if (has_nan(computed.at(value.name))) {
      consequence = &value;
      break;
    }
    if (!is_finite(computed.at(value.name))) consequence = &value;
  }
  if (!consequence) return nullptr;
  const std::set<std::string> ancestors = ancestors_of(*consequence, values);
  const auto origin = std::ranges::find_if(
      values, [&](const InnerValue& value) { return ancestors.contains(value.name) && !is_finite(computed.at(value.name)); });
  return &*origin;
}

}  // namespace

std::string gaps_in(const Dataset& data, std::span<const std::int64_t> rows) {
  for (const auto& [name, values] : data.inputs) {
    if (values.rank() == 0 || !is_floating(values.dtype())) continue;
    const Tensor own = take_rows(values, rows);
    const std::vector<std::int64_t> elements = first_elements(own);
    const auto first = std::ranges::find_if(elements, [](std::int64_t element) { return element >= 0; });
    if (first == elements.end()) continue;
    const auto place = static_cast<std::size_t>(first - elements.begin());
    const std::int64_t width = own.size() / own.dim(0);
    const double value =
        own.cast(DType::kFloat64).data<double>()[place * static_cast<std::size_t>(width) + static_cast<std::size_t>(*first)];
    const auto others = std::ranges::count_if(elements, [&](std::int64_t element) { return element == *first; }) - 1;
    return upkeep::format("{} is {} in row {}{}", column_name(data, name, width, *first), std::isnan(value) ? "missing" : "infinite",
                          data.row_number(rows[place]), more_rows(others));
  }
  return "";
}

namespace {

struct Farthest {
  double value = 0;
  std::string text;
};

// Takes the number of `values` that is farthest from 0, where it is farther than the one found so far; `name_of` names element i of a row.
template <typename NameOf>
void look_farther(const Dataset& data, const Tensor& values, std::span<const std::int64_t> rows, const NameOf& name_of, Farthest& found) {
  if (values.rank() == 0 || values.size() == 0 || !is_floating(values.dtype())) return;
  const Tensor own = take_rows(values, rows).cast(DType::kFloat64);
  const std::span<const double> numbers = own.data<double>();
  if (numbers.empty()) return;
  const auto farthest = std::ranges::max_element(numbers, {}, [](double value) { return std::abs(value); });
  if (std::abs(*farthest) <= std::abs(found.value)) return;
  const std::int64_t place = farthest - numbers.begin(), width = own.size() / own.dim(0);
  found = {*farthest, upkeep::format("{} reaches {:.4g} in row {}", name_of(place % width, width), *farthest,
                                     data.row_number(rows[static_cast<std::size_t>(place / width)]))};
}

}  // namespace

std::string largest_in(const Dataset& data, std::span<const std::int64_t> rows) {
  constexpr double kLarge = 1e6;  // sums of products of smaller numbers are far from float32's end
  Farthest found;
  for (const auto& [name, values] : data.inputs)
    look_farther(data, values, rows, [&](std::int64_t i, std::int64_t width) { return column_name(data, name, width, i); }, found);
  const auto target = [&](std::int64_t i, std::int64_t width) {
    return std::ssize(data.target_names) == width ? "target \"" + data.target_names[static_cast<std::size_t>(i)] + "\"" : "a target";
  };
  look_farther(data, data.targets, rows, target, found);
  for (const auto& [output, values] : data.output_targets)
    look_farther(data, values, rows, [&](std::int64_t, std::int64_t) { return "the target of output \"" + output + "\""; }, found);
  return std::abs(found.value) < kLarge ? "" : found.text;
}

static Tensors batch_of(const Model& model, const Dataset& data, std::span<const std::int64_t> rows) {
  Tensors batch;
  for (const ValueInfo& input : model.graph.inputs) {
    const Tensor given_rows = as_elements(data.inputs.at(input.name), input.type.dtype);
    batch.emplace(input.name, given_rows.rank() == 0 ? given_rows : take_rows(given_rows, rows));
  }
  return batch;
}

std::string grown_answer_in(const Model& model, const Dataset& data, std::span<const std::int64_t> rows) {
  constexpr double kSquareOverflows = 1.8e19;
  for (const auto& [name, values] : Session(model, {.threads = 1}).run(batch_of(model, data, rows))) {
    if (values.rank() == 0 || values.dim(0) != std::ssize(rows) || values.size() == 0 || !is_floating(values.dtype())) continue;
    const Tensor wide = values.cast(DType::kFloat64);
    const auto farthest = std::ranges::max_element(wide.data<double>(), {}, [](double value) { return std::abs(value); });
    if (std::abs(*farthest) < kSquareOverflows) continue;
    const std::int64_t row = (farthest - wide.data<double>().begin()) / (wide.size() / wide.dim(0));
    return upkeep::format("the answer \"{}\" reaches {:.4g} in row {}", name, *farthest,
                          data.row_number(rows[static_cast<std::size_t>(row)]));
  }
  return "";
}

std::string origin_in(const Model& given, const Dataset& data, std::span<const std::int64_t> rows) {
  if (std::string weight = not_finite_weight(given); !weight.empty()) return weight;
  Model model = given;
  infer_shapes(model);
  const std::vector<InnerValue> values = float_values(model);
  std::vector<ValueInfo> outputs;
  for (const InnerValue& value : values) outputs.push_back(*model.graph.value(value.name));
  model.graph.outputs = std::move(outputs);
  const Tensors batch = batch_of(model, data, rows);
  const Tensors all = Session(model, {.threads = 1, .optimize = false}).run(batch);
  const InnerValue* first = first_of(values, all);
  if (!first) return "";
  const Tensor& computed = all.at(first->name);
  const std::string what = upkeep::format("{} gives the first value that is not finite", describe_node(*first));
  if (computed.rank() == 0 || computed.dim(0) != std::ssize(rows)) return what;
  const std::vector<std::int64_t> elements = first_elements(computed);
  const auto row = std::ranges::find_if(elements, [](std::int64_t element) { return element >= 0; });
  return upkeep::format("{}, in row {}", what, data.row_number(rows[static_cast<std::size_t>(row - elements.begin())]));
}

std::vector<std::int64_t> all_rows(const Dataset& data) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(data.rows()));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

std::vector<std::int64_t> rows_without(const Dataset& data, const std::vector<std::int64_t>& left_out) {
  std::vector<std::int64_t> kept;
  std::ranges::set_difference(all_rows(data), left_out, std::back_inserter(kept));
  return kept;
}

std::vector<std::int64_t> unanswered_rows(const Tensors& outputs, std::int64_t rows) {
  std::vector<bool> missing(static_cast<std::size_t>(rows));
  for (const auto& [name, values] : outputs) {
    if (values.rank() == 0 || values.dim(0) != rows || !is_floating(values.dtype())) continue;
    const Tensor wide = values.cast(DType::kFloat64);
    const std::span<const double> all = wide.data<double>();
    for (std::size_t i = 0; i < all.size(); ++i)
      if (std::isnan(all[i])) missing[i / (all.size() / missing.size())] = true;
  }
  std::vector<std::int64_t> found;
  for (std::int64_t row = 0; row < rows; ++row)
    if (missing[static_cast<std::size_t>(row)]) found.push_back(row);
  return found;
}

// Of the operators that stop a NaN, those that are made for it say what stands for a gap.
static bool loses_gaps(const Graph& graph) {
  static const std::set<std::string> kLosing = {"LSTM", "GRU", "RNN", "MaxPool", "GlobalMaxPool", "ReduceMax", "ReduceMin", "TopK"};
  static const std::set<std::string> kMeant = {"IsNaN", "Equal", "Imputer"};  // x == x tells a gap, too
  const auto meant = [](const Node& node) { return kMeant.contains(node.op) || node.op.starts_with("TreeEnsemble"); };
  return std::ranges::any_of(graph.nodes, [](const Node& node) { return kLosing.contains(node.op); }) &&
         std::ranges::none_of(graph.nodes, meant);
}

std::vector<std::int64_t> unanswered_rows(const Model& model, const Dataset& data, const Tensors& outputs) {
  if (!loses_gaps(model.graph)) return unanswered_rows(outputs, data.rows());
  Tensors all = data.inputs;  // a gap counts as much as an answer that is missing
  all.insert(outputs.begin(), outputs.end());
  return unanswered_rows(all, data.rows());
}

Tensors without_answers(Tensors outputs, const std::vector<std::int64_t>& rows) {
  for (auto& [name, values] : outputs) {
    if (values.rank() == 0 || values.dim(0) == 0 || !is_floating(values.dtype()) || rows.empty()) continue;
    const Tensor wide = values.cast(DType::kFloat64);
    std::vector<double> numbers(wide.data<double>().begin(), wide.data<double>().end());
    const std::size_t width = numbers.size() / static_cast<std::size_t>(values.dim(0));
    for (const std::int64_t row : rows)
      std::fill_n(numbers.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(row) * width), width,
                  std::numeric_limits<double>::quiet_NaN());
    values = Tensor(values.shape(), std::move(numbers)).cast(values.dtype());
  }
  return outputs;
}

std::vector<std::int64_t> row_numbers(const Dataset& data, const std::vector<std::int64_t>& rows) {
  std::vector<std::int64_t> numbers;
  for (const std::int64_t row : rows) numbers.push_back(data.row_number(row));
  return numbers;
}

std::string describe_unanswered(const Dataset& data, const std::vector<std::int64_t>& rows) {
  std::vector<std::string> numbers;
  for (const std::int64_t number : row_numbers(data, rows))
    if (numbers.size() < kNamedRows) numbers.push_back(std::to_string(number));
  if (rows.size() > kNamedRows) numbers.emplace_back("...");
  const std::string gaps = gaps_in(data, rows);
  return upkeep::format("{} of {} rows have no answer (NaN): {}{}{}", rows.size(), data.rows(), join(numbers), gaps.empty() ? "" : "; ",
                        gaps);
}

}  // namespace upkeep
