// RNN over several cells (Keras's StackedRNNCells): each cell reads what the one before it gives, step by step, which is a chain of
// recurrent layers. (An RNN over one LSTMCell, GRUCell or SimpleRNNCell is read as lstm, gru or simple_rnn.)
//
// `cell` is kept as Keras writes it. Weights: those of the cells, in their order.

#include <algorithm>
#include <map>

#include "base/format.hpp"
#include "base/names.hpp"
#include "layers/keras/json.hpp"
#include "layers/layer.hpp"
#include "layers/shared/recurrent.hpp"
#include "layers/view/nested.hpp"

namespace upkeep {
namespace layers {

struct RnnOptions {
  Json cell = nullptr;
  bool return_sequences = false;
  bool return_state = false;
  bool go_backwards = false;
  bool stateful = false;
  bool unroll = false;
  bool zero_output_for_mask = false;
  bool trainable = true;
};

}  // namespace layers

template <>
const Settings settings<layers::RnnOptions> = describe<layers::RnnOptions>(
    "rnn", "several recurrent cells, one upon the other",
    field("cell", &layers::RnnOptions::cell, R"(the cells: {"class_name": "StackedRNNCells", "config": {"cells": [...]}}; must be given)"),
    field("return_sequences", &layers::RnnOptions::return_sequences, "whether to give the output of each step, not of the last only"),
    field("return_state", &layers::RnnOptions::return_state,
          "whether to give the states after the last step too, as further values, cell by cell"),
    field("go_backwards", &layers::RnnOptions::go_backwards, "whether to read from the end; outputs come in that order"),
    field("stateful", &layers::RnnOptions::stateful, "kept for Keras; here each call starts anew, and training refuses it"),
    field("unroll", &layers::RnnOptions::unroll, "kept for Keras; changes no numbers"),
    field("zero_output_for_mask", &layers::RnnOptions::zero_output_for_mask,
          "whether the output of a masked step is 0, not the one before"),
    field("trainable", &layers::RnnOptions::trainable, "whether training changes the weights"));

namespace layers {
namespace {

// The settings of a cell of one kind, {"class_name": "LSTMCell", "config": {...}}, as those of a layer.
LayerSpec layer_of_cell(const Json& cell) {
  static const std::vector<std::string> kCells = {"LSTMCell", "GRUCell", "SimpleRNNCell"};
  const std::string name = cell.is_object() ? cell.value("class_name", Json("")).get<std::string>() : std::string();
  if (!std::ranges::contains(kCells, name)) throw unknown_name("cell of an RNN", name, kCells, ErrorCode::kUnsupported);
  return layer_from_keras({{"class_name", name.substr(0, name.size() - 4)}, {"config", cell.value("config", Json::object())}});
}

class Rnn : public Layer {
 public:
  using Options = RnnOptions;

  explicit Rnn(Options options) : options_(std::move(options)) {
    in_context("rnn.cell", [&] { read_cells(); });
  }

  InputCount input_count() const override {
    std::size_t states = 0;
    for (const auto& cell : cells_) states += as_recurrent(*cell)->state_count();
    return {1, 1 + states};
  }

  std::vector<WeightSpec> weights(const std::vector<Dims>& inputs) const override {
    std::vector<WeightSpec> all;
    Dims dims = inputs[0];
    std::map<std::string, int> counted;  // Keras tells cells of one class apart by a number
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      const int number = counted[kinds_[i]]++;
      for (WeightSpec& weight : prefixed(cells_[i]->weights({dims}), prefix(i))) {
        weight.part = upkeep::format("cell/cells/{}_cell{}", kinds_[i], number == 0 ? "" : upkeep::format("_{}", number));
        all.push_back(std::move(weight));
      }
      dims.back() = units_[i];
    }
    return all;
  }

  Value build(const BuildContext& context) const override { return build_all(context)[0]; }

  std::vector<Value> build_all(const BuildContext& context) const override {
    Ops& ops = context.ops;
    const auto mask = [this, &context](std::size_t) { return mask_in_order(context); };
    std::vector<Value> all = {ops.cast(context.inputs[0], DType::kFloat32)};  // the output, and states behind it
    if (options_.go_backwards) all[0] = reversed_time(ops, all[0]);
    auto initial = context.inputs.begin() + 1;
    if (context.inputs.size() != 1 && context.inputs.size() != input_count().most)
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("it reads a sequence and {} initial states, or the sequence alone", input_count().most - 1));
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      BuildContext inner = nested_context(context, prefix(i), {all[0]});
      for (std::size_t k = 0; context.inputs.size() > 1 && k < as_recurrent(*cells_[i])->state_count(); ++k)
        inner.inputs.push_back(*initial++);
      inner.mask = mask;
      const auto scope = ops.scope(context.name + "/" + prefix(i) + "/");
      const std::vector<Value> given = cells_[i]->build_all(inner);
      all.insert(all.end(), given.begin() + 1, given.end());
      all[0] = given[0];
    }
    return all;
  }

  bool takes_mask() const override { return true; }
  Value mask(const BuildContext& context) const override { return options_.return_sequences ? mask_in_order(context) : Value(); }

 private:
  static std::string prefix(std::size_t i) { return upkeep::format("cell_{}", i); }

  void read_cells() {
    const Json& cell = options_.cell;
    const Json cells = cell.is_object() ? cell.value("config", Json::object()).value("cells", Json()) : Json();
    if (!cells.is_array() || cells.empty() || cell.value("class_name", Json("")) != "StackedRNNCells")
      throw Error(ErrorCode::kInvalidArgument, "an rnn needs cells", R"({"class_name": "StackedRNNCells", "config": {"cells": [...]}})");
    for (const Json& one : cells) {
      LayerSpec spec = layer_of_cell(one);
      const bool last = cells_.size() + 1 == cells.size();
      if (!last || options_.return_sequences) spec.settings["return_sequences"] = true;
      if (last && options_.zero_output_for_mask) spec.settings["zero_output_for_mask"] = true;
      if (!options_.trainable) spec.settings["trainable"] = false;
      if (options_.return_state) spec.settings["return_state"] = true;
      if (options_.stateful) spec.settings["stateful"] = true;
      cells_.push_back(make_nested(spec));
      kinds_.push_back(spec.kind);
      units_.push_back(spec.settings.at("units").get<std::int64_t>());
    }
  }

  Value mask_in_order(const BuildContext& context) const {
    const Value mask = context.mask ? context.mask(0) : Value();
    if (!mask || !options_.go_backwards) return mask;
    return context.ops.cast(reversed_time(context.ops, context.ops.cast(mask, DType::kInt32)), DType::kBool);
  }

  Options options_;
  std::vector<std::unique_ptr<Layer>> cells_;
  std::vector<std::int64_t> units_;
  std::vector<std::string> kinds_;  // "lstm", "gru", ...
};

}  // namespace

void add_rnn(LayerCatalog& catalog) { catalog.add(entry<Rnn>("RNN")); }

}  // namespace layers
}  // namespace upkeep
