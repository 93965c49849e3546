// Axes of reductions, of Squeeze and of Unsqueeze: an attribute once, an input since 13 (ReduceSum, Squeeze, Unsqueeze) and 18 (the
// others). Since 11, an axis may be counted from the back.

#include "graph/opsets/adapter.hpp"

namespace upkeep::opsets {

using Integers = std::vector<std::int64_t>;

static bool is_reduction(const Step& step) { return step.node.op.starts_with("Reduce"); }

static void axes_to_input(Step& step) {
  const auto axes = step.attribute<Integers>("axes", {});
  step.erase("axes");
  if (!axes.empty()) step.set_input(1, step.ints(axes));
}

// Without axes: everything is reduced, or nothing.
static void without_axes(Step& step) {
  const bool nothing = step.attribute<std::int64_t>("noop_with_empty_axes", 0) != 0;
  if (nothing && step.node.op.find("Log") + 1 + step.node.op.find("L1") + 1 + step.node.op.find("L2") + 1 != 0)
    step.refuse("with noop_with_empty_axes and no axes, runtimes disagree about what it gives");
  if (nothing || step.node.op == "Unsqueeze") step.become("Identity", {step.input(0)});
  else step.node.inputs.resize(1);
}

static void axes_to_attribute(Step& step) {
  const Integers axes = step.has(1) ? step.integers(1, "axes") : Integers{};
  if (axes.empty()) return without_axes(step);
  if (is_reduction(step)) step.erase("noop_with_empty_axes");
  step.node.inputs.resize(1);
  step.set("axes", axes);
}

static void axes_from_front(Step& step) {
  if (!step.has_attribute("axes")) return;
  auto axes = step.attribute<Integers>("axes", {});
  std::optional<std::int64_t> rank = step.rank(0);
  if (rank && step.node.op == "Unsqueeze") *rank += static_cast<std::int64_t>(axes.size());  // axes of what comes out
  count_from_front(step, axes, rank);
  step.set("axes", axes);
}

static void axis_from_front(Step& step) {
  Integers axis{step.attribute<std::int64_t>("axis", 0)};
  if (axis[0] >= 0) return;
  std::optional<std::int64_t> rank = step.rank(0);
  if (rank && step.node.op == "OneHot") ++*rank;  // an axis of what comes out
  count_from_front(step, axis, rank);
  step.set("axis", axis[0]);
}

void add_axes(AdapterCatalog& catalog) {
  catalog.add(
      {.name = "axes",
       .help = "reductions, Squeeze, Unsqueeze: axes are an input since 13 or 18; axes counted from the back since 11",
       .changes = {{{"ReduceSum", "Squeeze", "Unsqueeze"}, 13, axes_to_input, axes_to_attribute},
                   {{"ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd",
                     "ReduceSumSquare"},
                    18,
                    axes_to_input,
                    axes_to_attribute},
                   {{"ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd",
                     "ReduceSum", "ReduceSumSquare", "Squeeze", "Unsqueeze"},
                    11,
                    nullptr,
                    axes_from_front},
                   {{"ArgMax", "ArgMin", "Compress", "Concat", "Flatten", "Gather", "Hardmax", "LogSoftmax", "OneHot", "Softmax", "Split"},
                    11,
                    nullptr,
                    axis_from_front}}});
}

}  // namespace upkeep::opsets
