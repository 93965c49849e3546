#include "optimize/removal/dead.hpp"

#include <algorithm>

#include "graph/element_types.hpp"
#include "optimize/removal/constant_channels.hpp"

namespace upkeep::removal {

namespace {

// A sum over a channel, at one place of its axis.
struct Term {
  const Coupling::Sum* sum;
  std::size_t place;
};

// What a channel adds to the sums of one node: a number for each of the node's channels.
struct Shift {
  std::string vector;
  std::vector<float> by;
};

class Search {
 public:
  Search(Model& model, const Coupling& coupling) : model_(model), coupling_(coupling), constants_(model, coupling) {
    for (const Coupling::Sum& sum : coupling.sums()) {
      const std::vector<Slot> classes = coupling.classes(sum.value, sum.axis);
      for (std::size_t place = 0; place < classes.size(); ++place)
        if (classes[place] != kFixed) terms_[classes[place]].push_back({&sum, place});
    }
    coupling.for_each_axis([&](const std::vector<Slot>& classes) {
      for (const Slot slot : classes) ++axes_[slot][left_.size()];
      left_.push_back(classes.size());
    });
  }

  std::set<Slot> run() {
    std::set<Slot> dead;
    for (const ChannelGroup& group : coupling_.groups())
      for (const Channel& channel : group.channels) {
        if (!channel.exact || is_last(channel.slot)) continue;
        const auto shifts = shifts_of(channel.slot);
        if (!shifts) continue;
        for (const Shift& shift : *shifts) add(shift);
        for (const auto& [axis, places] : axes_[channel.slot]) left_[axis] -= places;
        dead.insert(channel.slot);
      }
    return dead;
  }

 private:
  // Whether some axis would be left without a channel.
  bool is_last(Slot slot) const {
    const auto found = axes_.find(slot);
    return found != axes_.end() && std::ranges::any_of(found->second, [&](const auto& one) { return left_[one.first] == one.second; });
  }

  // nullopt: the channel matters.
  std::optional<std::vector<Shift>> shifts_of(Slot slot) {
    std::vector<Shift> shifts;
    for (const Term& term : terms_[slot]) {
      const Node& node = coupling_.wiring().node(term.sum->node);
      const auto number = constants_.at(term.sum->value, term.sum->axis, term.place);
      if (number == 0.0F) continue;
      const auto weights = weights_at(node, *term.sum, term.place);
      if (!weights) return std::nullopt;
      if (std::ranges::all_of(*weights, [](float weight) { return weight == 0; })) continue;
      const auto taker = number ? taker_of(node, weights->size()) : std::nullopt;
      if (!taker) return std::nullopt;
      Shift shift{taker->vector, {}};
      for (const float weight : *weights) shift.by.push_back(taker->sign * weight * *number);
      shifts.push_back(std::move(shift));
    }
    return shifts;
  }

  // By what the node multiplies the channel, added up over the kernel: one number for each channel it makes; 0 only where all are zero.
  std::optional<std::vector<float>> weights_at(const Node& node, const Coupling::Sum& sum, std::size_t place) {
    if (node.inputs[0] != sum.value) return std::nullopt;  // a recurrent layer's own state
    const bool conv = is_op(node, "Conv") && node.get<std::int64_t>("group", 1) == 1;
    const bool gemm = is_op(node, "Gemm"), matmul = is_op(node, "MatMul");
    const Tensor* weight = conv || gemm || matmul ? constants_.tensor(node.inputs[1]) : nullptr;
    if (!weight || !is_floating(weight->dtype()) || (matmul && weight->rank() != 2)) return std::nullopt;
    const bool rows_first = conv || (gemm && node.get<std::int64_t>("transB", 0) != 0);  // [out, in, ...]
    const auto in = static_cast<std::size_t>(weight->dim(rows_first ? 1 : 0)),
               out = static_cast<std::size_t>(weight->dim(rows_first ? 0 : 1));
    const std::size_t kernel = static_cast<std::size_t>(weight->size()) / (in * out);
    const Tensor single = weight->cast(DType::kFloat32);
    std::vector<float> sums(out);
    for (std::size_t o = 0; o < out; ++o) {
      double total = 0;
      bool zero = true;
      for (std::size_t k = 0; k < kernel; ++k) {
        const float one = single.floats()[rows_first ? (o * in + place) * kernel + k : place * out + o];
        total += double{one};
        zero &= one == 0;
      }
      sums[o] = static_cast<float>(total);
      if (!zero && sums[o] == 0) sums[o] = std::numeric_limits<float>::denorm_min();
    }
    return sums;
  }

  // A vector that takes in a constant: the sum's own bias, or the mean of the batch normalisation behind a sum that has none.
  struct Taker {
    std::string vector;
    float sign = 1;
  };
  std::optional<Taker> taker_of(const Node& node, std::size_t channels) const {
    if (is_op(node, "Gemm") && (node.get<float>("alpha", 1) != 1 || node.get<float>("beta", 1) != 1)) return std::nullopt;
    const auto pads = node.get<std::vector<std::int64_t>>("pads", {});  // at a border a constant is not the same number
    if (std::ranges::any_of(pads, [](std::int64_t pad) { return pad != 0; }) ||
        node.get<std::string>("auto_pad", "NOTSET").starts_with("SAME"))
      return std::nullopt;
    if (takes_in(input(node, 2), channels)) return Taker{input(node, 2), 1};
    const auto reader = input(node, 2).empty() ? coupling_.wiring().only_reader(node.outputs[0]) : std::nullopt;
    if (!reader || !is_op(coupling_.wiring().node(*reader), "BatchNormalization")) return std::nullopt;
    const Node& normalization = coupling_.wiring().node(*reader);
    const bool plain = is_op(node, "Conv") && normalization.inputs[0] == node.outputs[0] && takes_in(input(normalization, 3), channels);
    return plain ? std::optional(Taker{input(normalization, 3), -1}) : std::nullopt;
  }

  bool takes_in(const std::string& vector, std::size_t channels) const {
    const Tensor* tensor = vector.empty() ? nullptr : model_.graph.initializer(vector);
    return tensor && tensor->dtype() == DType::kFloat32 && tensor->rank() == 1 && tensor->size() == static_cast<std::int64_t>(channels) &&
           coupling_.wiring().only_reader(vector) && coupling_.constant(vector);
  }

  void add(const Shift& shift) {
    Tensor& vector = *model_.graph.initializer(shift.vector);
    std::vector<float> values(vector.floats().begin(), vector.floats().end());
    for (std::size_t i = 0; i < values.size(); ++i) values[i] += shift.by[i];
    vector = Tensor(vector.shape(), std::move(values));
  }

  Model& model_;
  const Coupling& coupling_;
  ConstantChannels constants_;
  std::map<Slot, std::vector<Term>> terms_;
  std::map<Slot, std::map<std::size_t, std::size_t>> axes_;  // at how many places of which axes a channel stands
  std::vector<std::size_t> left_;                            // places of each axis
};

}  // namespace

std::set<Slot> dead_channels(Model& model, const Coupling& coupling) { return Search(model, coupling).run(); }

}  // namespace upkeep::removal
