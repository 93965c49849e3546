#include "train/losses/keras_test.hpp"

#include "runtime/session.hpp"
#include "train/gradients/gradient.hpp"

namespace upkeep::losses {
namespace {

Dims dims_of(const Tensor& tensor, bool symbolic_batch) {
  Dims dims(tensor.shape().begin(), tensor.shape().end());
  if (symbolic_batch) dims[0] = "batch";
  return dims;
}

Tensors run_graph(const std::string& loss, const Tensor& predictions, const Tensor& targets, const std::string& activation, bool symbolic,
                  const std::vector<float>& weights = {}) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, dims_of(predictions, symbolic));
  const Value t = ops.input("t", targets.dtype(), dims_of(targets, symbolic));
  const Value p = activation.empty() ? x : ops.node(activation, {x});
  const NamedSettings settings = parse_named(loss);
  const Value w = weights.empty() ? Value() : ops.constant(Tensor({std::ssize(weights)}, weights));
  const Value mean = weights.empty() ? mean_loss(ops, settings, p, t) : reduce(ops, settings, per_sample(ops, settings, p, t), w);
  ops.output(per_sample(ops, settings, p, t).losses, "rows");
  ops.output(gradients::differentiate(ops, mean, {x})[0], "gradient");
  ops.output(mean, "mean");
  return Session(model, {.threads = 1}).run({{"x", predictions}, {"t", targets}});
}

// Keras computes in float32 too: a few roundings of the largest number apart.
void expect_close(const Tensor& made, const std::vector<float>& wanted, const std::string& what) {
  ASSERT_EQ(made.size(), static_cast<std::int64_t>(wanted.size())) << what;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    EXPECT_NEAR(made.floats()[i], wanted[i], 4e-7 + 4e-6 * std::abs(wanted[i])) << what << " " << i;
}

}  // namespace

void expect_keras(const std::string& loss, const Tensor& predictions, const Tensor& targets, const std::vector<float>& rows,
                  const std::vector<float>& gradient) {
  for (const bool symbolic : {false, true}) {
    SCOPED_TRACE(loss + (symbolic ? ", symbolic batch" : ""));
    const Tensors made = run_graph(loss, predictions, targets, "", symbolic);
    expect_close(made.at("rows"), rows, "row");
    expect_close(made.at("gradient"), gradient, "gradient");
    double sum = 0;
    for (const float row : rows) sum += row;
    expect_close(made.at("mean"), {static_cast<float>(sum / static_cast<double>(rows.size()))}, "mean");
  }
}

void expect_keras_loss(const std::string& loss, const Tensor& predictions, const Tensor& targets, const std::vector<float>& samples,
                       float total, const std::vector<float>& gradient, const std::vector<float>& weights) {
  for (const bool symbolic : {false, true}) {
    SCOPED_TRACE(loss + (symbolic ? ", symbolic batch" : ""));
    const Tensors made = run_graph(loss, predictions, targets, "", symbolic, weights);
    expect_close(made.at("rows"), samples, "sample");
    expect_close(made.at("gradient"), gradient, "gradient");
    expect_close(made.at("mean"), {total}, "loss");
  }
}

Result run(const std::string& loss, const Tensor& predictions, const Tensor& targets, const std::string& activation) {
  const Tensors made = run_graph(loss, predictions, targets, activation, true);
  const auto gradient = made.at("gradient").floats();
  return {made.at("mean").floats()[0], {gradient.begin(), gradient.end()}};
}

}  // namespace upkeep::losses
