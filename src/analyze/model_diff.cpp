#include "analyze/model_diff.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "analyze/match.hpp"
#include "analyze/model_parts.hpp"
#include "analyze/part_changes.hpp"
#include "base/format.hpp"
#include "base/sha256.hpp"
#include "graph/signature.hpp"
#include "layers/view/architecture.hpp"
#include "train/compile.hpp"

namespace upkeep {
namespace {

using Parts = std::vector<ModelPart>;

// --- which parts go together ---------------------------------------------------------------------------------------

std::string shapes_of(const ModelPart& part) {
  std::string text = part.kind;
  for (const auto& [name, tensor] : part.weights) text += to_string(tensor.shape());
  return text;
}

// Empty where there are no weights: nothing to know the part by.
std::string content_of(const ModelPart& part) {
  if (part.weights.empty()) return "";
  Sha256 hash;
  for (const auto& [name, tensor] : part.weights) hash.update({reinterpret_cast<const char*>(tensor.bytes().data()), tensor.size_bytes()});
  return shapes_of(part) + hash.hex();
}

class Matcher {
 public:
  Matcher(const Parts& first, const Parts& second) : first_(first), second_(second), there_(first.size()), here_(second.size()) {}

  // For each part of the first model, its place in the second.
  std::vector<std::optional<std::size_t>> run() {
    const Keys content{keys(first_, content_of), keys(second_, content_of)};
    const Keys shapes{keys(first_, shapes_of), keys(second_, shapes_of)};
    const Keys kinds{keys(first_, &ModelPart::kind), keys(second_, &ModelPart::kind)};
    by_name(content);
    in_order(content);
    by_name(shapes);
    in_order(shapes);
    by_name(kinds);
    by_name({std::vector<std::string>(first_.size(), "any"), std::vector<std::string>(second_.size(), "any")});
    return there_;
  }

 private:
  struct Keys {
    std::vector<std::string> first;
    std::vector<std::string> second;
  };

  template <typename F>
  static std::vector<std::string> keys(const Parts& parts, F key) {
    std::vector<std::string> list;
    for (const ModelPart& part : parts) list.push_back(std::invoke(key, part));
    return list;
  }

  void join(std::size_t i, std::size_t j) {
    there_[i] = j;
    here_[j] = i;
  }

  void by_name(const Keys& keys) {
    std::map<std::string, std::size_t> named;
    for (std::size_t j = 0; j < second_.size(); ++j)
      if (!here_[j]) named.emplace(second_[j].name, j);
    for (std::size_t i = 0; i < first_.size(); ++i) {
      const auto found = named.find(first_[i].name);
      if (!there_[i] && found != named.end() && !keys.first[i].empty() && keys.first[i] == keys.second[found->second])
        join(i, found->second);
    }
  }

  void in_order(const Keys& keys) {
    const auto left = [](const std::vector<std::string>& list, const auto& taken) {
      std::vector<std::size_t> places;
      for (std::size_t i = 0; i < list.size(); ++i)
        if (!taken[i] && !list[i].empty()) places.push_back(i);
      return places;
    };
    const auto at = [](const std::vector<std::string>& list, const std::vector<std::size_t>& places) {
      std::vector<std::string> chosen;
      for (const std::size_t place : places) chosen.push_back(list[place]);
      return chosen;
    };
    const std::vector<std::size_t> a = left(keys.first, there_);
    const std::vector<std::size_t> b = left(keys.second, here_);
    for (const auto& [i, j] : longest_common(at(keys.first, a), at(keys.second, b))) join(a[i], b[j]);
  }

  const Parts& first_;
  const Parts& second_;
  std::vector<std::optional<std::size_t>> there_;  // by place in the first
  std::vector<std::optional<std::size_t>> here_;   // by place in the second
};

// --- what else a file says -----------------------------------------------------------------------------------------

std::string shown_type(const ValueType& type) {
  ValueType plain = type;
  if (plain.shape)
    for (Dim& dim : *plain.shape)
      if (!dim.known()) dim = Dim();  // what a free axis is called says nothing
  return to_string(plain);
}

void note_change(std::vector<ValueChange>& changes, std::string name, Json before, Json after) {
  if (before != after) changes.push_back({std::move(name), std::move(before), std::move(after)});
}

Json values_of(const std::vector<ValueInfo>& values, const Graph& graph) {
  Json texts = Json::array();
  for (const ValueInfo& value : values)
    if (!graph.initializer(value.name)) texts.push_back(value.name + " " + shown_type(value.type));
  return texts;
}

Json operator_sets(const Model& model) {
  Json texts = Json::array();
  for (const auto& [domain, version] : model.opsets) texts.push_back(upkeep::format("{} {}", domain.empty() ? "ai.onnx" : domain, version));
  return texts;
}

Json compile_json(const Model& model) {
  const std::optional<Compile> compile = compile_of(model);
  return compile ? to_json(*compile) : Json::object();
}

Json or_null(const std::vector<std::string>& names) { return names.empty() ? Json(nullptr) : Json(names); }

Json classes_of(const Signature& signature) {
  const OutputSignature* output = signature.judged_output();
  return or_null(output ? output->classes : std::vector<std::string>{});
}

void note_signature_changes(std::vector<ValueChange>& changes, const Signature& first, const Signature& second) {
  note_change(changes, "features", or_null(feature_columns(first)), or_null(feature_columns(second)));
  note_change(changes, "target", or_null(target_columns(first)), or_null(target_columns(second)));
  note_change(changes, "classes", classes_of(first), classes_of(second));
}

std::vector<ValueChange> metadata_changes(const Model& first, const Model& second) {
  std::vector<ValueChange> changes;
  note_change(changes, "operator sets", operator_sets(first), operator_sets(second));
  note_change(changes, "producer", first.producer_name + " " + first.producer_version,
              second.producer_name + " " + second.producer_version);
  const Json before = compile_json(first);
  const Json after = compile_json(second);
  for (const auto& [name, value] : before.items()) note_change(changes, "compile " + name, value, after.value(name, Json()));
  for (const auto& [name, value] : after.items())
    if (!before.contains(name)) note_change(changes, "compile " + name, nullptr, value);
  note_signature_changes(changes, signature_of(first), signature_of(second));
  note_change(changes, "tensors of training", first.training_tensors.size(), second.training_tensors.size());
  return changes;
}

// --- the whole -----------------------------------------------------------------------------------------------------

class Differ {
 public:
  Differ(Parts first, Parts second)
      : first_(std::move(first)), second_(std::move(second)), there_(Matcher(first_, second_).run()), here_(second_.size()) {
    for (std::size_t i = 0; i < first_.size(); ++i)
      if (there_[i]) {
        here_[*there_[i]] = i;
        now_called_[first_[i].name] = second_[*there_[i]].name;
      }
  }

