// ArrayFeatureExtractor (ai.onnx.ml)    y = x[..., indices]; a vector gives one row
// FeatureVectorizer                     y = the inputs beside each other

#include "train/lowerings/shared/linear.hpp"

namespace upkeep::lowerings {
namespace {

std::vector<Value> array_feature_extractor(const Composite& node, Ops& ops) {
  const Value x = node.input(0);
  if (!x.rank_known()) throw Error(ErrorCode::kUnsupported, "the rank of its input is not known");
  const Value y = ops.gather(x, ops.reshape(node.input(1), {-1}), -1);
  return {x.rank() == 1 ? ops.unsqueeze(y, {0}) : y};
}

std::vector<Value> feature_vectorizer(const Composite& node, Ops& ops) {
  std::vector<Value> parts;
  for (std::size_t i = 0; i < node.input_count(); ++i) parts.push_back(as_rows(ops, node.input(i)));
  return {ops.concat(std::move(parts), 1)};
}

}  // namespace

void add_array_feature_extractor(LoweringCatalog& catalog) {
  catalog.add({.name = "ArrayFeatureExtractor",
               .aliases = {},
               .help = "y = x[..., indices], by Gather",
               .domain = kMl,
               .rule = array_feature_extractor});
  catalog.add(
      {.name = "FeatureVectorizer", .aliases = {}, .help = "y = the inputs, concatenated", .domain = kMl, .rule = feature_vectorizer});
}

}  // namespace upkeep::lowerings
