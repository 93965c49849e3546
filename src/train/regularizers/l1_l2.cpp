// l1 * sum |w| + l2 * sum w^2      (Keras: no 1/2, no division by the batch size)

#include <limits>

#include "train/regularizers/regularizer.hpp"

namespace upkeep {

namespace regularizers {
struct L1 {
  double l1 = 0.01;
};

struct L2 {
  double l2 = 0.01;
};

struct L1L2 {
  double l1 = 0.01;
  double l2 = 0.01;
};
}  // namespace regularizers

inline Range factor_range() { return range(0.0, std::numeric_limits<double>::infinity(), Ends::kOpenRight); }

template <>
inline const Settings settings<regularizers::L1> =
    describe<regularizers::L1>("l1", "l1 * sum |w|: drives weights to zero", field("l1", &regularizers::L1::l1, "factor", factor_range()));

template <>
inline const Settings settings<regularizers::L2> =
    describe<regularizers::L2>("l2", "l2 * sum w^2: keeps weights small", field("l2", &regularizers::L2::l2, "factor", factor_range()));

template <>
inline const Settings settings<regularizers::L1L2> = describe<regularizers::L1L2>(
    "l1_l2", "l1 * sum |w| + l2 * sum w^2", field("l1", &regularizers::L1L2::l1, "factor of the absolute values", factor_range()),
    field("l2", &regularizers::L1L2::l2, "factor of the squares", factor_range()));

namespace regularizers {
namespace {

Value scaled(Ops& ops, std::string_view reduction, Value weight, double factor) {
  return ops.mul(ops.reduce(reduction, weight, {}, false), static_cast<float>(factor));
}

Value l1(Ops& ops, Value weight, const Json& values) { return scaled(ops, "ReduceL1", weight, parse<L1>(values).l1); }

Value l2(Ops& ops, Value weight, const Json& values) { return scaled(ops, "ReduceSumSquare", weight, parse<L2>(values).l2); }

Value l1_l2(Ops& ops, Value weight, const Json& values) {
  const auto factors = parse<L1L2>(values);
  if (factors.l1 == 0) return l2(ops, weight, {{"l2", factors.l2}});
  if (factors.l2 == 0) return l1(ops, weight, {{"l1", factors.l1}});
  return ops.add(l1(ops, weight, {{"l1", factors.l1}}), l2(ops, weight, {{"l2", factors.l2}}));
}

template <typename T>
RegularizerEntry entry(std::string keras_class, Value (*penalty)(Ops&, Value, const Json&)) {
  const Settings& about = settings<T>;
  return {.name = about.name(), .aliases = {std::move(keras_class)}, .help = about.help(), .settings = about, .penalty = penalty};
}

}  // namespace

void add_l1_l2(RegularizerCatalog& catalog) {
  catalog.add(entry<L1>("L1", l1));
  catalog.add(entry<L2>("L2", l2));
  catalog.add(entry<L1L2>("L1L2", l1_l2));
}

}  // namespace regularizers
}  // namespace upkeep
