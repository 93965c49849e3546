#include "maintain/monitor/feature_columns.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "base/format.hpp"
#include "data/elements.hpp"
#include "graph/element_types.hpp"

namespace upkeep {

namespace {

constexpr std::size_t kCodes = 64;          // values of a column of whole numbers that tells categories
constexpr std::size_t kCategories = 1'000;  // texts that are still categories
constexpr double kRepeated = 0.5;           // and at most this part of the rows

std::vector<std::string> input_columns(const Table& log) {
  std::vector<std::string> names;
  for (const auto& [name, values] : log.columns())
    if (name.starts_with("in.")) names.push_back(name);
  return names;
}

// A feature by its name, and where the signature has it.
struct Named {
  std::string input;  // empty: not known
  std::string column;
  std::size_t position = 0;  // along the input's last axis
  const Feature* feature = nullptr;
  DType dtype = DType::kUndefined;
};

bool is_tensor(const InputSignature& input) { return !input.has_scalar_features() && input.dims && input.dims->size() > 2; }

const InputSignature* only_input(const Signature& signature) {
  const InputSignature* only = nullptr;
  for (const InputSignature& input : signature.inputs) {
    if (input.features.empty() && signature.inputs.size() > 1) continue;
    if (only) return nullptr;
    only = &input;
  }
  return only;
}

Named parse_feature(const std::string& text, const Signature* signature) {
  Named named{.input = {}, .column = text};
  if (!signature) return named;
  const std::size_t sign = text.find('=');
  const InputSignature* input = sign == std::string::npos ? nullptr : signature->input(text.substr(0, sign));
  if (input) named.column = text.substr(sign + 1);
  else input = only_input(*signature);
  if (!input) input = signature->input(text);  // an input of one feature, called as the input is
  if (!input) return named;
  named.input = input->name;
  named.dtype = input->dtype;
  const auto found = std::ranges::find(input->features, named.column, &Feature::column);
  if (found == input->features.end()) return named;
  named.position = static_cast<std::size_t>(found - input->features.begin());
  named.feature = &*found;
  return named;
}

std::vector<std::string> existing(const Table& log, const Named& named, std::size_t position, bool shared) {
  std::vector<std::string> columns;
  const auto add = [&](const std::string& column) {
    if (log.has(column) && !std::ranges::contains(columns, column)) columns.push_back(column);
  };
  if (!shared) add("in." + named.column);
  if (named.input.empty()) return columns;
  add(upkeep::format("in.{}.{}", named.input, named.column));
  add(upkeep::format("in.{}.{}", named.input, position));
  return columns;
}

std::string last_step(const std::string& feature) { return feature + " (last step)"; }

// The log's column of a feature at the last step of an input of windows.
FeatureColumn feature_of_window(const Table& log, const Named& named, const InputSignature& input) {
  const std::int64_t steps = (*input.dims)[1];
  const auto place = static_cast<std::size_t>(steps - 1) * input.features.size() + named.position;
  const std::string column = upkeep::format("in.{}.{}", input.name, place);
  return {.name = last_step(named.column),
          .reference = last_step(named.column),
          .columns = log.has(column) ? std::vector{column} : std::vector<std::string>{},
          .kind = named.feature->kind,
          .dtype = named.dtype,
          .may_be_missing = named.feature->may_be_missing};
}

// The log's own names, without inputs that are tensors.
std::vector<FeatureColumn> features_of_log(const Table& log, const FeatureNames& names) {
  std::vector<FeatureColumn> columns;
  for (const std::string& input : input_columns(log)) {
    if (names.signature && is_element(input, *names.signature)) continue;
    columns.push_back({.name = input.substr(3), .reference = input.substr(3), .columns = {input}, .kind = {}});
  }
  return columns;
}

void by_position(const Table& log, std::vector<FeatureColumn>& features) {
  const std::vector<std::string> inputs = input_columns(log);
  const auto found = [](const FeatureColumn& one) { return !one.columns.empty(); };
  if (inputs.size() != features.size() || std::ranges::any_of(features, found)) return;
  for (std::size_t i = 0; i < features.size(); ++i) features[i].columns = {inputs[i]};
}

// The narrower of two element types that hold fractions; kUndefined: none does.
DType narrower(DType a, DType b) {
  const auto bits = [](DType type) { return is_floating(type) ? size_bits(type) : std::size_t{1000}; };
  const DType least = bits(a) <= bits(b) ? a : b;
  return is_floating(least) ? least : DType::kUndefined;
}

// The column, or its texts as numbers; nullopt where one is no number.
std::optional<Tensor> numbers_of(const Tensor& column, FeatureKind kind) {
  if (column.dtype() != DType::kString) return column;
  std::vector<double> numbers;
  for (const std::string& text : column.strings()) {
    std::optional<double> number = parse_number(text);
    if (!number && kind == FeatureKind::kBoolean) {
      if (text == "true" || text == "True" || text == "TRUE") number = 1;
      if (text == "false" || text == "False" || text == "FALSE") number = 0;
    }
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  return Tensor(column.shape(), std::move(numbers));
}

FeatureKind kind_of_texts(const Words& reference) {
  const std::size_t count = reference.counts().size();
  const bool repeats = static_cast<double>(count) <= kRepeated * static_cast<double>(reference.rows());
  return count <= kCategories && repeats ? FeatureKind::kCategory : FeatureKind::kText;
}

bool tells_apart(const Tensor& column) { return column.dtype() == DType::kBool || is_integer_type(column.dtype()); }

// Where nobody said that it is a category or free text.
FeatureKind seen_kind(const Tensor& reference, const Tensor& current, const FeatureColumn& feature, SampleCache& cache) {
  const bool texts = reference.dtype() == DType::kString || current.dtype() == DType::kString;
  if (texts)
    return numbers_of(reference, FeatureKind::kNumber) && numbers_of(current, FeatureKind::kNumber)
               ? FeatureKind::kNumber
               : kind_of_texts(cache.words(reference, DType::kUndefined));
  if (feature.kind || !tells_apart(reference) || !tells_apart(current)) return FeatureKind::kNumber;
  return cache.words(reference, DType::kUndefined).counts().size() <= kCodes ? FeatureKind::kCategory : FeatureKind::kNumber;
}

}  // namespace

std::vector<FeatureColumn> match_features(const Table& log, const FeatureNames& names) {
  const Signature* signature = names.signature ? &*names.signature : nullptr;
  std::vector<std::string> wanted = names.features;
  if (wanted.empty() && signature)
    for (const std::string& name : upkeep::feature_columns(*signature)) wanted.push_back(name);
  std::vector<FeatureColumn> features;
  if (wanted.empty()) features = features_of_log(log, names);
  std::vector<Named> parsed;
  std::map<std::string, int> uses;
  for (const std::string& text : wanted) {
    parsed.push_back(parse_feature(text, signature));
    ++uses[parsed.back().column];
  }
  std::map<std::string, std::size_t> positions;  // by input, of features that the signature does not list
  for (std::size_t i = 0; i < parsed.size(); ++i) {
    const Named& one = parsed[i];
    const bool shared = uses[one.column] > 1;
    const std::size_t position = one.feature ? one.position : positions[one.input];
    ++positions[one.input];
    const InputSignature* input = signature ? signature->input(one.input) : nullptr;
    if (input && is_tensor(*input)) {
      if (one.feature && holds_windows(*input)) features.push_back(feature_of_window(log, one, *input));
      continue;
    }
    FeatureColumn feature{.name = shared ? wanted[i] : one.column,
                          .reference = one.column,
                          .columns = existing(log, one, position, shared),
                          .kind = {},
                          .dtype = one.dtype};
    if (one.feature) {
      feature.kind = one.feature->kind;
      feature.may_be_missing = one.feature->may_be_missing;
    }
    features.push_back(std::move(feature));
  }
  by_position(log, features);
  for (FeatureColumn& feature : features)
    if (std::ranges::contains(names.categories, feature.name)) feature.kind = FeatureKind::kCategory;
  return features;
}

bool is_element(const std::string& column, const Signature& signature) {
  return std::ranges::any_of(signature.inputs, [&](const InputSignature& input) {
    return is_tensor(input) && column.starts_with(upkeep::format("in.{}.", input.name));
  });
}

std::vector<std::string> uncompared_inputs(const Signature& signature) {
  std::vector<std::string> names;
  for (const InputSignature& input : signature.inputs)
    if (is_tensor(input) && !holds_windows(input)) names.push_back(input.name);
  return names;
}

bool holds_windows(const InputSignature& input) {
  return input.dims && input.dims->size() == 3 && (*input.dims)[1] > 0 && std::cmp_equal((*input.dims)[2], input.features.size());
}

std::string array_column(const InputSignature& input, const Table& table) {
  const auto holds_arrays = [&](const std::string& column) { return table.has(column) && table.column(column).rank() > 1; };
  if (input.features.size() == 1 && holds_arrays(input.features.front().column)) return input.features.front().column;
  return holds_arrays(input.name) ? input.name : std::string();
}

Table with_last_steps(Table table, const Signature& signature) {
  for (const InputSignature& input : signature.inputs) {
    const std::string array = holds_windows(input) ? array_column(input, table) : std::string();
    if (array.empty()) continue;
    const Tensor windows = table.column(array);
    if (windows.rank() != 3 || windows.dtype() == DType::kString || std::cmp_not_equal(windows.dim(2), input.features.size())) continue;
    const std::vector<double> all = doubles(windows);
    const std::int64_t width = windows.dim(2), size = windows.dim(1) * width;
    for (std::int64_t feature = 0; feature < width; ++feature) {
      std::vector<double> values;
      for (std::int64_t row = 0; row < table.rows(); ++row)
        values.push_back(all[static_cast<std::size_t>((row + 1) * size - width + feature)]);
      const Tensor column({table.rows()}, std::move(values));
      table.add(last_step(input.features[static_cast<std::size_t>(feature)].column), column.cast(windows.dtype()));
    }
  }
  return table;
}

bool is_missing(const Tensor& column, std::int64_t row) {
  const auto at = static_cast<std::size_t>(row);
  switch (column.dtype()) {
    case DType::kString: return column.strings()[at].empty();
    case DType::kFloat32: return std::isnan(column.data<float>()[at]);
    case DType::kFloat64: return std::isnan(column.data<double>()[at]);
    default: return is_floating(column.dtype()) && std::isnan(doubles(column.rows(row, row + 1)).front());
  }
}

Tensor logged_values(const Table& log, const FeatureColumn& feature) {
  const Tensor& first = log.column(feature.columns.front());
  if (feature.columns.size() == 1) return first;
  if (first.dtype() == DType::kString) {
    std::vector<std::string> values = first.strings();
    for (std::size_t i = 1; i < feature.columns.size(); ++i) {
      const std::vector<std::string> others = words(log.column(feature.columns[i]));
      for (std::size_t row = 0; row < values.size(); ++row)
        if (values[row].empty()) values[row] = others[row];
    }
    return Tensor({log.rows()}, std::move(values));
  }
  std::vector<double> values = doubles(first);
  DType dtype = first.dtype();
  for (std::size_t i = 1; i < feature.columns.size(); ++i) {
    const Tensor& other = log.column(feature.columns[i]);
    if (other.dtype() == DType::kString) continue;
    const std::vector<double> others = doubles(other);
    for (std::size_t row = 0; row < values.size(); ++row)
      if (std::isnan(values[row])) values[row] = others[row];
    if (other.dtype() != dtype) dtype = DType::kFloat64;
  }
  return Tensor({log.rows()}, std::move(values)).cast(dtype);
}

std::vector<std::int64_t> integers(const Tensor& column) {
  const Tensor whole = column.cast(DType::kInt64);
  const auto values = whole.data<std::int64_t>();
  return {values.begin(), values.end()};
}

std::vector<double> doubles(const Tensor& column) {
  if (column.dtype() == DType::kString) throw Error(ErrorCode::kInvalidArgument, "a column of text is no number");
  const Tensor numbers = column.cast(DType::kFloat64);
  const auto values = numbers.data<double>();
  return {values.begin(), values.end()};
}

std::vector<std::string> words(const Tensor& column) {
  if (column.dtype() == DType::kString) return column.strings();
  std::vector<std::string> texts;
  if (is_integer_type(column.dtype()) && column.dtype() != DType::kUInt64) {
    for (const std::int64_t value : integers(column)) texts.push_back(std::to_string(value));
    return texts;
  }
  for (const double value : doubles(column)) texts.push_back(std::isnan(value) ? "" : upkeep::format("{}", value));
  return texts;
}

DType compared_type(const Tensor& reference, const Tensor& current, const FeatureColumn& feature) {
  return narrower(narrower(reference.dtype(), current.dtype()), feature.dtype);
}

Sides sides_of(const Tensor& reference, const Tensor& current, const FeatureColumn& feature, SampleCache& cache) {
  Sides sides;
  const FeatureKind said = feature.kind.value_or(FeatureKind::kNumber);
  if (said == FeatureKind::kBoolean) {
    const auto truth_values = [&](const Tensor& column) {
      const auto numbers = numbers_of(column, said);
      return numbers ? cache.words(numbers->cast(DType::kFloat64), DType::kUndefined) : cache.words(column, DType::kUndefined);
    };
    sides.kind = FeatureKind::kCategory;
    sides.reference_words = truth_values(reference);
    sides.current_words = truth_values(current);
    return sides;
  }
  sides.kind = said == FeatureKind::kNumber ? seen_kind(reference, current, feature, cache) : said;
  if (sides.kind == FeatureKind::kText) return sides;
  const DType type = compared_type(reference, current, feature);
  if (sides.kind == FeatureKind::kNumber) {
    sides.reference_numbers = cache.numbers(*numbers_of(reference, said), type);
    sides.current_numbers = cache.numbers(*numbers_of(current, said), type);
    return sides;
  }
  // Codes that one side holds as numbers and the other as texts are the same codes, and so are numbers of different widths.
  sides.reference_words = cache.words(reference, type);
  sides.current_words = cache.words(current, type);
  return sides;
}

}  // namespace upkeep
