// Sums, means, extremes, products and norms over axes; the places of extremes along one axis.

#include <map>

#include "base/format.hpp"
#include "convert/firmware/operator.hpp"

namespace upkeep::firmware {

namespace {

// y starts as `start`, takes in each v by `step`, and ends as `end` of y and the number n.
struct Reduction {
  double start;
  std::string step, end = "";
};

const std::map<std::string, Reduction>& reductions() {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  static const std::map<std::string, Reduction> all = {
      {"ReduceL1", {0, "y += v < 0 ? -v : v;"}},
      {"ReduceL2", {0, "y += v * v;", "std::sqrt(y)"}},
      {"ReduceLogSum", {0, "y += v;", "std::log(y)"}},
      {"ReduceMax", {-kInfinity, "if (v > y) y = v;"}},
      {"ReduceMean", {0, "y += v;", "y / n"}},
      {"ReduceMin", {kInfinity, "if (v < y) y = v;"}},
      {"ReduceProd", {1, "y *= v;"}},
      {"ReduceSum", {0, "y += v;"}},
      {"ReduceSumSquare", {0, "y += v * v;"}},
  };
  return all;
}

std::vector<std::string> reduction_names() {
  std::vector<std::string> names = {"ArgMax", "ArgMin", "ReduceLogSumExp"};
  for (const auto& [name, reduction] : reductions()) names.push_back(name);
  return names;
}

std::vector<bool> reduced_axes(const Operation& operation, std::size_t rank) {
  std::vector<std::int64_t> axes = operation.attribute("axes", std::vector<std::int64_t>{});
  if (operation.input(1)) axes = operation.ints(1);
  std::vector<bool> reduced(rank, axes.empty() && operation.attribute<std::int64_t>("noop_with_empty_axes", 0) == 0);
  for (const std::int64_t axis : axes) reduced[front_axis(axis, rank)] = true;
  return reduced;
}

// y's place for each element of x: it stands still along the axes that are reduced.
Walk reduced_walk(const Shape& shape, const std::vector<bool>& reduced) {
  Shape kept = shape;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (reduced[i]) kept[i] = 1;
  Walk walk = walk_of(kept);
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (reduced[i]) walk.strides[i] = 0;
  return walk;
}

std::string start_of(const Reduction& reduction, const Operation& operation) {
  if (std::isfinite(reduction.start)) return operation.number(reduction.start);
  const bool floats = operation.dtype() == DType::kFloat32 || operation.dtype() == DType::kFloat64;
  const std::string limits = upkeep::format("std::numeric_limits<{}>::", operation.type());
  if (floats) return (reduction.start < 0 ? "-" : "") + limits + "infinity()";
  return limits + (reduction.start < 0 ? "lowest()" : "max()");
}

// In the order of memory, so that neighbours meet the same y or neighbouring ones.
void write_pass(const Operation& operation, const Walk& to, const std::string& step, Code& code) {
  const Operand x = operation.input(0);
  write_loops(code, x.shape, {walk_of(x.shape), to}, [&](const auto& at) {
    code.line(upkeep::format("const {} v = x0[{}];", type_name(x.dtype), at[0]));
    code.line(upkeep::format("{}& y = y0[{}];", operation.type(), at[1]));
    code.line(step);
  });
}

void write_end(const Operation& operation, const std::string& end, std::int64_t count, Code& code) {
  code.loop("i", operation.output(0).count());
  code.line(upkeep::format("const {} y = y0[i];", operation.type()));
  if (end.contains(" n")) code.line(upkeep::format("const {} n = {};", operation.type(), operation.number(static_cast<double>(count))));
  code.line(upkeep::format("y0[i] = {};", end));
  code.close();
}

// log of the sum of exp(x), with the largest taken out.
void write_log_sum_exp(Operation& operation, const Walk& to, Code& code) {
  const Operand x = operation.input(0);
  const std::int64_t count = operation.output(0).count();
  operation.use_scratch(count);
  code.line(upkeep::format("std::fill_n(y0, {}, std::numeric_limits<{}>::lowest());", count, operation.type()));
  code.line(upkeep::format("std::fill_n(scratch, {}, {});", count, operation.number(0)));
  write_pass(operation, to, "if (v > y) y = v;", code);
  write_loops(code, x.shape, {walk_of(x.shape), to},
              [&](const auto& at) { code.line(upkeep::format("scratch[{1}] += std::exp(x0[{0}] - y0[{1}]);", at[0], at[1])); });
  code.line(upkeep::format("for (std::size_t i = 0; i < {}; ++i) y0[i] += std::log(scratch[i]);", count));
}

void write_arg(const Operation& operation, Code& code) {
  const Operand x = operation.input(0);
  const std::size_t axis = operation.axis("axis", 0, x.rank());
  const std::int64_t stride = row_major(x.shape)[axis];
  const bool last = operation.attribute<std::int64_t>("select_last_index", 0) != 0;
  const std::string better = std::string(operation.op() == "ArgMax" ? ">" : "<") + (last ? "=" : "");
  Shape others = x.shape;
  others[axis] = 1;
  write_loops(code, others, {walk_of(x.shape), walk_of(others)}, [&](const auto& at) {
    code.line("std::size_t best = 0;");
    code.loop("t", x.shape[axis]);
    code.line(upkeep::format("if (x0[{0} + t * {1}] {2} x0[{0} + best * {1}]) best = t;", at[0], stride, better));
    code.close();
    code.line(upkeep::format("y0[{}] = static_cast<std::int64_t>(best);", at[1]));
  });
}

void write_reduce(Operation& operation, Code& code) {
  if (operation.op().starts_with("Arg")) return write_arg(operation, code);
  const Operand x = operation.input(0);
  const std::vector<bool> reduced = reduced_axes(operation, x.rank());
  const Walk to = reduced_walk(x.shape, reduced);
  if (operation.op() == "ReduceLogSumExp") return write_log_sum_exp(operation, to, code);
  const Reduction& reduction = reductions().at(operation.op());
  const std::int64_t results = operation.output(0).count();
  code.line(upkeep::format("std::fill_n(y0, {}, {});", results, start_of(reduction, operation)));
  write_pass(operation, to, reduction.step, code);
  if (!reduction.end.empty()) write_end(operation, reduction.end, results == 0 ? 1 : x.count() / results, code);
}

}  // namespace

void add_reduce(OperatorCatalog& catalog) {
  catalog.add({.name = "Reduce",
               .aliases = reduction_names(),
               .help = "sums, means, extremes, products and norms over axes; places of extremes",
               .write = write_reduce});
}

}  // namespace upkeep::firmware
