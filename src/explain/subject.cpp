#include "explain/subject.hpp"

#include <algorithm>
#include <cmath>

#include "base/format.hpp"
#include "base/names.hpp"
#include "data/elements.hpp"
#include "data/rows.hpp"
#include "explain/gradients.hpp"
#include "graph/element_types.hpp"
#include "graph/signature.hpp"
#include "train/batches.hpp"

namespace upkeep::explain {

namespace {

// Probabilities of 0 and 1 would have infinite logits: they count as the nearest that float32 tells from them.
constexpr double kSmallestProbability = 0x1p-24;

bool explainable(const OutputSignature& output) { return is_floating(output.dtype) && output.answer != Answer::kLabel; }

std::size_t chosen_output(const Signature& signature, const std::string& asked) {
  std::vector<std::string> names;
  for (const OutputSignature& output : signature.outputs)
    if (explainable(output)) names.push_back(output.name);
  if (names.empty()) throw Error(ErrorCode::kUnsupported, "the model has no output of floating numbers to explain");
  const OutputSignature* const judged = signature.judged_output();
  std::string name = asked;
  if (asked.empty()) name = judged && explainable(*judged) ? judged->name : names.front();
  for (std::size_t i = 0; i < signature.outputs.size(); ++i)
    if (signature.outputs[i].name == name && explainable(signature.outputs[i])) return i;
  throw unknown_name("output", name, names);
}

std::int64_t elements_of(const OutputSignature& output) {
  if (output.dims && std::ranges::all_of(output.dims->begin() + (output.dims->empty() ? 0 : 1), output.dims->end(),
                                         [](std::int64_t size) { return size >= 0; }))
    return output.dims->empty() ? 1 : element_count(Shape(output.dims->begin() + 1, output.dims->end()));
  if (!output.classes.empty()) return static_cast<std::int64_t>(output.classes.size());
  throw Error(ErrorCode::kUnsupported, upkeep::format("output \"{}\" leaves the size of an axis open", output.name),
              "explanations need an output whose rows have a known shape");
}

std::int64_t fixed_rows(const std::vector<TensorSpec>& inputs) {
  for (const TensorSpec& input : inputs)
    if (!input.dims.empty() && input.dims[0].known()) return input.dims[0].value;
  return 0;
}

}  // namespace

double on_scale(double answer, Scale scale) {
  if (scale == Scale::kOutput || std::isnan(answer)) return answer;
  if (answer < 0 || answer > 1)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("the answer {} is not a probability, so it has no logit", answer),
                "explain it on the scale of the output");
  const double p = std::clamp(answer, kSmallestProbability, 1 - kSmallestProbability);
  return std::log(p / (1 - p));
}

Error budget_used_up(std::int64_t most) {
  return Error(ErrorCode::kResourceExhausted, upkeep::format("the budget of {} evaluations of the model is used up", most),
               "raise the budget, take fewer samples or fewer background rows");
}

std::int64_t rows_in(const Tensors& rows) {
  for (const auto& [name, values] : rows)
    if (values.rank() > 0) return values.dim(0);
  return 0;
}

std::map<std::string, Shape> row_shapes(const Tensors& rows) {
  std::map<std::string, Shape> shapes;
  for (const auto& [name, values] : rows)
    if (values.rank() > 0) shapes.emplace(name, Shape(values.shape().begin() + 1, values.shape().end()));
  return shapes;
}

Tensors row_of(const Tensors& rows, std::int64_t row) {
  Tensors one;
  for (const auto& [name, values] : rows) one.emplace(name, values.rank() == 0 ? values : values.rows(row, row + 1));
  return one;
}

Tensors rows_at(const Tensors& rows, std::span<const std::int64_t> places) {
  Tensors made;
  for (const auto& [name, values] : rows) made.emplace(name, values.rank() == 0 ? values : take_rows(values, places));
  return made;
}

Subject::Subject(std::shared_ptr<const Model> model, const SubjectOptions& options)
    : Subject(
          std::make_shared<const Session>(*model, SessionOptions{.threads = options.threads}), signature_of(*model),
          [model] { return model; }, options) {}

Subject::Subject(std::shared_ptr<const Session> session, const Signature& signature, std::function<std::shared_ptr<const Model>()> model,
                 const SubjectOptions& options)
    : load_model_(std::move(model)), session_(std::move(session)), signature_(signature), options_(options) {
  output_ = &signature_.outputs[chosen_output(signature_, options_.output)];
  elements_ = elements_of(*output_);
  features_ = features_of(signature_, options_.features);
  allow(options_.most_evaluations);
}

Subject::~Subject() = default;

