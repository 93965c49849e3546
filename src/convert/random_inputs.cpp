#include "convert/random_inputs.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <unordered_map>

#include "base/names.hpp"
#include "base/random.hpp"
#include "graph/element_types.hpp"
#include "graph/onnx.hpp"
#include "layers/view/graph_view.hpp"

namespace upkeep {
namespace {

// What an input is read for.
struct Use {
  std::int64_t below = 0;                // it counts things: so many of them; 0: it does not
  std::optional<layers::Affine> scaled;  // what happens to it first, where nothing else reads it
};

// Operators that hand the numbers of their first input on as they are.
bool carries(const Node& node) {
  static const std::set<std::string_view> kOperators = {"Cast",  "Identity", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Transpose",
                                                        "Slice", "Split",    "Resize",  "Pad",     "Expand",    "Tile",    "Dropout"};
  return node.domain.empty() && kOperators.contains(node.op);
}

class UseFinder {
 public:
  explicit UseFinder(const Model& model) : graph_(model) {}

  Use of(const std::string& input) {
    use_ = {};
    seen_.clear();
    follow(input, true);
    return use_;
  }

 private:
  void follow(const std::string& value, bool alone) {
    if (!seen_.insert(value).second) return;
    const std::set<std::size_t>& readers = graph_.readers(value);
    alone = alone && readers.size() == 1;
    for (const std::size_t index : readers) {
      const Node& node = graph_.nodes[index];
      if (is_op(node, "Gather") && input(node, 1) == value) count(rows_of(node));
      else if (is_op(node, "OneHot") && input(node, 0) == value) count(depth_of(node));
      else if ((carries(node) && input(node, 0) == value) || is_op(node, "Concat"))
        for (const std::string& output : node.outputs) follow(output, alone);
      else if (alone) use_.scaled = layers::affine_chain(graph_, index);
    }
  }

  void count(std::int64_t things) {
    if (things > 0) use_.below = use_.below == 0 ? things : std::min(use_.below, things);
  }

  std::int64_t rows_of(const Node& gather) const {
    const Tensor* stored = graph_.initializer(gather.inputs[0]);
    const Dims* known = layers::dims(graph_, gather.inputs[0]);
    const Dims dims = stored ? Dims(stored->shape().begin(), stored->shape().end()) : known ? *known : Dims{};
    const auto rank = static_cast<std::int64_t>(dims.size());
    const std::int64_t axis = gather.get<std::int64_t>("axis", 0);
    const std::int64_t at = axis < 0 ? axis + rank : axis;
    return at >= 0 && at < rank ? std::max<std::int64_t>(0, dims[static_cast<std::size_t>(at)].value) : 0;
  }

  std::int64_t depth_of(const Node& one_hot) const {
    const std::optional<Tensor> depth = layers::constant(graph_, one_hot.inputs[1]);
    return depth && depth->size() == 1 ? depth->cast(DType::kInt64).data<std::int64_t>()[0] : 0;
  }

  layers::GraphView graph_;
  std::set<std::string> seen_;
  Use use_;
};

bool scales_pixels(const Use& use) {
  return use.scaled && use.scaled->scale.size() == 1 && std::abs(use.scaled->scale[0]) >= 1.0 / 300 &&
         std::abs(use.scaled->scale[0]) <= 1.0 / 32;
}

// x where scale * x + offset is normal.
double unscaled(const Use& use, std::size_t element, double normal) {
  if (!use.scaled) return normal;
  const auto of = [&](const std::vector<double>& list) { return list[element % list.size()]; };
  const double x = (normal - of(use.scaled->offset)) / of(use.scaled->scale);
  return std::isfinite(x) ? x : normal;
}

// Words that the model looks up, and one that it surely does not know.
std::vector<std::string> words_of(const Graph& graph) {
  std::vector<std::string> words = {"?unknown?"};
  for (const Node& node : graph.nodes) {
    const auto keys = node.get<std::vector<std::string>>("keys_strings", {});
    words.insert(words.end(), keys.begin(), keys.end());
  }
  return words;
}

// One word or two.
Tensor random_texts(const Shape& shape, const std::vector<std::string>& words, Random& random) {
  std::vector<std::string> texts(static_cast<std::size_t>(element_count(shape)));
  for (std::string& text : texts) {
    text = words[random.below(words.size())];
    if (random.below(2) == 0) text += " " + words[random.below(words.size())];
  }
  return Tensor(shape, std::move(texts));
}

Tensor draw(Shape shape, DType dtype, const Use& use, Random& random) {
  const bool floating = is_floating(dtype);
  std::uint64_t below = use.below > 0 ? static_cast<std::uint64_t>(use.below) : 2;
  if (use.below == 0 && (dtype == DType::kUInt8 || scales_pixels(use))) below = 256;
  if (dtype == DType::kBool) below = 2;
  const bool counts = !floating || use.below > 0 || below == 256;
  std::vector<double> values(static_cast<std::size_t>(element_count(shape)));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = counts ? static_cast<double>(random.below(below)) : unscaled(use, i, random.normal());
  return Tensor(std::move(shape), std::move(values)).cast(dtype);
}

// Shapes of inputs, one after the other: a symbol is the size that it was where it stood first.
class Shapes {
 public:
  Shapes(std::int64_t rows, const OpenSizes& open) : rows_(rows), open_(open) {}

