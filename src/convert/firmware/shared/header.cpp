#include "convert/firmware/shared/header.hpp"

#include <cctype>
#include <numeric>
#include <set>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/sha256.hpp"
#include "convert/firmware/operator.hpp"
#include "convert/firmware/shared/layout.hpp"
#include "convert/firmware/shared/prepare.hpp"
#include "convert/firmware/support.hpp"
#include "graph/onnx.hpp"

namespace upkeep::firmware {

namespace {

bool is_word_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool names(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_word_character(text[at - 1])) && (end == text.size() || !is_word_character(text[end]))) return true;
  }
  return false;
}

// One node: the function that computes it.
struct Step {
  const Node* node = nullptr;
  std::string function;
  std::vector<Operand> operands;    // those that the body names, inputs first
  std::vector<std::string> values;  // the graph's names of them
  std::size_t inputs = 0;           // how many operands are inputs
  bool scratch = false;
  std::string body;
};

std::string type_text(DType dtype, const Shape& shape) { return to_string(dtype) + " " + to_string(shape); }

std::size_t bytes_of(DType dtype) { return std::max<std::size_t>(size_bits(dtype) / 8, 1); }

std::string working_name(DType dtype) { return to_string(dtype) + "_"; }

// "# " of a text that may have several lines, in one comment
std::string one_line(std::string text) {
  for (char& c : text)
    if (std::iscntrl(static_cast<unsigned char>(c)) != 0 || c == '\\') c = ' ';
  return text;
}

class Header {
 public:
  explicit Header(const Model& model) : model_(prepared(model)), interface_(interface_of_prepared(model_)), source_(model) {
    std::vector<std::pair<DType, std::int64_t>> scratch;
    for (const Node& node : model_.graph.nodes) in_context(node.op + " \"" + node.name + "\"", [&] { scratch.push_back(add_step(node)); });
    layout_ = lay_out(model_.graph, scratch);
    name_weights();
  }

  std::string text() {
    write_head();
    write_ports();
    write_details();
    write_model();
    write_foot();
    return std::move(text_);
  }

 private:
  void line(std::string_view text = "") { text_ += std::string(text) + "\n"; }

  Operand operand(const std::string& value, const std::string& name) const {
    if (value.empty()) return {};
    if (const Tensor* constant = model_.graph.initializer(value))
      return {.name = name, .dtype = constant->dtype(), .shape = constant->shape(), .constant = constant};
    const ValueInfo info = value_of(model_.graph, value);
    return {.name = name, .dtype = info.type.dtype, .shape = shape_of(info)};
  }

