// Rows (or columns) of a matrix that point apart (Keras: OrthogonalRegularizer). With each row scaled to length 1, and n rows:
//
//   factor / 2 * sum over i != j of |row_i . row_j|  /  (n (n - 1) / 2)
//
// Keras divides by sqrt(max(|row|^2, 1e-14)).

#include <limits>

#include "train/regularizers/regularizer.hpp"

namespace upkeep {

namespace regularizers {
struct Orthogonal {
  double factor = 0.01;
  std::string mode = "rows";
};
}  // namespace regularizers

template <>
inline const Settings settings<regularizers::Orthogonal> = describe<regularizers::Orthogonal>(
    "orthogonal_regularizer", "makes the rows (or columns) of a matrix orthogonal",
    field("factor", &regularizers::Orthogonal::factor, "size of the penalty",
          range(0.0, std::numeric_limits<double>::infinity(), Ends::kOpenRight)),
    field("mode", &regularizers::Orthogonal::mode, "what is to be orthogonal", one_of({"rows", "columns"})));

namespace regularizers {
namespace {

Value orthogonal(Ops& ops, Value weight, const Json& values) {
  const auto options = parse<Orthogonal>(values);
  if (weight.rank() != 2)
    throw Error(ErrorCode::kInvalidArgument, "orthogonal_regularizer on a weight " + to_string(weight.dims()), "it needs a matrix");
  const Value rows = options.mode == "rows" ? weight : ops.transpose(weight, {1, 0});
  const Dim count = rows.dims()[0];
  if (!count.known()) throw Error(ErrorCode::kInvalidArgument, "orthogonal_regularizer on a value of unknown size");
  const Value length = ops.max(ops.reduce_sum(ops.mul(rows, rows), {1}, true), ops.constant(1e-14f, rows.dtype()));
  const Value unit = ops.div(rows, ops.sqrt(length));
  std::vector<float> apart(static_cast<std::size_t>(count.value * count.value), 1.0f);
  for (std::int64_t i = 0; i < count.value; ++i) apart[static_cast<std::size_t>(i * count.value + i)] = 0.0f;
  const Value others = ops.constant(Tensor({count.value, count.value}, std::move(apart)));
  const Value products = ops.mul(ops.matmul(unit, ops.transpose(unit, {1, 0})), others);
  const auto n = static_cast<double>(count.value);
  return ops.mul(ops.reduce_sum(ops.abs(products), {}), static_cast<float>(options.factor / (n * (n - 1.0))));
}

}  // namespace

void add_orthogonal(RegularizerCatalog& catalog) {
  const Settings& about = settings<Orthogonal>;
  catalog.add({.name = about.name(),
               .aliases = {"OrthogonalRegularizer", "orthogonal"},
               .help = about.help(),
               .settings = about,
               .penalty = orthogonal});
}

}  // namespace regularizers
}  // namespace upkeep