  Shape of(const ValueInfo& input) {
    const Dims dims = input.type.shape.value_or(Dims{});
    Shape shape;
    for (const Dim& dim : dims) {
      const std::int64_t open = shape.empty() ? rows_ : dims.size() >= 4 ? open_.image : open_.any;
      if (dim.known()) shape.push_back(dim.value);
      else shape.push_back(dim.symbol.empty() ? open : sizes_.try_emplace(dim.symbol, open).first->second);
    }
    return shape;
  }

 private:
  std::int64_t rows_;
  OpenSizes open_;
  std::map<std::string, std::int64_t> sizes_;  // by symbol
};

Model with_shapes(const Model& model) {
  Model shaped = model;
  try {
    infer_shapes(shaped);
  } catch (const Error&) {  // then fewer sizes are known
    return model;
  }
  return shaped;
}

}  // namespace

std::int64_t enough_rows(const Model& model, const OpenSizes& open) {
  constexpr std::int64_t kRows = 64;
  constexpr std::int64_t kNumbers = 300'000;
  Shapes shapes(1, open);
  std::int64_t numbers = 1;  // of a row
  for (const ValueInfo& input : model.graph.inputs)
    if (!model.graph.initializer(input.name)) numbers += element_count(shapes.of(input));
  return std::clamp(kNumbers / numbers, std::int64_t{1}, kRows);
}

std::string made_up_sizes(const Model& model, const Tensors& inputs) {
  std::vector<std::string> texts;
  for (const ValueInfo& input : model.graph.inputs) {
    const auto made = inputs.find(input.name);
    if (made == inputs.end()) continue;
    const std::optional<Dims>& dims = input.type.shape;
    const bool known =
        dims && std::all_of(dims->begin() + (dims->empty() ? 0 : 1), dims->end(), [](const Dim& dim) { return dim.known(); });
    if (!known) texts.push_back(input.name + " " + to_string(input.type) + " as " + to_string(made->second.shape()));
  }
  return join(texts, ", ");
}

Tensors random_inputs(const Model& model, std::int64_t rows, std::uint64_t seed, const OpenSizes& open) {
  const Model shaped = with_shapes(model);
  UseFinder uses(shaped);
  Shapes shapes(rows, open);
  Tensors inputs;
  Random random(seed, stream_id("compare"));
  for (const ValueInfo& input : shaped.graph.inputs) {
    if (shaped.graph.initializer(input.name)) continue;
    if (input.type.dtype == DType::kString) inputs[input.name] = random_texts(shapes.of(input), words_of(shaped.graph), random);
    else inputs[input.name] = draw(shapes.of(input), input.type.dtype, uses.of(input.name), random);
  }
  return inputs;
}

MadeUp run_on_made_up(const Model& model, const Session& session, std::optional<std::int64_t> rows, std::uint64_t seed) {
  static constexpr OpenSizes kTries[] = {{}, {.any = 64, .image = 224}, {.any = 512, .image = 640}};
  std::optional<Error> first;
  for (const OpenSizes& open : kTries) {
    MadeUp made{.inputs = random_inputs(model, rows.value_or(enough_rows(model, open)), seed, open), .outputs = {}};
    try {
      made.outputs = session.run(made.inputs);
      return made;
    } catch (const Error& error) {
      if (!first) first = error;
      if (made_up_sizes(model, made.inputs).empty()) break;
    }
  }
  throw *first;
}

}  // namespace upkeep
