// ONNX text, by libonnx's parser and printer. Its names are C identifiers and its nodes have no names of their own, so what a model calls
// "dense_1/kernel" is written as dense_1_kernel, and the metadata entry "upkeep.text" says what it stands for. Reading takes that entry out
// again. Documentation (doc strings; metadata of graphs, nodes and values) is left out; anything else that does not come back is an error.
#include <onnx/defs/parser.h>
#include <onnx/defs/printer.h>

#include <cctype>
#include <iomanip>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <unordered_set>

#include "base/json.hpp"
#include "base/names.hpp"
#include "graph/onnx_file.hpp"
#include "graph/stop_gradient.hpp"
#include "graph/text_numbers.hpp"

namespace upkeep {
namespace {

constexpr const char* kEntry = "upkeep.text";
constexpr int kMostNesting = 64;  // brackets; the parser recurses
constexpr std::size_t kMostNumbers = 20'000'000;

using Names = std::map<std::string, std::string>;

// --- every name of a message, to be read or replaced ---------------------------------------------------------------

template <typename Visit>
void each_symbol(onnx::TypeProto& type, Visit& visit) {
  const auto dims = [&](auto& tensor) {
    if (!tensor.has_shape()) return;
    for (auto& dim : *tensor.mutable_shape()->mutable_dim())
      if (!dim.dim_param().empty()) visit(*dim.mutable_dim_param());
  };
  if (type.has_tensor_type()) dims(*type.mutable_tensor_type());
  if (type.has_sparse_tensor_type()) dims(*type.mutable_sparse_tensor_type());
  if (type.has_sequence_type()) each_symbol(*type.mutable_sequence_type()->mutable_elem_type(), visit);
  if (type.has_optional_type()) each_symbol(*type.mutable_optional_type()->mutable_elem_type(), visit);
  if (type.has_map_type()) each_symbol(*type.mutable_map_type()->mutable_value_type(), visit);
}

template <typename Visit>
void each_name(onnx::GraphProto& graph, Visit& visit);

template <typename Nodes, typename Visit>
void each_name_of_nodes(Nodes& nodes, Visit& visit) {
  // libonnx's text leaves out the name of an absent value, but takes a list that begins with one for an empty list.
  const auto each = [&](auto& names) {
    for (int i = 0; i < names.size(); ++i)
      if (i == 0 || !names[i].empty()) visit(names[i]);
  };
  for (auto& node : nodes) {
    each(*node.mutable_input());
    each(*node.mutable_output());
    for (auto& attribute : *node.mutable_attribute()) {
      if (attribute.has_g()) each_name(*attribute.mutable_g(), visit);
      if (attribute.has_tp()) each_symbol(*attribute.mutable_tp(), visit);
    }
  }
}

template <typename Visit>
void each_name(onnx::GraphProto& graph, Visit& visit) {
  visit(*graph.mutable_name());
  for (auto* list : {graph.mutable_input(), graph.mutable_output(), graph.mutable_value_info()})
    for (auto& value : *list) {
      visit(*value.mutable_name());
      if (value.has_type()) each_symbol(*value.mutable_type(), visit);
    }
  for (auto& tensor : *graph.mutable_initializer()) visit(*tensor.mutable_name());
  each_name_of_nodes(*graph.mutable_node(), visit);
}

template <typename Visit>
void each_name(onnx::ModelProto& model, Visit visit) {
  each_name(*model.mutable_graph(), visit);
  for (auto& function : *model.mutable_functions()) {
    for (auto* list : {function.mutable_input(), function.mutable_output()})
      for (auto& name : *list) visit(name);
    each_name_of_nodes(*function.mutable_node(), visit);
  }
}

// Calls work(node) with each node, those of sub-graphs and functions included.
template <typename Nodes, typename Work>
void each_node(Nodes& nodes, Work& work) {
  for (auto& node : nodes) {
    work(node);
    for (auto& attribute : *node.mutable_attribute()) {
      if (attribute.has_g()) each_node(*attribute.mutable_g()->mutable_node(), work);
      for (auto& graph : *attribute.mutable_graphs()) each_node(*graph.mutable_node(), work);
    }
  }
}

template <typename Work>
void each_node(onnx::ModelProto& model, Work work) {
  each_node(*model.mutable_graph()->mutable_node(), work);
  for (auto& function : *model.mutable_functions()) each_node(*function.mutable_node(), work);
}

// --- names that text can write -------------------------------------------------------------------------------------

bool is_writable(const std::string& name) {
  const auto word = [](unsigned char c) { return std::isalnum(c) || c == '_'; };
  if (name.empty() || !std::ranges::all_of(name, word) || std::isdigit(static_cast<unsigned char>(name[0]))) return false;
  if (onnx::PrimitiveTypeNameMap::IsTypeName(name) || onnx::KeyWordMap::Lookup(name) != onnx::KeyWordMap::KeyWord::NONE) return false;
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower != "inf" && lower != "infinity" && lower != "nan";
}

// Gives each name that text cannot write one that it can. Returns {written: original}.
Names make_writable(onnx::ModelProto& model) {
  std::unordered_set<std::string> taken;
  each_name(model, [&](const std::string& name) { taken.insert(name); });
  Names written;  // by original
  each_name(model, [&](std::string& name) {
    if (is_writable(name)) return;
    std::string& replacement = written[name];
    if (replacement.empty()) {
      std::string base = name.empty() ? "absent" : name;
      std::ranges::replace_if(base, [](unsigned char c) { return !std::isalnum(c); }, '_');
      if (!is_writable(base)) base.insert(0, "_");
      replacement = base;
      for (int i = 1; !taken.insert(replacement).second; ++i) replacement = base + "_" + std::to_string(i);
    }
    name = replacement;
  });
  Names originals;
  for (const auto& [original, name] : written) originals[name] = original;
  return originals;
}

// Names of nodes, by the first value that each gives; left out where the node is called like that value.
std::optional<Names> take_node_names(onnx::ModelProto& model) {
  Names names;
  bool named = false;
  each_node(model, [&](onnx::NodeProto& node) {
    named = named || !node.name().empty();
    if (node.output_size() && node.output(0) != node.name()) names[node.output(0)] = node.name();
    node.clear_name();
  });
  return named ? std::optional(names) : std::nullopt;
}

void give_node_names(onnx::ModelProto& model, const Names& names) {
  each_node(model, [&](onnx::NodeProto& node) {
    if (!node.output_size()) return;
    const auto found = names.find(node.output(0));
    const std::string& name = found == names.end() ? node.output(0) : found->second;
    if (!name.empty()) node.set_name(name);
  });
}

// The first values of the nodes that stop gradients; what else is said of a node is documentation.
std::vector<std::string> take_stops(onnx::ModelProto& model) {
  std::vector<std::string> stops;
  each_node(model, [&](onnx::NodeProto& node) {
    if (node.metadata_props_size() > 0) stops.push_back(node.output(0));
    node.clear_metadata_props();
  });
  return stops;
}

std::set<std::string> stops_from(const Json& list) {
  if (!list.is_array() || !std::ranges::all_of(list, &Json::is_string))
    throw Error(ErrorCode::kCorrupt, std::string("metadata ") + kEntry + ": stop_gradient is no list of names");
  return list.get<std::set<std::string>>();
}

void give_stops(onnx::ModelProto& model, const std::set<std::string>& stops) {
  each_node(model, [&](onnx::NodeProto& node) {
    if (node.op_type() != "Identity" || node.output_size() != 1 || !stops.contains(node.output(0))) return;
    auto* mark = node.add_metadata_props();
    mark->set_key(kStopGradientKey);
    mark->set_value(kStopGradientValue);
  });
}

struct Beside {
  std::optional<Names> nodes;
  std::vector<std::string> stops;
};

void write_entry(onnx::ModelProto& model, const Names& names, const Beside& beside) {
  if (names.empty() && !beside.nodes && beside.stops.empty()) return;
  Json entry = Json::object();
  if (!names.empty()) entry["names"] = names;
  if (beside.nodes) entry["nodes"] = *beside.nodes;
  if (!beside.stops.empty()) entry["stop_gradient"] = beside.stops;
  auto* made = model.add_metadata_props();
  made->set_key(kEntry);
  made->set_value(entry.dump());
}

Names names_from(const Json& entry, const char* key) {
  Names names;
  if (entry.is_object() && entry.contains(key))
    for (const auto& [name, value] : entry[key].items()) {
      if (!value.is_string()) throw Error(ErrorCode::kCorrupt, std::string("metadata ") + kEntry + ": a name is no text");
      names[name] = value.get<std::string>();
    }
  return names;
}

void read_entry(onnx::ModelProto& model) {
  auto& list = *model.mutable_metadata_props();
  const auto found = std::ranges::find_if(list, [](const auto& entry) { return entry.key() == kEntry; });
  if (found == list.end()) return;
  const Json entry = in_context(std::string("metadata ") + kEntry, [&] { return parse_json(found->value()); });
  list.erase(found);
  const Names names = names_from(entry, "names");
  each_name(model, [&](std::string& name) {
    if (const auto original = names.find(name); original != names.end()) name = original->second;
  });
  if (!entry.is_object()) return;
  if (entry.contains("nodes")) give_node_names(model, names_from(entry, "nodes"));
  if (entry.contains("stop_gradient")) give_stops(model, stops_from(entry["stop_gradient"]));
}

// --- tensors, number by number -------------------------------------------------------------------------------------

template <typename T, typename List>
void spell(const std::string& raw, List& into) {
  into.Reserve(static_cast<int>(raw.size() / sizeof(T)));
  for (std::size_t at = 0; at + sizeof(T) <= raw.size(); at += sizeof(T)) {
    T value;
    std::memcpy(&value, raw.data() + at, sizeof(T));
    into.Add(value);
  }
}

void spell_out(onnx::TensorProto& tensor) {
  if (!tensor.has_raw_data()) return;
  const std::unique_ptr<const std::string> raw(tensor.release_raw_data());
  const auto dtype = static_cast<DType>(tensor.data_type());
  switch (dtype) {
    case DType::kFloat32: return spell<float>(*raw, *tensor.mutable_float_data());
    case DType::kFloat64: return spell<double>(*raw, *tensor.mutable_double_data());
    case DType::kInt64: return spell<std::int64_t>(*raw, *tensor.mutable_int64_data());
    case DType::kInt32: return spell<std::int32_t>(*raw, *tensor.mutable_int32_data());
    case DType::kInt16: return spell<std::int16_t>(*raw, *tensor.mutable_int32_data());
    case DType::kInt8: return spell<std::int8_t>(*raw, *tensor.mutable_int32_data());
    case DType::kUInt16: return spell<std::uint16_t>(*raw, *tensor.mutable_int32_data());
    case DType::kUInt8:
    case DType::kBool: return spell<std::uint8_t>(*raw, *tensor.mutable_int32_data());
    case DType::kUInt32: return spell<std::uint32_t>(*raw, *tensor.mutable_uint64_data());
    case DType::kUInt64: return spell<std::uint64_t>(*raw, *tensor.mutable_uint64_data());
    default:
      throw Error(ErrorCode::kUnsupported, "ONNX text cannot hold a tensor of " + to_string(dtype), "save the model as a .onnx file");
  }
}

void spell_out(onnx::GraphProto& graph);

template <typename Nodes>
void spell_out_nodes(Nodes& nodes) {
  for (auto& node : nodes)
    for (auto& attribute : *node.mutable_attribute()) {
      if (attribute.has_t()) spell_out(*attribute.mutable_t());
      if (attribute.has_g()) spell_out(*attribute.mutable_g());
    }
}

void spell_out(onnx::GraphProto& graph) {
  for (auto& tensor : *graph.mutable_initializer()) in_context("tensor \"" + tensor.name() + "\"", [&] { spell_out(tensor); });
  spell_out_nodes(*graph.mutable_node());
}

// --- what is left out ----------------------------------------------------------------------------------------------

void leave_out_documentation(onnx::TensorProto& tensor) { tensor.clear_name(), tensor.clear_doc_string(), tensor.clear_metadata_props(); }

void leave_out_documentation(onnx::GraphProto& graph);

// Written anew, so that two messages that say the same are the same bytes.
onnx::NodeProto without_documentation(onnx::NodeProto&& node) {
  const bool stops =
      node.op_type() == "Identity" && node.domain().empty() && std::ranges::any_of(node.metadata_props(), [](const auto& mark) {
        return mark.key() == kStopGradientKey && mark.value() == kStopGradientValue;
      });
  node.clear_doc_string(), node.clear_metadata_props();
  for (auto& attribute : *node.mutable_attribute()) {
    attribute.clear_doc_string();
    if (attribute.has_t()) leave_out_documentation(*attribute.mutable_t());
    if (attribute.has_g()) leave_out_documentation(*attribute.mutable_g());
  }
  Node plain = proto::node_from(std::move(node));
  if (stops) set(plain.metadata, kStopGradientKey, kStopGradientValue);
  onnx::NodeProto made;
  proto::to_message(plain, made);
  return made;
}

void leave_out_documentation(onnx::GraphProto& graph) {
  graph.clear_doc_string(), graph.clear_metadata_props();
  for (auto* list : {graph.mutable_input(), graph.mutable_output(), graph.mutable_value_info()})
    for (auto& value : *list) value.clear_doc_string(), value.clear_metadata_props();
  for (auto& tensor : *graph.mutable_initializer()) tensor.clear_doc_string(), tensor.clear_metadata_props();
  for (auto& node : *graph.mutable_node()) node = without_documentation(std::move(node));
}

void leave_out_documentation(onnx::ModelProto& model) {
  leave_out_documentation(*model.mutable_graph());
  for (auto& function : *model.mutable_functions()) {
    function.clear_doc_string(), function.clear_metadata_props();
    for (auto& node : *function.mutable_node()) node = without_documentation(std::move(node));
  }
}

// --- whole models --------------------------------------------------------------------------------------------------

Error unsupported(const std::string& what) {
  return Error(ErrorCode::kUnsupported, "ONNX text cannot hold " + what, "save the model as a .onnx file");
}

void refuse_what_text_never_holds(const Model& model) {
  if (!model.training_tensors.empty()) throw unsupported("what training goes on from");
  if (!model.opaque.empty()) throw unsupported("training information");
  std::size_t numbers = 0;
  for (const auto& [name, tensor] : model.graph.initializers) numbers += static_cast<std::size_t>(tensor.size());
  if (numbers > kMostNumbers) throw unsupported(std::to_string(numbers) + " weights; at most " + std::to_string(kMostNumbers));
}

bool has_doubles(const onnx::GraphProto& graph) {
  return std::ranges::any_of(graph.initializer(), [](const auto& tensor) { return tensor.double_data_size() > 0; }) ||
         std::ranges::any_of(graph.node(), [](const auto& node) {
           return std::ranges::any_of(node.attribute(),
                                      [](const auto& a) { return a.t().double_data_size() > 0 || (a.has_g() && has_doubles(a.g())); });
         });
}

std::string print(const onnx::ModelProto& model) {
  std::ostringstream out;
  out << std::setprecision(has_doubles(model.graph()) ? std::numeric_limits<double>::max_digits10
                                                      : std::numeric_limits<float>::max_digits10);
  out << model << '\n';
  return std::move(out).str();
}

void check_nesting(std::string_view text) {
  int depth = 0;
  char previous = 0;
  for (std::size_t i = 0; i < text.size(); previous = text[i++]) {
    const char c = text[i];
    if (c == '#') i = std::min(text.find('\n', i), text.size() - 1);
    else if (c == '"')
      for (++i; i < text.size() && text[i] != '"'; ++i) i += text[i] == '\\' ? 1 : 0;
    else if (c == '<' || c == '{' || c == '(' || c == '[') ++depth;
    else if (((c == '>' && previous != '=') || c == '}' || c == ')' || c == ']') && depth > 0) --depth;
    if (i >= text.size()) return;
    if (depth > kMostNesting)
      throw Error(ErrorCode::kResourceExhausted, "the text nests more than " + std::to_string(kMostNesting) + " brackets");
  }
}

// "[ParseError at position (line: 7 column: 3)]\nError context: ...\nMessage" in one line.
Error parse_error(std::string message) {
  std::ranges::replace(message, '\n', ' ');
  return Error(ErrorCode::kCorrupt, "not ONNX text", std::string(trim(message)));
}

onnx::ModelProto parse(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) throw Error(ErrorCode::kCorrupt, "not ONNX text", "it holds a zero byte");
  check_nesting(text);
  onnx::ModelProto message;
  const std::string terminated = readable_numbers(text);
  try {
    if (const auto status = onnx::OnnxParser(terminated.c_str()).Parse(message); !status.IsOK()) throw parse_error(status.ErrorMessage());
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {  // numbers out of range
    throw parse_error(error.what());
  }
  return message;
}

// The node or weight that came back as something else.
std::string first_difference(const onnx::GraphProto& a, const onnx::GraphProto& b) {
  const auto differ = [](const auto& x, const auto& y) { return x.SerializeAsString() != y.SerializeAsString(); };
  for (int i = 0; i < std::min(a.initializer_size(), b.initializer_size()); ++i)
    if (differ(a.initializer(i), b.initializer(i))) return "tensor \"" + a.initializer(i).name() + "\"";
  for (int i = 0; i < std::min(a.node_size(), b.node_size()); ++i)
    if (differ(a.node(i), b.node(i))) return "node \"" + a.node(i).name() + "\" (" + a.node(i).op_type() + ")";
  return "everything that this model says";
}

}  // namespace

Model model_from_text(std::string_view text) {
  onnx::ModelProto message = parse(text);
  read_entry(message);
  // Through bytes, so that text is held to the limits that a file is.
  return model_from_bytes(message.SerializeAsString());
}

std::string model_to_text(const Model& model) {
  refuse_what_text_never_holds(model);
  onnx::ModelProto message = proto::to_message(model);
  leave_out_documentation(message);
  const onnx::ModelProto wanted = message;
  const Beside beside{.nodes = take_node_names(message), .stops = take_stops(message)};
  write_entry(message, make_writable(message), beside);
  spell_out(*message.mutable_graph());
  for (auto& function : *message.mutable_functions()) spell_out_nodes(*function.mutable_node());
  std::string text = print(message);

  onnx::ModelProto back;
  try {
    back = proto::to_message(model_from_text(text));
  } catch (const Error& error) {
    throw unsupported("this model").in(error.what());
  }
  leave_out_documentation(back);
  if (back.SerializeAsString() != wanted.SerializeAsString()) throw unsupported(first_difference(wanted.graph(), back.graph()));
  return text;
}

}  // namespace upkeep
