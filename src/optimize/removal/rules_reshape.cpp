// Reshape and Flatten. Axes are products of factors: [N, C, H, W] -> [N, C*H*W] has the factors N, C, H and W, and a column of the result
// is a channel at a place. An axis of several factors can lose whole entries of one of them: all columns of a channel, all of a head.

#include "graph/subgraph.hpp"
#include "optimize/removal/rules.hpp"

namespace upkeep::removal {

namespace {

using Factors = std::vector<std::vector<Slot>>;  // the slots of each factor

// Axes [begin, end) of one side, their factors as places in the list of all.
struct Axis {
  std::string value;
  std::size_t axis;
  std::vector<std::size_t> factors;
};

// Sizes of one block of axes on both sides, with equal products.
struct Block {
  std::vector<std::size_t> from, to;  // axes
};

bool stays(const Dim& a, const Dim& b) { return !a.known() && !b.known() && !a.symbol.empty() && a == b; }

std::int64_t product(const Dims& dims) {
  std::int64_t made = 1;
  for (const Dim& dim : dims)
    if (dim.known()) made *= dim.value;
  return made;
}

// Where the only open size of either side is; nullopt: there is none, or more than one.
std::optional<std::size_t> open_axis(const Dims& dims) {
  std::optional<std::size_t> open;
  for (std::size_t i = 0; i < dims.size(); ++i)
    if (!dims[i].known()) {
      if (open) return std::nullopt;
      open = i;
    }
  return open;
}

// Axes up to the only open one of both sides, where what lies behind agrees: {5, batch} -> {batch * 5}. Sizes before it are not looked into
// where they do not agree by themselves.
struct OpenBlock {
  std::size_t from, to;  // the open axes
  bool alone;            // whether they are each other, and what lies before agrees
};

std::optional<OpenBlock> open_block(const Dims& from, const Dims& to) {
  const auto i = open_axis(from), j = open_axis(to);
  if (!i || !j) return std::nullopt;
  const auto part = [](const Dims& dims, std::size_t begin, std::size_t end) {
    return product(Dims(dims.begin() + static_cast<std::ptrdiff_t>(begin), dims.begin() + static_cast<std::ptrdiff_t>(end)));
  };
  if (part(from, *i, from.size()) != part(to, *j, to.size())) return std::nullopt;
  return OpenBlock{*i, *j, part(from, 0, *i) == part(to, 0, *j)};
}

// The shortest blocks, from the front.
std::optional<std::vector<Block>> blocks_of(const Dims& from, const Dims& to) {
  std::vector<Block> blocks;
  std::size_t i = 0, j = 0;
  const auto open = open_block(from, to);
  if (open && !open->alone) {
    Block block;
    while (i <= open->from) block.from.push_back(i++);
    while (j <= open->to) block.to.push_back(j++);
    blocks.push_back(std::move(block));
  }
  while (i < from.size() || j < to.size()) {
    Block block;
    if (i < from.size() && j < to.size() && (stays(from[i], to[j]) || (open && open->from == i && open->to == j))) {
      blocks.push_back({{i++}, {j++}});
      continue;
    }
    std::int64_t left = 1, right = 1;
    const auto take = [](const Dims& dims, std::size_t& at, std::vector<std::size_t>& axes, std::int64_t& sum) {
      if (at == dims.size() || !dims[at].known() || dims[at].value < 1) return false;
      sum *= dims[at].value;
      axes.push_back(at++);
      return true;
    };
    do {
      const bool more_left = left < right || (left == right && i < from.size());
      if (!(more_left ? take(from, i, block.from, left) : take(to, j, block.to, right))) {
        if (left != right || i < from.size() || j < to.size()) return std::nullopt;
        break;  // axes of one place at the end
      }
    } while (left != right || block.from.empty() != block.to.empty());
    blocks.push_back(std::move(block));
  }
  return blocks;
}

// Where the sizes of both sides, multiplied up from the front, meet: {C, H*W} and {C*H, W} have the factors C, H, W.
std::optional<std::vector<std::int64_t>> common_factors(const std::vector<std::int64_t>& a, const std::vector<std::int64_t>& b) {
  std::set<std::int64_t> ends;
  for (const auto* sizes : {&a, &b}) {
    std::int64_t end = 1;
    for (const std::int64_t size : *sizes) ends.insert(end *= size);
  }
  ends.erase(1);
  std::vector<std::int64_t> factors;
  std::int64_t before = 1;
  for (const std::int64_t end : ends) {
    if (end % before != 0) return std::nullopt;
    factors.push_back(end / before);
    before = end;
  }
  return factors;
}

class Regroup {
 public:
  Regroup(Coupling& coupling, const std::string& from, const std::string& to) : coupling_(coupling), from_(from), to_(to) {}

  void tie(const Block& block) {
    const auto factors = common_factors(sizes(from_, block.from), sizes(to_, block.to));
    if (!factors) return;
    for (const std::int64_t size : *factors) {
      sizes_.push_back(static_cast<std::size_t>(size));
      factors_.push_back(coupling_.fresh(static_cast<std::size_t>(size)));
    }
    std::vector<Axis> axes = axes_of_side(from_, block.from), others = axes_of_side(to_, block.to);
    axes.insert(axes.end(), others.begin(), others.end());
    std::ranges::stable_sort(axes, {}, [](const Axis& axis) { return axis.factors.size(); });
    for (const Axis& axis : axes) tie(axis);
  }

