#include "optimize/rewrites/shared/sinking.hpp"

#include <algorithm>
#include <numeric>

#include "graph/permutation.hpp"
#include "optimize/rewrites/shared/regrouping.hpp"

namespace upkeep::rewrites {

struct Sinking::Step {
  Wiring::Id transpose;
  Wiring::Id reader;
  std::string source;  // what is transposed
  std::string value;   // the result, which the reader reads
  Permutation permutation;
};

Permutation permutation_of(const Wiring& wiring, const Node& transpose) {
  auto permutation = transpose.get<Permutation>("perm", {});
  const auto dims = wiring.dims(transpose.inputs[0]);
  if (!permutation.empty() || !dims) return permutation;
  permutation.resize(dims->size());
  std::iota(permutation.rbegin(), permutation.rend(), 0);
  return permutation;
}

namespace {

// Transpose(Transpose(x, first), second).
Permutation compose(const Permutation& first, const Permutation& second) {
  Permutation made;
  for (const std::int64_t axis : second) made.push_back(first[static_cast<std::size_t>(axis)]);
  return made;
}

template <typename List>
List reordered(const List& list, const Permutation& permutation) {
  List made;
  for (const std::int64_t axis : permutation) made.push_back(list[static_cast<std::size_t>(axis)]);
  return made;
}

// The permutation of the axes that are left when `gone`, axes of the result, are taken away.
Permutation without(const Permutation& permutation, const std::set<std::int64_t>& gone) {
  Permutation left;
  for (std::size_t i = 0; i < permutation.size(); ++i)
    if (!gone.contains(static_cast<std::int64_t>(i))) left.push_back(permutation[i]);
  Permutation made;
  for (const std::int64_t axis : left) made.push_back(std::ranges::count_if(left, [&](std::int64_t other) { return other < axis; }));
  return made;
}

// The permutation when the result gets axes at the places `added`. In the source each of them stands behind the axis that it follows in the
// result, so that what a Reshape then joins lies together there as well.
Permutation with_new_axes(const Permutation& permutation, const std::set<std::int64_t>& added, std::size_t rank) {
  std::vector<std::pair<std::int64_t, std::size_t>> order;  // of the source: the old axis that leads, then the place in the result
  std::int64_t leads = -1;
  std::size_t old = 0;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    if (!added.contains(static_cast<std::int64_t>(axis))) leads = permutation[old++];
    order.emplace_back(leads, axis);
  }
  std::ranges::sort(order);
  Permutation made(rank);
  for (std::size_t place = 0; place < rank; ++place) made[order[place].second] = static_cast<std::int64_t>(place);
  return made;
}

// How an input is left out where more follow it.
bool has_no_elements(const Wiring& wiring, const std::string& value) {
  const auto dims = wiring.dims(value);
  return dims && std::ranges::any_of(*dims, [](const Dim& dim) { return dim.value == 0; });
}

}  // namespace

void Sinking::sink(Wiring::Id transpose) {
  waiting_ = {transpose};
  while (!waiting_.empty()) {
    const Wiring::Id id = waiting_.back();
    waiting_.pop_back();
    if (!wiring_.alive(id)) continue;
    const Node node = wiring_.node(id);
    const Permutation permutation = permutation_of(wiring_, node);
    if (permutation.empty()) continue;
    for (const Wiring::Id reader : wiring_.readers(node.outputs[0]))
      if (wiring_.alive(reader) && wiring_.readers(node.outputs[0]).contains(reader))
        pass({.transpose = id, .reader = reader, .source = node.inputs[0], .value = node.outputs[0], .permutation = permutation});
    retire(id);
  }
}

// Takes a node away that nobody reads any more.
void Sinking::retire(Wiring::Id id) {
  const std::string& output = wiring_.node(id).outputs[0];
  if (!wiring_.is_output(output) && wiring_.readers(output).empty()) wiring_.remove(id);
}

bool Sinking::pass(const Step& step) {
  const Node& reader = wiring_.node(step.reader);
  if (!reader.domain.empty() || !std::ranges::contains(reader.inputs, step.value)) return false;
  return pass_transpose(step) || pass_elementwise(step) || pass_join(step) || pass_along_axis(step) || pass_split(step) ||
         pass_reduction(step) || pass_sizes(step) || pass_slice(step) || pass_axes(step) || pass_shape(step) || pass_flatten(step) ||
         pass_regrouping(step);
}

