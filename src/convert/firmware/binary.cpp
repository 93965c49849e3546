// Operators that join two or more tensors number by number, by NumPy's rules of broadcasting.

#include <map>

#include "base/format.hpp"
#include "convert/firmware/operator.hpp"

namespace upkeep::firmware {

namespace {

// Of a and b; T is the type.
const std::map<std::string, std::string>& joins() {
  static const std::map<std::string, std::string> all = {
      {"Add", "static_cast<T>(a + b)"},
      {"And", "a && b"},
      {"Div", "static_cast<T>(a / b)"},
      {"Equal", "a == b"},
      {"Greater", "a > b"},
      {"Less", "a < b"},
      {"Max", "a < b || b != b ? b : a"},
      {"Mean", "static_cast<T>(a + b)"},
      {"Min", "b < a || b != b ? b : a"},
      {"Mul", "static_cast<T>(a * b)"},
      {"Or", "a || b"},
      {"PRelu", "a < 0 ? a * b : a"},
      {"Pow", "static_cast<T>(std::pow(a, b))"},
      {"Sub", "static_cast<T>(a - b)"},
      {"Sum", "static_cast<T>(a + b)"},
      {"Xor", "a != b"},
  };
  return all;
}

std::vector<std::string> join_names() {
  std::vector<std::string> names;
  for (const auto& [name, text] : joins()) names.push_back(name);
  return names;
}

bool is_c_floating(DType dtype) { return dtype == DType::kFloat32 || dtype == DType::kFloat64; }

// Mod has the sign of the divisor, or with fmod=1 that of the dividend.
std::string join_of(const Operation& operation) {
  const std::string type = type_name(operation.input(0).dtype);
  if (operation.op() == "Mod") {
    if (operation.attribute<std::int64_t>("fmod", 0) == 0) return upkeep::format("static_cast<{0}>((a % b + b) % b)", type);
    return is_c_floating(operation.dtype()) ? "std::fmod(a, b)" : upkeep::format("static_cast<{}>(a % b)", type);
  }
  std::string text = joins().at(operation.op());
  if (!is_c_floating(operation.input(0).dtype)) {  // integers are what they are
    if (const std::size_t nan = text.find(" || b != b"); nan != std::string::npos) text.erase(nan, 10);
  }
  if (const std::size_t at = text.find("<T>"); at != std::string::npos) text.replace(at, 3, "<" + type + ">");
  return text;
}

// Two at a time: y = x0 with x1, then y with x2, ...
void write_pair(const Operation& operation, std::size_t second, const std::string& join, Code& code) {
  const Shape& shape = operation.output(0).shape;
  const Operand b = operation.input(second);
  const Operand a = operation.input(0);
  const Walk first = second == 1 ? broadcast_walk(a.shape, shape) : walk_of(shape);
  write_loops(code, shape, {first, broadcast_walk(b.shape, shape), walk_of(shape)}, [&](const auto& at) {
    code.line(upkeep::format("const {} a = {}[{}];", type_name(a.dtype), second == 1 ? "x0" : "y0", at[0]));
    code.line(upkeep::format("const {} b = {}[{}];", type_name(b.dtype), b.name, at[1]));
    code.line(upkeep::format("y0[{}] = {};", at[2], join));
  });
}

void write_copy_of_one(const Operation& operation, Code& code) {
  code.line(upkeep::format("std::copy_n(x0, {}, y0);", operation.output(0).count()));
}

void write_binary(Operation& operation, Code& code) {
  if (operation.input_count() == 1) return write_copy_of_one(operation, code);
  const std::string join = join_of(operation);
  for (std::size_t i = 1; i < operation.input_count(); ++i) write_pair(operation, i, join, code);
  if (operation.op() != "Mean") return;
  code.loop("i", operation.output(0).count());
  code.line(upkeep::format("y0[i] /= {};", operation.number(static_cast<double>(operation.input_count()))));
  code.close();
}

}  // namespace

void add_binary(OperatorCatalog& catalog) {
  std::vector<std::string> names = join_names();
  names.emplace_back("Mod");
  catalog.add({.name = "Binary",
               .aliases = std::move(names),
               .help = "arithmetic, comparisons and logic of two or more inputs, with broadcasting",
               .write = write_binary,
               .memory = Memory::kInPlace});
}

}  // namespace upkeep::firmware