  std::pair<DType, std::int64_t> add_step(const Node& node) {
    std::vector<Operand> inputs, outputs;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) inputs.push_back(operand(node.inputs[i], "x" + std::to_string(i)));
    for (std::size_t i = 0; i < node.outputs.size(); ++i) outputs.push_back(operand(node.outputs[i], "y" + std::to_string(i)));
    const OperatorEntry& entry = catalog().at(node.op);
    if (entry.memory == Memory::kShared) {
      if (node.outputs.size() > 1 && !node.outputs[1].empty()) throw not_written("its second output");
      return {DType::kFloat32, 0};
    }
    Operation operation(node, inputs, outputs);
    for (const Operand& output : outputs)
      if (output) type_name(output.dtype);
    Code code(1);
    entry.write(operation, code);
    Step step{.node = &node, .function = upkeep::format("step_{}_{}", steps_.size(), identifier(node.op)), .body = code.text()};
    keep_named(step, inputs, node.inputs);
    step.inputs = step.operands.size();
    keep_named(step, outputs, node.outputs);
    step.scratch = operation.scratch() > 0;
    steps_.push_back(std::move(step));
    return {operation.scratch_dtype(), operation.scratch()};
  }

  static void keep_named(Step& step, const std::vector<Operand>& operands, const std::vector<std::string>& values) {
    for (std::size_t i = 0; i < operands.size(); ++i) {
      if (!operands[i] || !names(step.body, operands[i].name)) continue;
      step.operands.push_back(operands[i]);
      step.values.push_back(values[i]);
    }
  }

  void name_weights() {
    std::set<std::string> read(layout_.copies.begin(), layout_.copies.end());
    for (const Step& step : steps_) read.insert(step.values.begin(), step.values.end());
    std::set<std::string> used;
    for (const auto& [name, tensor] : model_.graph.initializers) {
      if (!read.contains(name)) continue;
      std::string wanted = "w_" + identifier(name);
      while (!used.insert(wanted).second) wanted += "_2";
      weights_[name] = wanted;
      weight_numbers_ += tensor.size();
      weight_bytes_ += tensor.size_bytes();
    }
  }

  std::size_t working_bytes() const {
    std::size_t bytes = 0;
    for (const auto& [dtype, count] : layout_.working) bytes += static_cast<std::size_t>(count) * bytes_of(dtype);
    return bytes;
  }

  // --- the parts of the file ---------------------------------------------------------------------------------------

  void write_head() {
    const std::string& space = interface_.space;
    line(upkeep::format("// The model \"{}\" as C++20. Written by Upkeep {}; do not edit.", one_line(source_.graph.name), UPKEEP_VERSION));
    line("//");
    for (const Port& port : interface_.inputs) write_port_comment("input ", port);
    for (const Port& port : interface_.outputs) write_port_comment("output", port);
    line(upkeep::format("// weights         {} numbers, {} bytes of constants", weight_numbers_, weight_bytes_));
    line(upkeep::format("// working memory  {} bytes, inside of {}::Model", working_bytes(), space));
    line(upkeep::format("// written from    an ONNX graph of {} nodes{}, SHA-256 {}", source_.graph.nodes.size(),
                        source_.producer_name.empty() ? "" : one_line(" by " + source_.producer_name + " " + source_.producer_version),
                        sha256(model_to_bytes(source_)).substr(0, 16)));
    line("//");
    write_example();
    line("//");
    line("// One row at a time, elements in row-major order. It takes no memory from the heap, throws nothing and knows no global state.");
    line("// predict() keeps what is between input and output in the object: one object per thread. Inputs and outputs must not overlap.");
    line("// An index (of an embedding) that is out of range is taken to the nearest row. Needs nothing but the standard library.");
    line("#pragma once");
    line();
    for (const char* name : {"algorithm", "array", "cmath", "cstddef", "cstdint", "limits", "span"})
      line(upkeep::format("#include <{}>", name));
    line();
    line(upkeep::format("#ifdef UPKEEP_MODEL_{}", space));
    line(upkeep::format("#error \"two models are called {}: give one of them another name\"", space));
    line("#endif");
    line(upkeep::format("#define UPKEEP_MODEL_{}", space));
    line();
    line(upkeep::format("namespace {} {{", space));
    line();
  }

  void write_port_comment(const char* what, const Port& port) {
    const std::string renamed = port.name == port.identifier ? "" : upkeep::format(" (\"{}\")", one_line(port.name));
    line(upkeep::format("// {}  {:<16} {}{}", what, port.identifier, type_text(port.dtype, port.shape), renamed));
  }

  void write_example() {
    const auto array = [&](const Port& port) {
      return upkeep::format("std::array<{}, {}::{}_count> {}{{}};", type_name(port.dtype), interface_.space, port.identifier,
                            port.identifier);
    };
    line(upkeep::format("//   static {}::Model model;", interface_.space));
    for (const Port& port : interface_.inputs) line("//   " + array(port));
    for (const Port& port : interface_.outputs) line("//   " + array(port));
    if (interface_.is_plain())
      return line(upkeep::format("//   model.predict({}, {});", interface_.inputs[0].identifier, interface_.outputs[0].identifier));
    const auto fields = [](const std::vector<Port>& ports) {
      std::vector<std::string> all;
      for (const Port& port : ports) all.push_back(upkeep::format(".{0} = {0}", port.identifier));
      return "{" + join(all) + "}";
    };
    line(upkeep::format("//   model.predict({}, {});", fields(interface_.inputs), fields(interface_.outputs)));
  }

  void write_ports() {
    for (const std::vector<Port>* ports : {&interface_.inputs, &interface_.outputs})
      for (const Port& port : *ports) {
        std::vector<std::string> dims;
        for (const std::int64_t dim : port.shape) dims.push_back(std::to_string(dim));
        line(upkeep::format("inline constexpr std::size_t {}_count = {};", port.identifier, element_count(port.shape)));
        line(upkeep::format("inline constexpr std::array<std::size_t, {}> {}_shape = {{{}}};", dims.size(), port.identifier, join(dims)));
      }
    line(upkeep::format("inline constexpr std::size_t weight_bytes = {};", weight_bytes_));
    line(upkeep::format("inline constexpr std::size_t working_bytes = {};", working_bytes()));
    line();
  }

  void write_details() {
    line("namespace detail {");
    line();
    line(kSupport);
    for (const auto& [name, tensor] : model_.graph.initializers) {
      const auto weight = weights_.find(name);
      if (weight == weights_.end()) continue;
      line(upkeep::format("// {}: {}", one_line(name), type_text(tensor.dtype(), tensor.shape())));
      line(upkeep::format("inline constexpr {} {}[{}] = {{\n    {}}};", type_name(tensor.dtype()), weight->second,
                          std::max<std::int64_t>(tensor.size(), 1), elements(tensor)));
      line();
    }
    for (const Step& step : steps_) write_step(step);
    line("}  // namespace detail");
    line();
  }

  // No two pointers meet, except where a member says that it may write over its input.
  void write_step(const Step& step) {
    const bool apart = catalog().at(step.node->op).memory == Memory::kOwn;
    std::vector<std::string> parameters, about;
    for (std::size_t i = 0; i < step.operands.size(); ++i) {
      const Operand& operand = step.operands[i];
      const bool input = i < step.inputs;
      parameters.push_back(upkeep::format("{}{}* {}{}", input ? "const " : "", type_name(operand.dtype),
                                          apart && !input ? "__restrict " : "", operand.name));
      about.push_back(operand.name + ": " + type_text(operand.dtype, operand.shape));
    }
    if (step.scratch) parameters.push_back(upkeep::format("{}* __restrict scratch", type_name(scratch_type(step))));
    line(
        upkeep::format("// {}{}; {}", step.node->op, step.node->name.empty() ? "" : one_line(" \"" + step.node->name + "\""), join(about)));
    line(upkeep::format("inline void {}({}) noexcept {{", step.function, join(parameters)));
    text_ += step.body;
    line("}");
    line();
  }

  DType scratch_type(const Step& step) const {
    return layout_.scratch.at(static_cast<std::size_t>(step.node - model_.graph.nodes.data())).dtype;
  }

  std::string pointer(const Place& place) const {
    const auto port = [&](const std::vector<Port>& ports, const char* in) {
      const Port& found = *std::ranges::find(ports, place.name, &Port::name);
      return (interface_.is_plain() ? "" : std::string(in) + ".") + found.identifier + ".data()";
    };
    switch (place.where) {
      case Place::Where::kInput: return port(interface_.inputs, "inputs");
      case Place::Where::kOutput: return port(interface_.outputs, "outputs");
      case Place::Where::kConstant: return "detail::" + weights_.at(place.name);
      default: break;
    }
    const std::string memory = working_name(place.dtype) + ".data()";
    return place.offset == 0 ? memory : upkeep::format("{} + {}", memory, place.offset);
  }

  void write_spans(const char* name, const std::vector<Port>& ports, const char* constant) {
    line(upkeep::format("struct {} {{", name));
    for (const Port& port : ports)
      line(upkeep::format("  std::span<{}{}, {}_count> {};", constant, type_name(port.dtype), port.identifier, port.identifier));
    line("};");
    line();
  }

  std::string parameters() const {
    if (!interface_.is_plain()) return "const Inputs& inputs, const Outputs& outputs";
    const Port& in = interface_.inputs[0];
    const Port& out = interface_.outputs[0];
    return upkeep::format("std::span<const {}, {}_count> {}, std::span<{}, {}_count> {}", type_name(in.dtype), in.identifier, in.identifier,
                          type_name(out.dtype), out.identifier, out.identifier);
  }

  void write_model() {
    if (!interface_.is_plain()) {
      write_spans("Inputs", interface_.inputs, "const ");
      write_spans("Outputs", interface_.outputs, "");
    }
    line("class Model {");
    line(" public:");
    line(upkeep::format("  void predict({}) noexcept {{", parameters()));
    const std::size_t begin = text_.size();
    for (const Step& step : steps_) write_call(step);
    for (const std::string& output : layout_.copies) write_copy(output);
    write_unread(std::string_view(text_).substr(begin));
    line("  }");
    if (!layout_.working.empty()) {
      line();
      line(" private:");
    }
    for (const auto& [dtype, count] : layout_.working)
      line(upkeep::format("  alignas(16) std::array<{}, {}> {}{{}};", type_name(dtype), count, working_name(dtype)));
    line("};");
    line();
  }

  void write_call(const Step& step) {
    std::vector<std::string> arguments;
    for (const std::string& value : step.values) arguments.push_back(pointer(layout_.values.at(value)));
    if (step.scratch) arguments.push_back(pointer(layout_.scratch.at(static_cast<std::size_t>(step.node - model_.graph.nodes.data()))));
    line(upkeep::format("    detail::{}({});", step.function, join(arguments)));
  }

  void write_copy(const std::string& output) {
    const Place to{.where = Place::Where::kOutput, .name = output};
    line(upkeep::format("    std::copy_n({}, {}, {});", pointer(layout_.values.at(output)),
                        element_count(shape_of(value_of(model_.graph, output))), pointer(to)));
  }

  // An input that no result depends on.
  void write_unread(std::string_view body) {
    const std::string parameter = interface_.is_plain() ? interface_.inputs[0].identifier : "inputs";
    if (!names(body, parameter)) line(upkeep::format("    static_cast<void>({});", parameter));
  }

  void write_foot() { line(upkeep::format("}}  // namespace {}", interface_.space)); }

  Model model_;
  Interface interface_;
  const Model& source_;
  std::vector<Step> steps_;
  Layout layout_;
  std::map<std::string, std::string> weights_;  // the graph's name, C++'s
  std::int64_t weight_numbers_ = 0;
  std::size_t weight_bytes_ = 0;
  std::string text_;
};

}  // namespace

std::string header_of(const Model& model) { return Header(model).text(); }

}  // namespace upkeep::firmware