// The reader reads what is transposed, and the Transpose comes behind it, or nothing does.
void Sinking::read_source(const Step& step, const std::function<void(Node&)>& edit) {
  wiring_.change(step.reader, [&](Node& node) {
    std::ranges::replace(node.inputs, step.value, step.source);
    edit(node);
  });
}

void Sinking::put_behind(Wiring::Id reader, std::size_t output, const Permutation& permutation) {
  if (is_identity(permutation)) return;
  const std::string name = wiring_.node(reader).outputs[output];
  const std::string inner = wiring_.fresh(name + "/moved");
  const ValueType* type = wiring_.type(name);
  ValueType moved = type ? *type : ValueType{};
  if (moved.shape) moved.shape = reordered(*moved.shape, inverse(permutation));
  wiring_.change(reader, [&](Node& node) { node.outputs[output] = inner; });
  waiting_.push_back(wiring_.add(
      {.op = "Transpose", .domain = {}, .name = {}, .inputs = {inner}, .outputs = {name}, .attributes = {{"perm", permutation, {}}}}, {}));
  wiring_.set_type(inner, moved);
}

bool Sinking::pass_transpose(const Step& step) {
  const Node reader = wiring_.node(step.reader);
  if (reader.op != "Transpose") return false;
  const Permutation both = compose(step.permutation, permutation_of(wiring_, reader));
  if (is_identity(both)) return wiring_.bypass(step.reader, step.source);
  read_source(step, [&](Node& node) { set_attribute(node, {"perm", both, {}}); });
  waiting_.push_back(step.reader);
  return true;
}

bool Sinking::pass_elementwise(const Step& step) {
  const Node& reader = wiring_.node(step.reader);
  const bool per_tensor = (reader.op == "QuantizeLinear" || reader.op == "DequantizeLinear") && reader.inputs[0] == step.value &&
                          has_one_element(wiring_, reader.inputs[1]);
  if ((!is_elementwise(reader) && !per_tensor) || reader.inputs[0] != step.value) return false;
  read_source(step, [](Node&) {});
  put_behind(step.reader, 0, step.permutation);
  return true;
}

// Another input of a join, in the order that the source has. nullopt: it cannot be brought there.
std::optional<std::string> Sinking::fitted(const std::string& value, const Step& step, Fit fit) {
  if (value.empty() || (fit == Fit::kBroadcast && has_one_element(wiring_, value))) return value;
  const std::size_t rank = step.permutation.size();
  const Permutation back = inverse(step.permutation);
  if (const Tensor* tensor = wiring_.constant(value)) {
    if (tensor->rank() > rank || (fit == Fit::kSameRank && tensor->rank() != rank) || size_bits(tensor->dtype()) < 8) return std::nullopt;
    Shape shape(rank - tensor->rank(), 1);
    shape.insert(shape.end(), tensor->shape().begin(), tensor->shape().end());
    return wiring_.add_constant(value + "/moved", permuted(tensor->reshaped(shape), back));
  }
  const auto dims = wiring_.dims(value);
  if (!dims || dims->size() != rank) return std::nullopt;
  const auto from = wiring_.producer(value);
  if (from && is_op(wiring_.node(*from), "Transpose")) {
    const Permutation theirs = permutation_of(wiring_, wiring_.node(*from));
    if (theirs == step.permutation) return wiring_.node(*from).inputs[0];
  }
  if (joins_ == Joins::kEqual) return std::nullopt;
  const std::string name = wiring_.fresh(value + "/moved");
  wiring_.add({.op = "Transpose", .domain = {}, .name = {}, .inputs = {value}, .outputs = {name}, .attributes = {{"perm", back, {}}}},
              {ValueType{wiring_.type(value)->dtype, reordered(*dims, back), {}}});
  return name;
}

