#include "explain/methods/shared/by_gradient.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "base/format.hpp"

namespace upkeep::explain::methods {

namespace {

std::vector<double> numbers_of(const Tensor& values) {
  const Tensor numbers = values.cast(DType::kFloat64);
  return {numbers.data<double>().begin(), numbers.data<double>().end()};
}

Tensor repeated(const Tensor& row, std::int64_t count) {
  if (row.rank() == 0) return row;
  Shape shape = row.shape();
  shape[0] = count;
  if (row.dtype() == DType::kString) {
    std::vector<std::string> texts;
    for (std::int64_t i = 0; i < count; ++i) texts.insert(texts.end(), row.strings().begin(), row.strings().end());
    return Tensor(std::move(shape), std::move(texts));
  }
  std::vector<std::byte> bytes(row.size_bytes() * static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
    std::memcpy(bytes.data() + i * row.size_bytes(), row.bytes().data(), row.size_bytes());
  return Tensor::from_bytes(row.dtype(), std::move(shape), bytes);
}

const Tensor& row_tensor(const Question& question, const std::string& input) { return question.row.at(input); }

// Numbers of a carrier, summed to the elements of its input.
void sum_to_input(std::vector<double>& sums, const std::vector<double>& numbers, const std::string& input) {
  if (sums.empty() || numbers.size() % sums.size() != 0)
    throw Error(ErrorCode::kUnsupported, upkeep::format("the {} numbers that input \"{}\" is looked up as do not belong to its {} elements",
                                                        numbers.size(), input, sums.size()));
  const std::size_t each = numbers.size() / sums.size();
  for (std::size_t i = 0; i < numbers.size(); ++i) sums[i / each] += numbers[i];
}

Numbers by_input(const Question& question, const Gradients& gradients, const Numbers& numbers) {
  Numbers sums;
  for (const Gradients::Carrier& carrier : gradients.carriers()) {
    std::vector<double>& into = sums[carrier.input];
    into.resize(static_cast<std::size_t>(row_tensor(question, carrier.input).size()));
    sum_to_input(into, numbers.at(carrier.value), carrier.input);
  }
  return sums;
}

std::vector<double> feature_sums(const Subject& subject, const Numbers& inputs) {
  std::vector<double> sums;
  for (const ExplainedFeature& feature : subject.features()) {
    double sum = 0;
    for (const InputElements& part : feature.parts)
      if (const auto found = inputs.find(part.input); found != inputs.end())
        for (const std::int64_t element : part.elements) sum += found->second.at(static_cast<std::size_t>(element));
    sums.push_back(sum);
  }
  return sums;
}

}  // namespace

Path::Path(const Question& question, const Background& background)
    : gradients_(question.subject.gradients()),
      tensors_(gradients_.looked_up(question.row)),
      background_tensors_(background.size() == 0 ? Tensors() : gradients_.looked_up(background.rows)) {
  for (const Gradients::Carrier& carrier : gradients_.carriers()) {
    row_.emplace(carrier.value, numbers_of(tensors_.at(carrier.value)));
    if (background.size() == 0) continue;
    const auto found = background_tensors_.find(carrier.value);
    if (found == background_tensors_.end() || found->second.rank() == 0 ||
        found->second.size() / found->second.dim(0) != tensors_.at(carrier.value).size())
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("the background's rows of \"{}\" are not like the row", carrier.value),
                  "give background rows of the same columns and shape");
  }
}

Numbers Path::background(std::int64_t row) const {
  Numbers numbers;
  for (const auto& [name, values] : row_) numbers.emplace(name, numbers_of(background_tensors_.at(name).rows(row, row + 1)));
  return numbers;
}

Numbers Path::difference(std::int64_t background_row) const {
  Numbers numbers = row_;
  const Numbers from = background(background_row);
  for (auto& [name, values] : numbers)
    for (std::size_t i = 0; i < values.size(); ++i) values[i] -= from.at(name)[i];
  return numbers;
}

Tensors Path::rows(std::int64_t count, const std::function<void(std::int64_t, const std::string&, std::vector<double>&)>& fill) const {
  Tensors made;
  for (const auto& [name, row] : tensors_)
    if (!row_.contains(name) && gradients_.reads(name)) made.emplace(name, repeated(row, count));
  for (const auto& [name, numbers] : row_) {
    const Tensor& row = tensors_.at(name);
    Shape shape = row.shape();
    shape[0] = count;
    const bool wide = row.dtype() == DType::kFloat64;
    std::vector<float> floats(wide ? 0 : numbers.size() * static_cast<std::size_t>(count));
    std::vector<double> doubles(wide ? numbers.size() * static_cast<std::size_t>(count) : 0);
    std::vector<double> one;
    for (std::int64_t i = 0; i < count; ++i) {
      one = numbers;
      fill(i, name, one);
      const auto begin = static_cast<std::size_t>(i) * numbers.size();
      for (std::size_t k = 0; k < one.size(); ++k) {
        if (wide) doubles[begin + k] = one[k];
        else floats[begin + k] = static_cast<float>(one[k]);
      }
    }
    made.emplace(name, wide ? Tensor(shape, std::move(doubles)) : Tensor(shape, std::move(floats)).cast(row.dtype()));
  }
  return made;
}

Tensors Path::at(std::span<const Point> points) const {
  std::map<std::int64_t, Numbers> known;
  for (const Point& point : points)
    if (!known.contains(point.background)) known.emplace(point.background, background(point.background));
  return rows(static_cast<std::int64_t>(points.size()), [&](std::int64_t i, const std::string& name, std::vector<double>& numbers) {
    const Point& point = points[static_cast<std::size_t>(i)];
    const std::vector<double>& from = known.at(point.background).at(name);
    for (std::size_t k = 0; k < numbers.size(); ++k) numbers[k] = from[k] + point.part * (numbers[k] - from[k]);
  });
}

Tensors Path::changed(std::int64_t count, const std::function<void(std::int64_t, const std::string&, std::vector<double>&)>& change) const {
  return rows(count, change);
}

Background background_or_zeros(const Question& question, std::vector<std::string>& notes) {
  if (question.background.size() > 0) return question.background;
  notes.push_back("No background was given: compared with zeros.");
  Background zeros{.rows = {}, .weights = {1}, .about = "zeros"};
  for (const auto& [name, row] : question.row) {
    if (row.dtype() == DType::kString)
      zeros.rows.emplace(name, Tensor(row.shape(), std::vector<std::string>(static_cast<std::size_t>(row.size()))));
    else zeros.rows.emplace(name, Tensor::from_bytes(row.dtype(), row.shape(), std::vector<std::byte>(row.size_bytes())));
  }
  return zeros;
}

Numbers gradient_of(const Gradients::Answer& answer, std::int64_t row) {
  Numbers made;
  add_gradient(made, answer, row, 1);
  return made;
}

void add_gradient(Numbers& sums, const Gradients::Answer& answer, std::int64_t row, double factor) {
  for (const auto& [name, gradient] : answer.gradients) {
    const auto size = static_cast<std::size_t>(gradient.size() / gradient.dim(0));
    std::vector<double>& into = sums[name];
    into.resize(size);
    const auto values = gradient.floats().subspan(static_cast<std::size_t>(row) * size, size);
    for (std::size_t i = 0; i < size; ++i) into[i] += factor * static_cast<double>(values[i]);
  }
}

Numbers product(const Numbers& a, const Numbers& b) {
  Numbers made = a;
  for (auto& [name, values] : made)
    for (std::size_t i = 0; i < values.size(); ++i) values[i] *= b.at(name)[i];
  return made;
}

double total(const Numbers& numbers) {
  double sum = 0;
  for (const auto& [name, values] : numbers) sum = std::accumulate(values.begin(), values.end(), sum);
  return sum;
}

std::vector<double> by_feature(const Question& question, const Gradients& gradients, const Numbers& numbers) {
  return feature_sums(question.subject, by_input(question, gradients, numbers));
}

void attribute(Attribution& attribution, const Question& question, const Gradients& gradients, const Numbers& numbers) {
  const Numbers inputs = by_input(question, gradients, numbers);
  attribution.values = feature_sums(question.subject, inputs);
  for (const auto& [input, values] : inputs)
    attribution.elements.insert_or_assign(input,
                                          Tensor(row_tensor(question, input).shape(), std::vector<float>(values.begin(), values.end())));
  attribution.notes.insert(attribution.notes.end(), gradients.notes().begin(), gradients.notes().end());
}

}  // namespace upkeep::explain::methods
