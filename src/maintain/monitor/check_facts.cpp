#include "maintain/monitor/check_facts.hpp"

#include <algorithm>

#include "graph/element_types.hpp"

namespace upkeep {

namespace {

Tensor no_values(const Tensor& like) {
  return like.dtype() == DType::kString ? Tensor({0}, std::vector<std::string>{}) : Tensor({0}, std::vector<double>{}).cast(like.dtype());
}

const Feature* known_feature(const std::optional<Signature>& signature, const std::string& column) {
  if (!signature) return nullptr;
  for (const InputSignature& input : signature->inputs)
    for (const Feature& feature : input.features)
      if (feature.column == column) return &feature;
  return nullptr;
}

// Values of both sides; nullopt where they are free text or arrays.
std::optional<checks::Values> values_of(const FeatureColumn& feature, const Tensor& logged, const Table* reference, SampleCache& cache) {
  const bool known = reference && reference->has(feature.reference) && reference->column(feature.reference).size() == reference->rows();
  checks::Values values{.name = feature.name, .may_be_missing = feature.may_be_missing};
  if (known) {
    const bool texts = logged.dtype() == DType::kString && reference->has_texts(feature.reference);
    values.sides = sides_of(texts ? reference->texts(feature.reference) : reference->column(feature.reference), logged, feature, cache);
  } else if (feature.kind == FeatureKind::kText) {
    return std::nullopt;
  } else {
    FeatureColumn alone = feature;
    if (logged.dtype() == DType::kString && !alone.kind) alone.kind = FeatureKind::kCategory;
    values.sides = sides_of(no_values(logged), logged, alone, cache);
  }
  return values.sides.kind == FeatureKind::kText ? std::nullopt : std::optional(std::move(values));
}

// Labels as the targets are: categories where these are texts.
std::optional<checks::Values> label_values(const CheckSources& sources) {
  if (!sources.reference || sources.target.empty() || sources.log.labels.rows() == 0) return std::nullopt;
  std::vector<std::int64_t> rows;
  for (const std::int64_t row : sources.rows)
    if (sources.log.labelled(row) && !sources.log.failed(row)) rows.push_back(sources.log.label_rows[static_cast<std::size_t>(row)]);
  if (rows.empty()) return std::nullopt;
  const FeatureColumn target{.name = "labels", .reference = sources.target, .columns = {"label"}, .kind = {}};
  return values_of(target, sources.log.labels.take(rows).column("label"), sources.reference, sources.cache);
}

}  // namespace

checks::Facts facts_for_checks(const CheckSources& sources) {
  checks::Facts facts;
  const Table& current = sources.answered;
  if (current.rows() == 0) return facts;
  SampleCache& cache = sources.cache;
  for (const FeatureColumn& feature : match_features(current, sources.names)) {
    if (!feature.is_in(current)) continue;
    std::optional<checks::Values> values = values_of(feature, logged_values(current, feature), sources.reference, cache);
    if (!values) continue;
    if (const Feature* known = known_feature(sources.names.signature, feature.reference)) values->known = known->categories;
    facts.features.push_back(std::move(*values));
  }
  for (const auto& [name, column] : current.columns()) {
    if (!name.starts_with("out.")) continue;
    const FeatureColumn output{.name = name.substr(4), .reference = name, .columns = {name}, .kind = {}};
    if (std::optional<checks::Values> values = values_of(output, column, sources.reference_outputs, cache))
      facts.outputs.push_back(std::move(*values));
  }
  const std::vector<std::int64_t> numbers = integers(current.column("row"));
  for (std::size_t i = 0; i < numbers.size(); ++i)
    facts.requests.push_back({.id = current.column("request_id").strings()[i], .row = numbers[i]});
  facts.labels = label_values(sources);
  return facts;
}

}  // namespace upkeep