std::string Subject::element_name(std::int64_t element) const {
  const auto place = static_cast<std::size_t>(element);
  if (output_->answer == Answer::kBinary && output_->classes.size() == 2) return output_->classes[1];
  if (place < output_->classes.size()) return output_->classes[place];
  if (place < output_->targets.size()) return output_->targets[place];
  return elements_ == 1 ? output_->name : upkeep::format("{}[{}]", output_->name, element);
}

std::int64_t Subject::element_named(const std::string& name) const {
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < elements_; ++i) {
    names.push_back(element_name(i));
    if (names.back() == name) return i;
  }
  const std::optional<std::string> digits = whole_digits(name);
  if (digits && digits->size() < 18 && std::stoll(*digits) >= 0 && std::stoll(*digits) < elements_) return std::stoll(*digits);
  Error error = unknown_name(output_->classes.empty() ? "element" : "class", name, names);
  if (output_->answer == Answer::kBinary && output_->classes.size() == 2 && output_->classes[0] == name)
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("the model gives one number, for class \"{}\": what speaks for \"{}\" has the opposite sign",
                               output_->classes[1], name),
                upkeep::format("explain \"{}\"", output_->classes[1]));
  throw error.in("output \"" + output_->name + "\"");
}

void Subject::spend(std::int64_t rows) const {
  const std::int64_t spent = evaluations_.fetch_add(rows) + rows;
  if (allowed_ == 0 || spent <= allowed_) return;
  evaluations_.fetch_sub(rows);
  throw budget_used_up(options_.most_evaluations);
}

void Subject::allow(std::int64_t rows) {
  options_.most_evaluations = rows;
  allowed_ = rows == 0 ? 0 : evaluations_.load() + rows;
}

std::vector<double> Subject::all_answers(const Tensors& rows) const {
  const std::int64_t count = rows_in(rows);
  spend(count);
  std::vector<double> answers;
  answers.reserve(static_cast<std::size_t>(count * elements_));
  const auto take = [&](const Tensor& output, std::int64_t taken) {
    const Tensor numbers = output.dtype() == DType::kFloat64 ? output : output.cast(DType::kFloat64);
    if (numbers.rank() == 0 || numbers.dim(0) < taken || numbers.size() != numbers.dim(0) * elements_)
      throw Error(ErrorCode::kUnsupported, upkeep::format("output \"{}\" {} has not {} numbers for each of {} rows", output_->name,
                                                          to_string(output.shape()), elements_, taken));
    for (const double answer : numbers.data<double>().first(static_cast<std::size_t>(taken * elements_)))
      answers.push_back(on_scale(answer, options_.scale));
  };
  if (fixed_rows(session_->inputs()) > 0) {
    run_in_batches(*session_, rows, options_.batch_rows, [&](const Tensors&, const Tensors& outputs, std::int64_t taken) {
      if (taken == 0) throw Error(ErrorCode::kUnsupported, "the model's inputs do not have a row for each sample");
      take(outputs.at(output_->name), taken);
    });
    return answers;
  }
  for (std::int64_t begin = 0; begin < count; begin += options_.batch_rows) {
    const std::int64_t end = std::min(count, begin + options_.batch_rows);
    Tensors batch;
    for (const auto& [name, values] : rows) batch.emplace(name, values.rank() == 0 ? values : values.rows(begin, end));
    take(session_->run(batch, {output_->name}).at(output_->name), end - begin);
  }
  return answers;
}

std::vector<double> Subject::answers(const Tensors& rows, std::int64_t element) const {
  std::vector<double> all = all_answers(rows);
  if (elements_ == 1) return all;
  std::vector<double> chosen;
  for (std::size_t i = static_cast<std::size_t>(element); i < all.size(); i += static_cast<std::size_t>(elements_))
    chosen.push_back(all[i]);
  return chosen;
}

std::vector<std::int64_t> Subject::likeliest(const Tensors& rows) const {
  const auto count = static_cast<std::size_t>(rows_in(rows));
  std::vector<std::int64_t> elements(count, 0);
  if (elements_ == 1 || output_->answer != Answer::kClasses) return elements;
  const std::vector<double> all = all_answers(rows);
  for (std::size_t row = 0; row < count; ++row) {
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(row * static_cast<std::size_t>(elements_));
    elements[row] = std::max_element(first, first + elements_) - first;
  }
  return elements;
}

const std::shared_ptr<const Model>& Subject::model() const {
  const std::lock_guard lock(mutex_);
  if (!model_) model_ = load_model_();
  return model_;
}

const Gradients& Subject::gradients() const {
  const Model& known = *model();
  const std::lock_guard lock(mutex_);
  if (!gradients_) gradients_ = std::make_unique<Gradients>(known, *this);
  return *gradients_;
}

}  // namespace upkeep::explain