  // Parts of the second in order, each after what went from before it.
  std::vector<PartChange> run() {
    const std::set<std::size_t> moved = moved_parts();
    std::vector<bool> told(first_.size(), false);
    std::vector<PartChange> changes;
    const auto tell_gone = [&](std::size_t up_to) {
      for (std::size_t i = 0; i < up_to; ++i)
        if (!there_[i] && !told[i]) {
          changes.push_back({.before = first_[i].name, .kind_before = first_[i].kind});
          describe(changes.back(), first_[i]);
          told[i] = true;
        }
    };
    for (std::size_t j = 0; j < second_.size(); ++j) {
      if (!here_[j]) {
        changes.push_back({.after = second_[j].name, .kind_after = second_[j].kind});
        describe(changes.back(), second_[j]);
        continue;
      }
      if (!moved.contains(*here_[j])) tell_gone(*here_[j]);
      changes.push_back(change(*here_[j], j));
      // Another place in the list is no change where the part reads what it read before.
      changes.back().moved = moved.contains(*here_[j]) && !changes.back().reads_after.empty();
    }
    tell_gone(first_.size());
    return changes;
  }

 private:
  std::set<std::size_t> moved_parts() const {
    std::vector<std::size_t> order;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < first_.size(); ++i)
      if (there_[i]) order.push_back(*there_[i]), places.push_back(i);
    std::set<std::size_t> moved;
    for (const std::size_t at : out_of_order(order)) moved.insert(places[at]);
    return moved;
  }

  static void describe(PartChange& change, const ModelPart& part) {
    change.given = part.given;
    for (const auto& [name, tensor] : part.weights) change.parameters += tensor.size();
  }

  PartChange change(std::size_t i, std::size_t j) const {
    const ModelPart& before = first_[i];
    const ModelPart& after = second_[j];
    PartChange made{.before = before.name, .after = after.name, .kind_before = before.kind, .kind_after = after.kind};
    if (before.kind == after.kind) made.settings = setting_changes(before, after);
    made.weights = weight_changes(before, after);
    std::vector<std::string> reads;
    for (const std::string& input : before.inputs) {  // "lstm", or "lstm:1" for its second value
      const std::string layer = layer_of(input);
      const auto now = now_called_.find(layer);
      reads.push_back(now == now_called_.end() ? input : now->second + input.substr(layer.size()));
    }
    if (reads != after.inputs) {
      made.reads_before = std::move(reads);
      made.reads_after = after.inputs;
      made.reads_row_above = reads_above(first_, i) && reads_above(second_, j);
    }
    return made;
  }

  static bool reads_above(const Parts& parts, std::size_t i) { return i > 0 && parts[i].inputs == std::vector{parts[i - 1].name}; }

  Parts first_;
  Parts second_;
  std::vector<std::optional<std::size_t>> there_;
  std::vector<std::optional<std::size_t>> here_;
  std::map<std::string, std::string> now_called_;
};

std::optional<Parts> layers_of(const Model& model) {
  try {
    return layer_parts(model);
  } catch (const Error&) {  // a graph without layers
    return std::nullopt;
  }
}

}  // namespace

bool PartChange::same_weights() const { return std::ranges::all_of(weights, &WeightChange::equal); }

bool PartChange::same() const {
  return in_both() && kind_before == kind_after && !moved && settings.empty() && reads_before == reads_after && same_weights();
}

bool ModelDiff::same_structure() const {
  return interface.empty() && std::ranges::all_of(parts, [](const PartChange& part) {
           return part.in_both() && part.kind_before == part.kind_after && !part.moved && part.reads_before == part.reads_after;
         });
}

bool ModelDiff::same_settings() const {
  return std::ranges::all_of(parts, [](const PartChange& part) { return part.settings.empty(); });
}

bool ModelDiff::same_weights() const { return std::ranges::all_of(parts, &PartChange::same_weights); }

ModelDiff diff(const Model& first, const Model& second) {
  ModelDiff made{.by = "layers"};
  std::optional<Parts> before = layers_of(first);
  std::optional<Parts> after = layers_of(second);
  if (!before || !after) {
    made.by = "nodes";
    before = node_parts(first);
    after = node_parts(second);
  }
  made.parts = Differ(*std::move(before), *std::move(after)).run();
  note_change(made.interface, "inputs", values_of(first.graph.inputs, first.graph), values_of(second.graph.inputs, second.graph));
  note_change(made.interface, "outputs", values_of(first.graph.outputs, first.graph), values_of(second.graph.outputs, second.graph));
  made.metadata = metadata_changes(first, second);
  return made;
}

}  // namespace upkeep
