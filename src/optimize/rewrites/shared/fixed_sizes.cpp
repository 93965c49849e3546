#include "optimize/rewrites/shared/fixed_sizes.hpp"

#include <algorithm>
#include <charconv>

#include "base/format.hpp"
#include "base/names.hpp"

namespace upkeep::rewrites {

namespace {

std::vector<std::string> names_of_inputs(const Graph& graph) {
  std::vector<std::string> names;
  for (const ValueInfo& input : graph.inputs)
    if (!graph.initializer(input.name)) names.push_back(input.name);
  return names;
}

std::string named_or_numbered(const std::string& key, const std::vector<std::string>& names) {
  if (std::ranges::contains(names, key)) return key;
  std::size_t position = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), position);
  if (error == std::errc() && end == key.data() + key.size() && position < names.size()) return names[position];
  throw unknown_name("input", key, names);
}

Dim dim_of(std::string_view text, const std::string& input, const std::string& shape) {
  if (text == "?") return {};
  std::int64_t number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number >= 0) return number;
  throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" in the sizes \"{}\" of input \"{}\" is not a size", text, shape, input),
              "write them as 1x3x320x320; ? leaves one open");
}

Dims dims_of(const std::string& text, const std::string& input) {
  Dims dims;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('x', begin), text.size());
    dims.push_back(dim_of(std::string_view(text).substr(begin, end - begin), input, text));
    begin = end + 1;
  }
  return dims;
}

// A number in place of a symbol, the same wherever it stands.
class Symbols {
 public:
  void set(const std::string& symbol, std::int64_t number, const std::string& input) {
    const auto [known, fresh] = numbers_.try_emplace(symbol, number);
    if (fresh || known->second == number) return;
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("input \"{}\" gives the size \"{}\" as {}, another input as {}", input, symbol, number, known->second));
  }
  void write_into(std::vector<ValueInfo>& values) const {
    for (ValueInfo& info : values) {
      if (!info.type.shape) continue;
      for (Dim& dim : *info.type.shape)
        if (const auto known = numbers_.find(dim.symbol); !dim.known() && known != numbers_.end()) dim = Dim(known->second);
    }
  }

 private:
  std::map<std::string, std::int64_t> numbers_;
};

}  // namespace

InputSizes input_sizes(const Graph& graph, const Json& settings) {
  const std::vector<std::string> names = names_of_inputs(graph);
  InputSizes sizes;
  for (const auto& [key, value] : settings.items()) {
    const std::string input = named_or_numbered(key, names);
    sizes[input] = dims_of(value.is_string() ? value.get<std::string>() : value.dump(), input);
  }
  return sizes;
}

std::size_t fix_sizes(Graph& graph, const InputSizes& sizes) {
  Symbols symbols;
  std::size_t fixed = 0;
  for (ValueInfo& input : graph.inputs) {
    const auto given = sizes.find(input.name);
    if (given == sizes.end()) continue;
    Dims& dims = input.type.shape ? *input.type.shape : input.type.shape.emplace(given->second.size());
    if (dims.size() != given->second.size())
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("input \"{}\" is {}, not of the sizes {}", input.name, to_string(input.type), to_string(given->second)));
    for (std::size_t i = 0; i < dims.size(); ++i) {
      const Dim& wanted = given->second[i];
      if (!wanted.known() || dims[i] == wanted) continue;
      if (dims[i].known())
        throw Error(ErrorCode::kInvalidArgument,
                    upkeep::format("input \"{}\" has a {} of {} already, not {}", input.name, i == 0 ? "batch" : "size", dims[i].value,
                                   wanted.value),
                    i == 0 ? "the rewrite dynamic-batch makes it a symbol again" : "");
      const bool named = !dims[i].symbol.empty() && dims[i].symbol != "?";  // PaddlePaddle's word for a size that is not known
      if (named) symbols.set(dims[i].symbol, wanted.value, input.name);
      dims[i] = wanted;
      ++fixed;
    }
  }
  symbols.write_into(graph.inputs);
  symbols.write_into(graph.outputs);
  return fixed;
}

}  // namespace upkeep::rewrites