bool Sinking::pass_join(const Step& step) {
  const Node reader = wiring_.node(step.reader);
  const bool concat = is_op(reader, "Concat");
  if (!concat && !is_broadcasting(reader)) return false;
  const std::size_t rank = step.permutation.size();
  const auto dims = wiring_.dims(reader.outputs[0]);
  if (!dims || dims->size() != rank) return false;
  std::vector<std::string> inputs;
  for (const std::string& name : reader.inputs) {
    const auto same = name == step.value ? std::optional(step.source) : fitted(name, step, concat ? Fit::kSameRank : Fit::kBroadcast);
    if (!same) return false;
    inputs.push_back(*same);
  }
  wiring_.change(step.reader, [&](Node& node) {
    node.inputs = inputs;
    if (concat)
      set_attribute(node, {"axis", step.permutation[static_cast<std::size_t>(from_front(node.get<std::int64_t>("axis", 1), rank))], {}});
  });
  put_behind(step.reader, 0, step.permutation);
  for (const std::string& name : reader.inputs)
    if (const auto from = wiring_.producer(name); from && *from != step.transpose && is_op(wiring_.node(*from), "Transpose")) retire(*from);
  return true;
}

// Operators that work along one axis, which an attribute names, and keep the shape.
bool Sinking::pass_along_axis(const Step& step) {
  static const std::set<std::string_view> kOps = {"Softmax", "LogSoftmax", "Hardmax", "LpNormalization"};
  const Node& reader = wiring_.node(step.reader);
  if (!kOps.contains(reader.op) || (opset_ < 13 && reader.op != "LpNormalization")) return false;
  read_source(step, [&](Node& node) {
    const auto axis = static_cast<std::size_t>(from_front(node.get<std::int64_t>("axis", -1), step.permutation.size()));
    set_attribute(node, {"axis", step.permutation[axis], {}});
  });
  put_behind(step.reader, 0, step.permutation);
  return true;
}

bool Sinking::pass_split(const Step& step) {
  const Node& reader = wiring_.node(step.reader);
  if (reader.op != "Split") return false;
  read_source(step, [&](Node& node) {
    const auto axis = static_cast<std::size_t>(from_front(node.get<std::int64_t>("axis", 0), step.permutation.size()));
    set_attribute(node, {"axis", step.permutation[axis], {}});
  });
  const std::size_t outputs = wiring_.node(step.reader).outputs.size();
  for (std::size_t i = 0; i < outputs; ++i) put_behind(step.reader, i, step.permutation);
  return true;
}

// The axes that a node says, as an attribute or a constant input; nullopt where it says none or they are not known.
static std::optional<Permutation> axes_of(const Wiring& wiring, const Node& node, std::size_t place, std::size_t rank) {
  auto axes = node.find("axes") ? std::optional(node.get<Permutation>("axes", {})) : integers(wiring.constant(input(node, place)));
  if (axes)
    for (std::int64_t& axis : *axes) axis = from_front(axis, rank);
  return axes;
}

static void set_axes(Wiring& wiring, Wiring::Id id, std::size_t place, const Permutation& axes) {
  const Node node = wiring.node(id);
  const std::string name = node.find("axes") ? "" : wiring.add_constant(node.outputs[0] + "/axes", int64s(axes));
  wiring.change(id, [&](Node& changed) {
    if (name.empty()) return set_attribute(changed, {"axes", axes, {}});
    changed.inputs.resize(std::max(changed.inputs.size(), place + 1));
    changed.inputs[place] = name;
  });
}

static Permutation mapped(const Permutation& axes, const Permutation& permutation) {
  Permutation made;
  for (const std::int64_t axis : axes) made.push_back(permutation[static_cast<std::size_t>(axis)]);
  return made;
}

bool Sinking::pass_reduction(const Step& step) {
  const Node reader = wiring_.node(step.reader);
  const std::size_t rank = step.permutation.size();
  const bool keeps = reader.get<std::int64_t>("keepdims", 1) != 0;
  std::set<std::int64_t> gone;
  if (reader.op == "ArgMax" || reader.op == "ArgMin") {
    const std::int64_t axis = from_front(reader.get<std::int64_t>("axis", 0), rank);
    gone.insert(axis);
    read_source(step, [&](Node& node) { set_attribute(node, {"axis", step.permutation[static_cast<std::size_t>(axis)], {}}); });
  } else if (reader.op.starts_with("Reduce")) {
    const auto axes = axes_of(wiring_, reader, 1, rank);
    const bool over_all = !reader.find("axes") && input(reader, 1).empty() && reader.get<std::int64_t>("noop_with_empty_axes", 0) == 0;
    if (over_all) return read_source(step, [](Node&) {}), true;
    if (!axes || axes->empty()) return false;
    gone.insert(axes->begin(), axes->end());
    Permutation theirs = mapped(*axes, step.permutation);
    std::ranges::sort(theirs);
    set_axes(wiring_, step.reader, 1, theirs);
    read_source(step, [](Node&) {});
  } else {
    return false;
  }
  put_behind(step.reader, 0, keeps ? step.permutation : without(step.permutation, gone));
  return true;
}

