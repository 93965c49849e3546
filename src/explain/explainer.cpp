#include "explain/explainer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/format.hpp"
#include "explain/honesty.hpp"

namespace upkeep::explain {

namespace {

constexpr std::size_t kMostFeaturesExact = 12;

using Steady = std::chrono::steady_clock;

double milliseconds_since(Steady::time_point begun) { return std::chrono::duration<double, std::milli>(Steady::now() - begun).count(); }

bool has_gradients(const Subject& subject) {
  try {
    static_cast<void>(subject.gradients());
    return true;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kUnsupported) throw;
    return false;
  }
}

void expect_finite(const Attribution& attribution, const Subject& subject, std::int64_t row) {
  const bool finite =
      std::isfinite(attribution.answer) && std::ranges::all_of(attribution.values, [](double v) { return std::isfinite(v); });
  if (finite) return;
  throw Error(
      ErrorCode::kFailedPrecondition,
      upkeep::format("output \"{}\" is not finite for row {}, or for rows made of it and the background", subject.output().name, row + 1),
      "explain rows that the model answers");
}

// What the question says, for every method.
Explanation explained(const MethodEntry& method, const Json& settings, const Question& question, std::int64_t row,
                      const ExplainOptions& options) {
  Explanation made{.method = method.name, .settings = settings, .row = row, .element = question.element};
  const Steady::time_point begun = Steady::now();
  const std::int64_t before = question.subject.evaluations();
  made.attribution = in_context(upkeep::format("row {}", row + 1), [&] { return method.explain(question, settings); });
  expect_finite(made.attribution, question.subject, row);
  made.honesty = measured(method, settings, question, made.attribution, {.infidelity = options.infidelity, .stability = options.stability});
  made.honesty.evaluations = question.subject.evaluations() - before;
  made.honesty.milliseconds = milliseconds_since(begun);
  return made;
}

// The settings that are given, and the defaults of the others.
Json completed(const Settings& settings, const Json& given) {
  Json all = Json::object();
  for (const Field& field : settings.fields()) all[field.name] = field.default_value;
  all.update(given);
  return all;
}

}  // namespace

NamedSettings chosen_method(const std::string& text, const Subject& subject) {
  NamedSettings named = parse_named(text);
  if (named.name != "auto") return named;
  if (has_gradients(subject)) named.name = "integrated-gradients";
  else named.name = subject.features().size() <= kMostFeaturesExact ? "exact-shapley" : "kernel-shap";
  return named;
}

std::vector<Explanation> explain_rows(const Subject& subject, const Tensors& rows, const Background& background,
                                      const ExplainOptions& options, const std::function<void(std::int64_t done)>& progress) {
  const std::int64_t count = rows_in(rows);
  if (count == 0) throw Error(ErrorCode::kInvalidArgument, "no rows to explain");
  const NamedSettings named = chosen_method(options.method, subject);
  const MethodEntry& method = methods::catalog().at(named.name);
  if (method.needs_background && background.size() == 0)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("method {} compares with background rows, and none were given", method.name),
                "give rows like those that the model was trained on");
  const Json settings = completed(method.settings, named.values);
  std::vector<std::int64_t> elements;
  if (options.element.empty()) elements = subject.likeliest(rows);
  else elements.assign(static_cast<std::size_t>(count), subject.element_named(options.element));
  std::vector<Explanation> made;
  for (std::int64_t row = 0; row < count; ++row) {
    const Tensors one = row_of(rows, row);
    const Question question{.subject = subject,
                            .row = one,
                            .element = elements[static_cast<std::size_t>(row)],
                            .background = background,
                            .seed = options.seed,
                            .until_error = options.until_error};
    made.push_back(explained(method, settings, question, row, options));
    if (progress) progress(row + 1);
  }
  return made;
}

}  // namespace upkeep::explain
