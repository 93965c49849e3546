// [batch, features] -> [batch, n, features]: the same row n times.

#include "base/format.hpp"
#include "layers/layer.hpp"

namespace upkeep {
namespace layers {

struct RepeatVectorOptions {
  std::int64_t n = 0;
};

}  // namespace layers

template <>
const Settings settings<layers::RepeatVectorOptions> =
    describe<layers::RepeatVectorOptions>("repeat_vector", "the same row several times",
                                          field("n", &layers::RepeatVectorOptions::n, "how many times; must be given", range(1, 1 << 24)));

namespace layers {
namespace {

class RepeatVector : public Layer {
 public:
  using Options = RepeatVectorOptions;
  explicit RepeatVector(const Options& options) : n_(options.n) {
    if (n_ == 0) throw Error(ErrorCode::kInvalidArgument, "a repeat_vector layer needs a number of times", "such as n: 10");
  }

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    const Value x = context.inputs[0];
    if (x.rank() != 2)
      throw Error(ErrorCode::kInvalidArgument, "it expects an input of two axes, [batch, features], got " + to_string(x.dims()));
    return ops.expand(ops.unsqueeze(x, {1}), ops.ints({1, n_, 1}));
  }

 private:
  std::int64_t n_;
};

}  // namespace

void add_repeat_vector(LayerCatalog& catalog) { catalog.add(entry<RepeatVector>("RepeatVector")); }

}  // namespace layers
}  // namespace upkeep