// Operators with one number (Tile, Expand, Resize), or a number for each side (Pad), per axis.
bool Sinking::pass_sizes(const Step& step) {
  const Node reader = wiring_.node(step.reader);
  const std::size_t rank = step.permutation.size();
  const Permutation back = inverse(step.permutation);
  std::vector<std::size_t> places;
  if (reader.op == "Tile" || reader.op == "Expand") places = {1};
  else if (reader.op == "Resize" && opset_ >= 11 && !reader.find("axes")) places = {1, 2, 3};
  else if (reader.op == "Pad" && opset_ >= 11 && input(reader, 3).empty()) places = {1};
  else return false;
  if (reader.inputs[0] != step.value) return false;
  std::vector<std::pair<std::size_t, Tensor>> moved;
  for (const std::size_t place : places) {
    const std::string name = input(reader, place);
    if (name.empty() || has_no_elements(wiring_, name)) continue;
    const Tensor* tensor = wiring_.constant(name);
    const bool both_sides = reader.op == "Pad" || (reader.op == "Resize" && place == 1);
    if (!tensor || tensor->size() != static_cast<std::int64_t>(both_sides ? 2 * rank : rank)) return false;
    Permutation order = back;
    if (both_sides)
      for (const std::int64_t axis : back) order.push_back(axis + static_cast<std::int64_t>(rank));
    moved.emplace_back(place, taken(*tensor, 0, order));
  }
  for (auto& [place, tensor] : moved) {
    const std::string name = wiring_.add_constant(reader.inputs[place] + "/moved", std::move(tensor));
    wiring_.change(step.reader, [&](Node& node) { node.inputs[place] = name; });
  }
  read_source(step, [](Node&) {});
  put_behind(step.reader, 0, step.permutation);
  return true;
}

bool Sinking::pass_slice(const Step& step) {
  const Node reader = wiring_.node(step.reader);
  if (reader.op != "Slice" || opset_ < 10 || reader.inputs[0] != step.value) return false;
  const auto axes = axes_of(wiring_, reader, 3, step.permutation.size());
  if (!axes) return false;
  set_axes(wiring_, step.reader, 3, mapped(*axes, step.permutation));
  read_source(step, [](Node&) {});
  put_behind(step.reader, 0, step.permutation);
  return true;
}

// Squeeze takes axes away; Unsqueeze adds some.
bool Sinking::pass_axes(const Step& step) {
  const Node reader = wiring_.node(step.reader);
  const std::size_t rank = step.permutation.size();
  if (reader.op != "Squeeze" && reader.op != "Unsqueeze") return false;
  const auto dims = wiring_.dims(reader.outputs[0]);
  if (!dims) return false;
  const auto axes = axes_of(wiring_, reader, 1, reader.op == "Squeeze" ? rank : dims->size());
  if (!axes || axes->empty()) return false;
  const std::set<std::int64_t> chosen(axes->begin(), axes->end());
  Permutation theirs, behind;
  if (reader.op == "Squeeze") {
    theirs = mapped(*axes, step.permutation);
    behind = without(step.permutation, chosen);
  } else {
    behind = with_new_axes(step.permutation, chosen, dims->size());
    for (const std::int64_t axis : chosen) theirs.push_back(behind[static_cast<std::size_t>(axis)]);
  }
  std::ranges::sort(theirs);
  set_axes(wiring_, step.reader, 1, theirs);
  read_source(step, [](Node&) {});
  put_behind(step.reader, 0, behind);
  return true;
}

