// LinearClassifier (ai.onnx.ml)    scores = f(x W^T + b), label = the class of the largest one
//
// With one row of coefficients there is one score s; for two classes ONNX Runtime makes two of it: sigmoid(-s), sigmoid(s) with LOGISTIC,
// else 1 - s, s; and s > 0 says the second class. Without two classes it is left as it is.

#include "base/names.hpp"
#include "train/lowerings/shared/linear.hpp"

namespace upkeep::lowerings {
namespace {

Tensor class_labels(const Composite& node, std::int64_t& count) {
  auto strings = node.attribute<std::vector<std::string>>("classlabels_strings", {});
  auto ints = node.attribute<std::vector<std::int64_t>>("classlabels_ints", {});
  count = static_cast<std::int64_t>(std::max(strings.size(), ints.size()));
  if (!strings.empty()) return Tensor({count}, std::move(strings));
  if (ints.empty()) return Tensor({2}, std::vector<std::int64_t>{0, 1});
  return Tensor({count}, std::move(ints));
}

Value transformed(Ops& ops, Value scores, const std::string& transform) {
  if (transform == "NONE") return scores;
  if (transform == "LOGISTIC") return ops.sigmoid(scores);
  return ops.softmax(scores, 1);
}

// From one score per row.
Value both_scores(Ops& ops, Value score, const std::string& transform) {
  if (transform == "LOGISTIC") return ops.sigmoid(ops.concat({ops.neg(score), score}, 1));
  return ops.concat({ops.sub(1.0f, score), score}, 1);
}

std::vector<Value> linear_classifier(const Composite& node, Ops& ops) {
  std::int64_t classes = 0;
  const Tensor labels = class_labels(node, classes);
  const auto transform = node.attribute<std::string>("post_transform", "NONE");
  const auto features = node.attribute<std::vector<float>>("coefficients", {}).size();
  const auto intercepts = node.attribute<std::vector<float>>("intercepts", {}).size();
  const Value x = as_rows(ops, node.input(0));
  const Dim width = x.rank_known() ? x.dims().back() : Dim();
  const bool single =
      intercepts == 1 || classes < 2 || (intercepts == 0 && width.known() && features == static_cast<std::size_t>(width.value));
  const Value raw = linear_scores(node, ops, single ? 1 : classes);
  if (transform != "NONE" && transform != "LOGISTIC" && transform != "SOFTMAX")
    throw unknown_name("post_transform", transform, {"NONE", "LOGISTIC", "SOFTMAX"}, ErrorCode::kUnsupported);
  Value place;
  Value scores;
  if (single) {
    place = ops.squeeze(ops.cast(ops.greater(raw, 0.0f), DType::kInt64), {1});
    scores = classes == 2 ? both_scores(ops, raw, transform) : raw;
  } else {
    place = ops.node("ArgMax", {raw}, {{"axis", std::int64_t{1}, {}}, {"keepdims", std::int64_t{0}, {}}});
    scores = transformed(ops, raw, transform);
  }
  return {ops.gather(fixed(ops, labels), place, 0), scores};
}

}  // namespace

void add_linear_classifier(LoweringCatalog& catalog) {
  catalog.add({.name = "LinearClassifier",
               .aliases = {},
               .help = "scores = f(x W^T + b) by Gemm, label = the class of the largest one",
               .domain = kMl,
               .rule = linear_classifier});
}

}  // namespace upkeep::lowerings
