#include "convert/firmware/shared/run.hpp"

#include <array>
#include <cstdlib>
#include <cstring>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/process.hpp"
#include "convert/firmware/shared/code.hpp"
#include "upkeep/error.hpp"

namespace upkeep::firmware {

namespace {

constexpr std::size_t kLongestMessage = 2000;

bool is_there(const std::string& program) {
  try {
    return run_process({program, "--version"}).exit_code == 0;
  } catch (const Error&) {
    return false;
  }
}

// Reads the number of rows, then row by row the inputs one after the other; writes the outputs.
std::string runner(const Interface& interface, std::size_t number) {
  Code code;
  code.open(upkeep::format("static bool run_{}()", number));
  code.line(upkeep::format("static {}::Model model;", interface.space));
  std::string arguments[2];
  const auto declare = [&](const std::vector<Port>& ports, std::string& argument) {
    for (const Port& port : ports) {
      const std::string name = upkeep::format("v{}_{}", &argument - arguments, port.identifier);
      code.line(
          upkeep::format("static std::array<{}, {}::{}_count> {}{{}};", type_name(port.dtype), interface.space, port.identifier, name));
      if (interface.is_plain()) argument = name;
      else argument += upkeep::format("{}.{} = {}", argument.empty() ? "" : ", ", port.identifier, name);
    }
    if (!interface.is_plain()) argument = "{" + argument + "}";
  };
  declare(interface.inputs, arguments[0]);
  declare(interface.outputs, arguments[1]);
  code.line("std::int64_t rows = 0;");
  code.line("if (std::fread(&rows, sizeof rows, 1, stdin) != 1) return false;");
  code.open("for (std::int64_t row = 0; row < rows; ++row)");
  for (const Port& port : interface.inputs)
    code.line(upkeep::format("if (std::fread(v0_{0}.data(), sizeof(v0_{0}[0]), v0_{0}.size(), stdin) != v0_{0}.size()) return false;",
                             port.identifier));
  code.line(upkeep::format("model.predict({}, {});", arguments[0], arguments[1]));
  for (const Port& port : interface.outputs)
    code.line(upkeep::format("std::fwrite(v1_{0}.data(), sizeof(v1_{0}[0]), v1_{0}.size(), stdout);", port.identifier));
  code.close();
  code.line("return true;");
  code.close();
  return code.text();
}

std::string program(const std::vector<WrittenHeader>& headers) {
  std::string text = "#include <cstdio>\n";
  for (const WrittenHeader& header : headers) text += upkeep::format("#include \"{}\"\n", std::filesystem::absolute(header.file).string());
  std::string calls;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    text += runner(headers[i].interface, i);
    calls += upkeep::format("{}run_{}()", i == 0 ? "" : " && ", i);
  }
  return text + "int main() { return " + calls + " ? 0 : 1; }\n";
}

// --- rows ----------------------------------------------------------------------------------------------------------

const Tensor& given(const WrittenHeader& header, const Port& port) {
  const auto found = header.inputs.find(port.name);
  if (found == header.inputs.end()) throw Error(ErrorCode::kInvalidArgument, upkeep::format("no values for the input \"{}\"", port.name));
  if (found->second.dtype() != port.dtype)
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("input \"{}\" is {}, got {}", port.name, to_string(port.dtype), to_string(found->second.dtype())));
  return found->second;
}

std::int64_t row_count(const WrittenHeader& header) {
  std::int64_t rows = 1;
  for (const Port& port : header.interface.inputs)
    if (const std::int64_t each = element_count(port.shape); each > 0) rows = std::max(rows, given(header, port).size() / each);
  return rows;
}

// An input without a batch is the same in each row.
std::string rows_as_bytes(const WrittenHeader& header) {
  const std::int64_t rows = row_count(header);
  std::string bytes(reinterpret_cast<const char*>(&rows), sizeof(rows));
  for (std::int64_t row = 0; row < rows; ++row)
    for (const Port& port : header.interface.inputs) {
      const Tensor& all = given(header, port);
      const std::size_t each = all.size_bytes() / static_cast<std::size_t>(std::max<std::int64_t>(all.size(), 1)) *
                               static_cast<std::size_t>(element_count(port.shape));
      const std::size_t begin = all.size_bytes() == each ? 0 : static_cast<std::size_t>(row) * each;
      if (begin + each > all.size_bytes())
        throw Error(ErrorCode::kInvalidArgument, upkeep::format("input \"{}\" has fewer rows than another", port.name));
      bytes.append(reinterpret_cast<const char*>(all.bytes().data()) + begin, each);
    }
  return bytes;
}

Tensors outputs_from_bytes(const WrittenHeader& header, std::string_view& bytes) {
  const auto rows = static_cast<std::size_t>(row_count(header));
  std::vector<std::string> each(header.interface.outputs.size());
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t i = 0; i < each.size(); ++i) {
      const Port& port = header.interface.outputs[i];
      const std::size_t length = static_cast<std::size_t>(element_count(port.shape)) * size_bits(port.dtype) / 8;
      if (bytes.size() < length) throw Error(ErrorCode::kInternal, "the program around the header ended early");
      each[i].append(bytes.substr(0, length));
      bytes.remove_prefix(length);
    }
  Tensors outputs;
  for (std::size_t i = 0; i < each.size(); ++i) {
    const Port& port = header.interface.outputs[i];
    Shape shape = port.shape;
    if (rows > 1 && shape.empty()) shape.push_back(1);
    if (rows > 1) shape[0] *= static_cast<std::int64_t>(rows);
    outputs[port.name] = Tensor::from_bytes(port.dtype, shape, std::as_bytes(std::span(each[i])));
  }
  return outputs;
}

std::string run_to_end(const std::vector<std::string>& arguments, const std::string& input, std::string_view what) {
  const ProcessResult result = run_process(arguments, input, std::chrono::minutes(10));
  if (result.timed_out) throw Error(ErrorCode::kResourceExhausted, upkeep::format("{} took more than ten minutes", what));
  if (result.exit_code != 0)
    throw Error(ErrorCode::kFailedPrecondition, upkeep::format("{} failed: {}", what, result.err.substr(0, kLongestMessage)));
  return result.out;
}

}  // namespace

std::optional<std::string> compiler() {
  std::vector<std::string> candidates = {"c++", "g++", "clang++"};
  if (const char* chosen = std::getenv("CXX")) candidates.insert(candidates.begin(), chosen);
  for (const std::string& candidate : candidates)
    if (is_there(candidate)) return candidate;
  return std::nullopt;
}

std::vector<Tensors> run_headers(const std::vector<WrittenHeader>& headers, const std::string& compiler,
                                 const std::vector<std::string>& flags) {
  const TemporaryFolder folder;
  write_file(folder / "main.cpp", program(headers));
  std::vector<std::string> arguments = {compiler, "-std=c++20", (folder / "main.cpp").string(), "-o", (folder / "program").string()};
  arguments.insert(arguments.begin() + 2, flags.begin(), flags.end());
  run_to_end(arguments, "", compiler);
  std::string input;
  for (const WrittenHeader& header : headers) input += rows_as_bytes(header);
  const std::string bytes = run_to_end({(folder / "program").string()}, input, "the program around the header");
  std::string_view left = bytes;
  std::vector<Tensors> answers;
  for (const WrittenHeader& header : headers) answers.push_back(outputs_from_bytes(header, left));
  return answers;
}

}  // namespace upkeep::firmware