// Shape(Transpose(x))  ==>  Gather(Shape(x), permutation)
bool Sinking::pass_shape(const Step& step) {
  const Node reader = wiring_.node(step.reader);
  if (reader.op != "Shape" || reader.find("start") || reader.find("end")) return false;
  const std::string order = wiring_.add_constant(reader.outputs[0] + "/order", int64s(step.permutation));
  const std::string inner = wiring_.fresh(reader.outputs[0] + "/moved");
  read_source(step, [&](Node& node) { node.outputs[0] = inner; });
  wiring_.add({.op = "Gather",
               .domain = {},
               .name = {},
               .inputs = {inner, order},
               .outputs = reader.outputs,
               .attributes = {{"axis", std::int64_t{0}, {}}}},
              {});
  return true;
}

// A Flatten behind a Transpose gives the same features in another order; the weights that read them can be put into that order.
bool Sinking::pass_flatten(const Step& step) {
  const Node reader = wiring_.node(step.reader);
  if (reader.op != "Reshape" && reader.op != "Flatten") return false;
  const auto from = wiring_.dims(step.source), to = wiring_.dims(reader.outputs[0]);
  if (!from || !to || to->size() != 2 || step.permutation[0] != 0 || reader.inputs[0] != step.value || !(*to)[1].known()) return false;
  Shape sizes;
  for (std::size_t i = 1; i < from->size(); ++i) sizes.push_back((*from)[i].value);
  if (std::ranges::any_of(sizes, [](std::int64_t size) { return size < 1; }) || element_count(sizes) != (*to)[1].value) return false;
  const bool keeps_rows = reader.op == "Flatten" ? from_front(reader.get<std::int64_t>("axis", 1), from->size()) == 1
                                                 : wiring_.constant(input(reader, 1)) != nullptr;
  if (!keeps_rows) return false;
  Permutation places(static_cast<std::size_t>((*to)[1].value));
  std::iota(places.begin(), places.end(), 0);
  Permutation inner;
  for (std::size_t i = 1; i < step.permutation.size(); ++i) inner.push_back(step.permutation[i] - 1);
  const Tensor order = permuted(Tensor(sizes, std::move(places)), inner);
  if (reader.op == "Reshape") {  // a number that names one axis by another's place would now name another
    const std::string target = wiring_.add_constant(reader.outputs[0] + "/shape", int64s({-1, (*to)[1].value}));
    wiring_.change(step.reader, [&](Node& node) { node.inputs[1] = target; });
  }
  read_source(step, [](Node&) {});
  const auto values = order.data<std::int64_t>();
  orders_.put_behind(step.reader, 1, Permutation(values.begin(), values.end()));
  return true;
}

// Sizes that a Reshape leaves as they are, though inference does not know them: those it names 0, and a first one that is all that is open.
static void name_open_sizes(Dims& from, Dims& to, const std::vector<std::int64_t>& target) {
  const auto is_open = [](const Dim& dim) { return !dim.known(); };
  for (std::size_t i = 0; i < std::min(target.size(), from.size()); ++i)
    if (target[i] == 0 && is_open(from[i])) from[i] = to[i] = Dim("size " + std::to_string(i));
  const auto rest = [](const Dims& dims) {
    std::int64_t product = 1;
    for (std::size_t i = 1; i < dims.size(); ++i) product *= dims[i].value;
    return product;
  };
  const bool only_first =
      std::ranges::count_if(from, is_open) == 1 && std::ranges::count_if(to, is_open) == 1 && is_open(from[0]) && is_open(to[0]);
  if (only_first && rest(from) == rest(to)) from[0] = to[0] = Dim("rows");
}

bool Sinking::pass_regrouping(const Step& step) {
  const Node reader = wiring_.node(step.reader);
  auto from = wiring_.dims(step.value), to = wiring_.dims(reader.outputs[0]);
  const auto said = integers(wiring_.constant(input(reader, 1)));
  const bool known = reader.op == "Reshape" && said && from && to && said->size() == to->size() && !from->empty() && !to->empty();
  if (!known || reader.inputs[0] != step.value || reader.get<std::int64_t>("allowzero", 0) != 0) return false;
  name_open_sizes(*from, *to, *said);
  const auto made = regroup(*from, *to, step.permutation);
  if (!made) return false;
  const std::string target = wiring_.add_constant(reader.outputs[0] + "/shape", int64s(made->target));
  read_source(step, [&](Node& node) {
    node.inputs[1] = target;
    remove_attribute(node, "allowzero");
  });
  put_behind(step.reader, 0, made->permutation);
  return true;
}

}  // namespace upkeep::rewrites
