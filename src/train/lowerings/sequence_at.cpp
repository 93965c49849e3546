// SequenceAt             y = the element of a sequence at a constant place
// ConcatFromSequence     y = the elements one after the other along an axis, or along a new one
//
// By tensor operators, where the graph says what the sequence holds: it was made by SequenceConstruct, SequenceEmpty, SequenceInsert,
// SequenceErase and SplitToSequence, at constant places.

#include "base/format.hpp"
#include "train/gradients/rule.hpp"
#include "train/lowerings/lowering.hpp"

namespace upkeep::lowerings {
namespace {

using Elements = std::vector<Value>;

Error unknown_sequence(const std::string& why) {
  return Error(ErrorCode::kUnsupported, "what the sequence holds is not known: " + why,
               "make it by SequenceConstruct, SequenceInsert, SequenceErase or SplitToSequence, at constant places");
}

class SequenceReader {
 public:
  explicit SequenceReader(Ops& ops) : ops_(ops) {}

  Elements read(const std::string& sequence) const {
    const Node* found = ops_.model().graph.producer(sequence);
    if (!found) throw unknown_sequence("\"" + sequence + "\" comes from outside of the graph");
    const Node node = *found;  // the list of nodes grows below
    Elements elements;
    if (node.op == "SequenceConstruct") {
      for (const std::string& name : node.inputs) elements.push_back(ops_.existing(name));
    } else if (node.op == "SequenceInsert") {
      elements = read(node.inputs[0]);
      const std::size_t at = place(node, 2, elements.size() + 1);
      elements.insert(elements.begin() + static_cast<std::ptrdiff_t>(at), ops_.existing(node.inputs[1]));
    } else if (node.op == "SequenceErase") {
      elements = read(node.inputs[0]);
      const std::size_t at = place(node, 1, elements.size());
      elements.erase(elements.begin() + static_cast<std::ptrdiff_t>(at));
    } else if (node.op == "SplitToSequence") {
      elements = split(node);
    } else if (node.op == "Identity") {
      elements = read(node.inputs[0]);
    } else if (node.op != "SequenceEmpty") {
      throw unknown_sequence(node.op + " made it");
    }
    return elements;
  }

  // The input that is a place among `count`, negative ones from the end; the last where there is none.
  std::size_t place(const Node& node, std::size_t input, std::size_t count) const {
    const bool absent = input >= node.inputs.size() || node.inputs[input].empty();
    const std::optional<double> given = absent ? -1 : gradients::constant_number(ops_, ops_.existing(node.inputs[input]));
    if (!given) throw unknown_sequence("the place in " + node.op + " is no constant");
    const auto number = static_cast<std::int64_t>(*given);
    const std::int64_t at = number < 0 ? number + static_cast<std::int64_t>(count) : number;
    if (at < 0 || at >= static_cast<std::int64_t>(count))
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("place {} in {} of {} places", number, node.op, count));
    return static_cast<std::size_t>(at);
  }

 private:
  Elements split(const Node& node) const {
    const Value x = ops_.existing(node.inputs[0]);
    if (!x.rank_known()) throw unknown_sequence("the rank of what SplitToSequence takes apart is not known");
    const std::int64_t axis = gradients::positive_axis(node.get<std::int64_t>("axis", 0), x.rank());
    const bool given = node.inputs.size() > 1 && !node.inputs[1].empty();
    const std::vector<std::int64_t> sizes = given ? sizes_of(ops_.existing(node.inputs[1]), length(x, axis)) : ones(length(x, axis));
    Elements parts = ops_.nodes("Split", {x, ops_.ints(sizes)}, sizes.size(), {{"axis", axis}});
    if (!given && node.get<std::int64_t>("keepdims", 1) == 0)
      for (Value& part : parts) part = ops_.squeeze(part, {axis});
    return parts;
  }

  static std::vector<std::int64_t> ones(const Dim& length) {
    if (!length.known()) throw unknown_sequence("SplitToSequence takes apart an axis of unknown size");
    return std::vector<std::int64_t>(static_cast<std::size_t>(length.value), 1);
  }

  // Of each part; a single number is the size of all but perhaps the last.
  std::vector<std::int64_t> sizes_of(const Value& split, const Dim& length) const {
    const std::optional<double> one = gradients::constant_number(ops_, split);
    if (const auto all = gradients::constant_ints(ops_, split); all && !one) return *all;
    if (!one || *one < 1 || !length.known()) throw unknown_sequence("the sizes of its parts are not known");
    const auto size = static_cast<std::int64_t>(*one);
    std::vector<std::int64_t> sizes(static_cast<std::size_t>(length.value / size), size);
    if (length.value % size != 0) sizes.push_back(length.value % size);
    return sizes;
  }

  static const Dim& length(const Value& x, std::int64_t axis) { return x.dims()[static_cast<std::size_t>(axis)]; }

  Ops& ops_;
};

std::vector<Value> sequence_at(const Composite& node, Ops& ops) {
  const SequenceReader reader(ops);
  const Elements elements = reader.read(node.node().inputs[0]);
  return {ops.identity(elements[reader.place(node.node(), 1, elements.size())])};
}

std::vector<Value> concat_from_sequence(const Composite& node, Ops& ops) {
  Elements elements = SequenceReader(ops).read(node.node().inputs[0]);
  const auto axis = node.attribute<std::int64_t>("axis", 0);
  if (node.attribute<std::int64_t>("new_axis", 0) != 0)
    for (Value& element : elements) element = ops.unsqueeze(element, {axis});
  return {ops.concat(std::move(elements), axis)};
}

}  // namespace

void add_sequence_at(LoweringCatalog& catalog) {
  catalog.add({.name = "SequenceAt",
               .aliases = {},
               .help = "the element, where the graph says what the sequence holds",
               .domain = {},
               .rule = sequence_at,
               .makers = {"SequenceConstruct", "SequenceInsert", "SequenceErase", "SplitToSequence"}});
  catalog.add({.name = "ConcatFromSequence",
               .aliases = {},
               .help = "Concat of the elements, where the graph says what the sequence holds",
               .domain = {},
               .rule = concat_from_sequence});
}

}  // namespace upkeep::lowerings
