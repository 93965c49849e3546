// ctc       Connectionist temporal classification (Graves et al. 2006): -log of the probability that logits [batch, time, classes] spell
//           the labels, with blanks (class 0) and repetitions anywhere. The labels of a row end where its zeros begin.
//
// Over the labels with a blank before, between and behind them, l' of 2 U + 1 places, the forward variable is
//
//   alpha_t(s) = log softmax(x_t)_{l'_s} + log sum of e^alpha_{t-1} at s, s - 1 and, where l'_s is no blank and not l'_{s-2}, s - 2
//
// and the loss is -log of the sum of e^alpha_T at the last two places. Everything is in logarithms, with -1e30 for what cannot be.

#include "graph/subgraph.hpp"
#include "train/losses/formula.hpp"

namespace upkeep {

namespace losses {
struct Ctc : Reduced {};
}  // namespace losses

template <>
inline const Settings settings<losses::Ctc> = losses::describe_loss<losses::Ctc>(
    "ctc", "labels read from a longer sequence; predictions are logits, class 0 is the blank, targets end in zeros");

namespace losses {
namespace {

constexpr float kCannotBe = -1e30F;

class CtcLoss {
 public:
  // logits [batch, time, classes], labels int64 [batch, time] with zeros behind.
  CtcLoss(Ops& ops, Value logits, Value labels) : ops_(ops), labels_(std::move(labels)) {
    const Dim& time = logits.dims()[1];
    if (!time.known())
      throw Error(ErrorCode::kInvalidArgument, "the number of steps is not known", "give the predictions' second axis a size");
    places_ = 2 * time.value + 1;
    const Value zeros = ops.mul(labels_, whole(0));
    const Value pairs = ops.concat({ops.unsqueeze(zeros, {2}), ops.unsqueeze(labels_, {2})}, 2);
    spelled_ = ops.concat({ops.reshape(pairs, {0, 2 * time.value}), first_columns(ops, zeros, 1)}, 1);
    none_ = ops.mul(ops.cast(first_columns(ops, labels_, 1), logits.dtype()), 0.0F);
    none_ = ops.add(none_, kCannotBe);
    steps_ = log_probabilities(logits, time.value);
  }

  Value run() {
    const Value repeats = ops_.equal(
        spelled_, ops_.concat({first_columns(ops_, ops_.mul(spelled_, whole(0)), 2), first_columns(ops_, spelled_, places_ - 2)}, 1));
    const Value blank = ops_.equal(spelled_, whole(0));
    cannot_skip_ = ops_.node("Or", {repeats, blank});
    const std::vector<Value> made =
        ops_.nodes("Scan", {start(), steps_}, 1, {{"body", step(), {}}, {"num_scan_inputs", std::int64_t{1}, {}}});
    return ops_.neg(log_sum(ends(made[0])));
  }

 private:
  Value whole(std::int64_t number) { return ops_.constant(Tensor::scalar(number)); }
  static Value first_columns(Ops& ops, Value value, std::int64_t count) {
    return ops.node("Slice", {std::move(value), ops.ints({0}), ops.ints({count}), ops.ints({1})});
  }
  Value log_sum(Value value) { return ops_.reduce("ReduceLogSumExp", value, {1}, false); }

  // Of the classes at each place, [time, batch, places].
  Value log_probabilities(Value logits, std::int64_t time) {
    const Value by_step = ops_.transpose(ops_.log_softmax(logits, -1), {1, 0, 2});
    const Value classes = ops_.unsqueeze(spelled_, {0});
    const Value wanted = ops_.expand(classes, ops_.concat({ops_.ints({time}), ops_.shape(spelled_)}, 0));
    return ops_.node("GatherElements", {by_step, wanted}, {{"axis", std::int64_t{2}}});
  }

  // Before the first step: at the first place.
  Value start() {
    std::vector<float> row(static_cast<std::size_t>(places_), kCannotBe);
    row[0] = 0;
    return ops_.expand(ops_.constant(Tensor({1, places_}, row)), ops_.shape(spelled_));
  }

  GraphPtr step() {
    Graph graph;
    graph.name = "step";
    Subgraph inside(ops_, std::move(graph), ops_.prefix() + "ctc/");
    Ops& ops = inside.ops();
    const Dims dims = {spelled_.dims()[0], places_};
    const Value alpha = ops.input("alpha", DType::kFloat32, dims);
    const Value now = ops.input("now", DType::kFloat32, dims);
    const auto moved = [&](std::int64_t by) {
      std::vector<Value> parts(static_cast<std::size_t>(by), ops.existing(none_.name()));
      parts.push_back(first_columns(ops, alpha, places_ - by));
      return ops.concat(parts, 1);
    };
    const Value skipped = ops.where(ops.existing(cannot_skip_.name()), ops.constant(kCannotBe), moved(2));
    const Value ways = ops.concat({ops.unsqueeze(alpha, {0}), ops.unsqueeze(moved(1), {0}), ops.unsqueeze(skipped, {0})}, 0);
    return inside.with_outputs({ops.add(ops.reduce("ReduceLogSumExp", ways, {0}, false), now)});
  }

  // alpha at the last label and at the blank behind it, [batch, 2]; without labels there is the blank only.
  Value ends(Value alpha) {
    const Value count = ops_.reduce("ReduceSum", ops_.cast(ops_.node("Not", {ops_.equal(labels_, whole(0))}), DType::kInt64), {1}, true);
    const Value last = ops_.mul(count, whole(2));
    const Value before = ops_.max(ops_.sub(last, whole(1)), whole(0));
    const Value at = ops_.node("GatherElements", {alpha, before}, {{"axis", std::int64_t{1}}});
    const Value label = ops_.where(ops_.equal(count, whole(0)), ops_.constant(kCannotBe), at);
    return ops_.concat({ops_.node("GatherElements", {alpha, last}, {{"axis", std::int64_t{1}}}), label}, 1);
  }

  Ops& ops_;
  Value labels_, spelled_, none_, steps_, cannot_skip_;
  std::int64_t places_ = 0;
};

Masked ctc(Ops& ops, Value predictions, Value targets, const Json& values) {
  parse<Ctc>(values);
  if (predictions.rank() != 3)
    throw Error(ErrorCode::kInvalidArgument, "CTC of predictions " + to_string(predictions.dims()), "logits are [batch, time, classes]");
  const Value logits = ops.cast(predictions, DType::kFloat32);
  return ops.cast(CtcLoss(ops, logits, targets).run(), predictions.dtype());
}

}  // namespace

void add_ctc(LossCatalog& catalog) {
  catalog.add({.name = "ctc",
               .aliases = {"CTC"},
               .help = settings<Ctc>.help(),
               .settings = settings<Ctc>,
               .integer_targets = true,
               .padded_targets = true,
               .terms = Terms::kRows,
               .build = ctc});
}

}  // namespace losses
}  // namespace upkeep