 private:
  std::vector<std::int64_t> sizes(const std::string& value, const std::vector<std::size_t>& axes) const {
    std::vector<std::int64_t> all;
    for (const std::size_t axis : axes) all.push_back(static_cast<std::int64_t>(coupling_.size(value, axis)));
    return all;
  }

  std::vector<Axis> axes_of_side(const std::string& value, const std::vector<std::size_t>& axes) const {
    std::vector<Axis> made;
    std::size_t next = 0;
    for (const std::size_t axis : axes) {
      made.push_back({value, axis, {}});
      for (std::size_t left = coupling_.size(value, axis); left > 1; left /= sizes_[next++]) made.back().factors.push_back(next);
    }
    return made;
  }

  bool is_fixed(std::size_t factor) const {
    return std::ranges::any_of(factors_[factor], [&](Slot slot) { return coupling_.is_fixed(slot); });
  }

  // Entry of the factor at a place of the axis.
  std::size_t entry(const Axis& axis, std::size_t factor, std::size_t place) const {
    std::size_t inner = 1;
    for (const std::size_t other : axis.factors)
      if (other > factor) inner *= sizes_[other];
    return place / inner % sizes_[factor];
  }

  // Places of one entry are tied already, as the gates of an LSTM are: nothing is lost by the choice of this factor.
  bool is_tied(const Axis& axis, std::size_t factor) const {
    std::map<std::size_t, Slot> by_entry;
    const std::vector<Slot> classes = coupling_.classes(axis.value, axis.axis);
    for (std::size_t place = 0; place < classes.size(); ++place) {
      const auto [known, added] = by_entry.try_emplace(entry(axis, factor, place), classes[place]);
      if (!added && known->second != classes[place]) return false;
    }
    return true;
  }

  // The outermost factor that nothing holds and that is worth it: heads before their columns.
  std::optional<std::size_t> choose(const Axis& axis) const {
    std::optional<std::size_t> largest;
    for (const std::size_t factor : axis.factors)
      if (!is_fixed(factor) && is_tied(axis, factor)) return factor;
    for (const std::size_t factor : axis.factors) {
      if (is_fixed(factor)) continue;
      if (sizes_[factor] >= 4) return factor;
      if (!largest || sizes_[factor] > sizes_[*largest]) largest = factor;
    }
    return largest;
  }

  void tie(const Axis& axis) {
    if (axis.factors.empty()) return;
    const auto chosen = axis.factors.size() == 1 ? axis.factors[0] : choose(axis);
    if (!chosen) return;
    for (const std::size_t factor : axis.factors)
      if (factor != *chosen)
        for (const Slot slot : factors_[factor]) coupling_.fix(slot);
    coupling_.settle(axis.value, axis.axis);
    for (std::size_t place = 0; place < coupling_.size(axis.value, axis.axis); ++place)
      coupling_.unite(coupling_.slot(axis.value, axis.axis, place), factors_[*chosen][entry(axis, *chosen, place)]);
  }

  Coupling& coupling_;
  const std::string &from_, &to_;
  std::vector<std::size_t> sizes_;
  Factors factors_;
};

}  // namespace

std::optional<std::vector<std::int64_t>> reshape_target(const Coupling& coupling, const Node& node) {
  if (node.inputs.size() < 2 || node.get<std::int64_t>("allowzero", 0) != 0) return std::nullopt;
  if (const Tensor* sizes = coupling.constant(node.inputs[1])) return integers(sizes);
  const auto from = coupling.wiring().dims(node.inputs[0]), to = coupling.wiring().dims(node.outputs[0]);
  if (!from || !to) return std::nullopt;
  std::vector<std::int64_t> target;
  for (std::size_t i = 0; i < to->size(); ++i) {
    const bool same = i < from->size() && stays((*from)[i], (*to)[i]);
    target.push_back((*to)[i].known() ? (*to)[i].value : same ? 0 : -1);
  }
  const bool sound = std::ranges::count(target, -1) <= 1 && std::ranges::none_of(*to, [](const Dim& dim) { return dim.value == 0; });
  return sound ? std::optional(std::move(target)) : std::nullopt;
}

void reshape_rule(Coupling& coupling, Wiring::Id, const Node& node) {
  const std::string &x = node.inputs[0], &y = node.outputs[0];
  const auto from = coupling.wiring().dims(x), to = coupling.wiring().dims(y);
  if (!from || !to || (node.op == "Reshape" && !reshape_target(coupling, node))) return;
  const auto blocks = blocks_of(*from, *to);
  if (!blocks) return;
  for (const Block& block : *blocks) {
    const auto open = [&](const std::string& value, const std::vector<std::size_t>& axes) {
      return axes.empty() || std::ranges::any_of(axes, [&](std::size_t axis) { return coupling.size(value, axis) == 0; });
    };
    if (!open(x, block.from) && !open(y, block.to)) Regroup(coupling, x, y).tie(block);
  }
}

}  // namespace upkeep::removal
