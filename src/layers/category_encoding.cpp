// Integers below num_tokens as vectors: one_hot, multi_hot or count.

#include "layers/category_encoding.hpp"

#include "layers/layer.hpp"

namespace upkeep {
namespace layers {

struct CategoryEncodingOptions {
  std::int64_t num_tokens = 0;
  std::string output_mode = "multi_hot";
};

}  // namespace layers

template <>
const Settings settings<layers::CategoryEncodingOptions> = describe<layers::CategoryEncodingOptions>(
    "category_encoding", "integers as vectors of zeros and ones",
    field("num_tokens", &layers::CategoryEncodingOptions::num_tokens, "how many integers there are; must be given", range(1, 1e9)),
    field("output_mode", &layers::CategoryEncodingOptions::output_mode, "a vector per integer, or one per example",
          one_of({"one_hot", "multi_hot", "count"})));

namespace layers {

Value encode_categories(Ops& ops, Value integers, const std::string& mode, std::int64_t depth) {
  const Dims& dims = integers.dims();
  if (mode == "one_hot" && dims.size() > 1 && dims.back() == Dim(1)) integers = ops.squeeze(integers, {-1});
  const Value vectors = ops.one_hot(integers, depth, DType::kFloat32);
  if (mode == "one_hot") return vectors;
  const std::int64_t axis = dims.size() > 1 ? 1 : 0;
  return mode == "count" ? ops.reduce_sum(vectors, {axis}) : ops.reduce_max(vectors, {axis});
}

namespace {

class CategoryEncoding : public Layer {
 public:
  using Options = CategoryEncodingOptions;

  explicit CategoryEncoding(Options options) : options_(std::move(options)) {
    if (options_.num_tokens == 0)
      throw Error(ErrorCode::kInvalidArgument, "category_encoding needs a number of tokens", "such as num_tokens: 10");
  }

  Value build(const BuildContext& context) const override {
    return encode_categories(context.ops, context.ops.cast(context.inputs[0], DType::kInt64), options_.output_mode, options_.num_tokens);
  }

 private:
  Options options_;
};

}  // namespace

void add_category_encoding(LayerCatalog& catalog) { catalog.add(entry<CategoryEncoding>("CategoryEncoding")); }

}  // namespace layers
}  // namespace upkeep
