#include "convert/verified.hpp"

#include "base/format.hpp"
#include "convert/compare_inside.hpp"
#include "convert/formats/format.hpp"
#include "convert/random_inputs.hpp"
#include "graph/nodes.hpp"
#include "optimize/rewrites/shared/fixed_sizes.hpp"

namespace upkeep {

Model asked_of_both(Model model, const Model& rewritten) {
  for (ValueInfo& input : model.graph.inputs) {
    const ValueInfo* other = rewritten.graph.input(input.name);
    if (!other || !other->type.shape || !input.type.shape || other->type.shape->size() != input.type.shape->size()) continue;
    for (std::size_t i = 0; i < input.type.shape->size(); ++i)
      if (!(*input.type.shape)[i].known()) (*input.type.shape)[i] = (*other->type.shape)[i];
  }
  return model;
}

namespace {

bool is_quantized(const Graph& graph) {
  return std::ranges::any_of(graph.nodes,
                             [](const Node& node) { return is_op(node, "QuantizeLinear") || is_op(node, "DynamicQuantizeLinear"); });
}

// Proves one conversion: what was asked, and on which inputs.
class Proof {
 public:
  Proof(const Model& model, const Model& rewritten, const Verification& how)
      : model_(model), rewritten_(rewritten), how_(how), expected_(expected_difference(model, rewritten)) {
    if (how.inputs) {
      inputs_ = *how.inputs;
      return;
    }
    Model asked = asked_of_both(model, rewritten);
    in_context("sizes of inputs", [&] { rewrites::fix_sizes(asked.graph, rewrites::input_sizes(asked.graph, how.sizes)); });
    inputs_ = random_rows(asked);
    made_up_ = made_up_sizes(asked, inputs_);
  }

  const std::string& made_up() const { return made_up_; }

  // nullopt where nothing can run it.
  std::optional<Comparison> of(const std::filesystem::path& file, const formats::FormatEntry& format) const {
    if (format.run) {
      std::optional<Comparison> comparison;
      if (const auto answers = format.run(file, rewritten_, inputs_)) comparison = compare(model_, *answers, inputs_);
      if (comparison) expect_close(*comparison, false, [](double) { return std::string(); });
      return comparison;
    }
    Model result = format.load ? load_model(file) : with_weights(model_, file);
    share_equal_weights(result);
    Comparison comparison = compare(model_, result, inputs_);
    expect_close(comparison, format.of_layers,
                 [&](double bound) { return "; " + to_text(compare_inside(model_, result, inputs_, bound)); });
    return comparison;
  }

 private:
  Tensors random_rows(const Model& asked) const {
    const Tensors small = random_inputs(asked, how_.rows.value_or(enough_rows(asked)), how_.seed);
    if (made_up_sizes(asked, small).empty()) return small;
    try {
      return run_on_made_up(asked, Session(asked), how_.rows, how_.seed).inputs;
    } catch (const Error& error) {
      throw Error(error.code(), error.message(), error.hint() + (error.hint().empty() ? "" : "; ") + way_out(made_up_sizes(asked, small)));
    }
  }

  // What to do where made-up inputs prove nothing.
  std::string way_out(const std::string& sizes) const { return upkeep::format("made-up sizes: {}; {}", sizes, how_.way_out); }

  // Says by how much, and where inside the models part.
  template <typename Text>
  void expect_close(const Comparison& comparison, bool holds_floats, Text&& inside) const {
    const std::vector<OutputComparison> worse = beyond(comparison, how_.tolerance, expected_);
    if (worse.empty()) return;
    const OutputComparison& worst = worse.front();
    const double bound = how_.tolerance.of(worst.output).value_or(expected_);
    std::string hint = upkeep::format("the tolerance is {:g}; nothing was written", bound);
    if (holds_floats && is_quantized(rewritten_.graph))
      hint += "; the model is quantised, and the file holds floats, which are not rounded between the layers: " + how_.allowance;
    if (!made_up_.empty()) hint += "; " + way_out(made_up_);
    throw Error(ErrorCode::kFailedPrecondition,
                upkeep::format("the answers differ by {:.3g} (relative, {:.3g} absolute) at output \"{}\", row {}{}",
                               worst.largest_relative, worst.largest_absolute, worst.output, worst.row, inside(bound)),
                hint);
  }

  // Weights that are the same as the source's are kept once.
  void share_equal_weights(Model& result) const {
    for (auto& [name, tensor] : result.graph.initializers)
      if (const Tensor* same = model_.graph.initializer(name); same && *same == tensor) tensor = *same;
  }

  const Model& model_;
  const Model& rewritten_;
  const Verification& how_;
  double expected_;
  Tensors inputs_;
  std::string made_up_;
};

}  // namespace

Verified save_verified(const Model& model, const Model& rewritten, const std::filesystem::path& file, const NamedSettings& as,
                       const Verification& how) {
  const Proof proof(model, rewritten, how);
  StagedModel staged(rewritten, file, as);
  Verified made{.comparison = {}, .made_up_sizes = proof.made_up()};
  try {
    made.comparison = proof.of(staged.path(), format_to_write(staged.path(), as));
  } catch (Error& error) {
    if (error.code() == ErrorCode::kFailedPrecondition && error.context().empty()) error.in(file.string());
    throw staged.of_file(error);
  }
  staged.publish();
  return made;
}

}  // namespace upkeep
