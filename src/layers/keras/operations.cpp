#include "layers/keras/operations.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/names.hpp"
#include "layers/layer.hpp"
#include "layers/operations/operation.hpp"

namespace upkeep::layers {
namespace {

using operations::OperationEntry;
using operations::Parameter;

constexpr const char* kTensorFlow[] = {"TFOpLambda", "SlicingOpLambda"};

bool is_tensorflow(const Json& entry) { return std::ranges::contains(kTensorFlow, text(entry, "class_name")); }

const OperationEntry* by_class(const std::string& name) {
  for (const OperationEntry& entry : operations::catalog())
    if (!name.empty() &&
        (entry.keras_class == name || (std::ranges::contains(entry.aliases, name) && name.front() >= 'A' && name.front() <= 'Z')))
      return &entry;
  return nullptr;
}

const OperationEntry& by_function(const std::string& name) {
  std::vector<std::string> known;
  for (const OperationEntry& entry : operations::catalog()) {
    if (std::ranges::contains(entry.aliases, name)) return entry;
    std::ranges::copy_if(entry.aliases, std::back_inserter(known),
                         [](const std::string& alias) { return alias.front() < 'A' || alias.front() > 'Z'; });
  }
  if (const OperationEntry* found = operations::catalog().find(name)) return *found;  // both call it so
  throw unknown_name("TensorFlow function", name, known, ErrorCode::kUnsupported);
}

const OperationEntry& operation_of(const Json& entry) {
  const std::string name = text(entry, "class_name");
  if (is_tensorflow(entry)) return by_function(text(member(entry, "config"), "function"));
  if (const OperationEntry* found = by_class(name)) return *found;
  std::vector<std::string> known;
  for (const OperationEntry& one : operations::catalog())
    if (!one.keras_class.empty()) known.push_back(one.keras_class);
  throw unknown_name("Keras operation", name, known, ErrorCode::kUnsupported);
}

// Puts {"input": n} in the place of each value that an argument speaks of.
class ArgumentReader {
 public:
  explicit ArgumentReader(bool tensorflow) : tensorflow_(tensorflow) {}

  Json read(const Json& json) {
    if (text(json, "class_name") == "__keras_tensor__") return input(member(member(json, "config"), "keras_history"));
    if (tensorflow_ && is_reference(json)) return input(json);
    if (tensorflow_ && is_constant(json)) return json[2];
    if (tensorflow_ && json.is_object() && json.contains("step"))
      return {{"class_name", "__slice__"}, {"config", json}};  // as Keras 3 says it
    const std::string kind = text(json, "class_name");
    if (kind == "__slice__" || kind == "__ellipsis__") return json;
    if (kind == "__numpy__" || kind == "__tensor__") return array(member(json, "config"));
    if (!kind.empty()) return plain(json);
    if (!json.is_array()) return json;
    Json list = Json::array();
    for (const Json& one : json) list.push_back(read(one));
    return list;
  }

  std::vector<Reference> reads;

 private:
  static bool is_reference(const Json& json) {
    return json.is_array() && json.size() >= 3 && json[0].is_string() && json[1].is_number_integer() && json[2].is_number_integer() &&
           json[1] >= 0;
  }
  static bool is_constant(const Json& json) { return json.is_array() && json.size() >= 3 && json[0] == "_CONSTANT_VALUE"; }

  static Json array(const Json& config) {
    const std::string dtype = text(config, "dtype");
    const Json& value = member(config, "value");
    if (dtype.empty() || value.is_null()) throw corrupt_keras("an array without values or type");
    return {{"array", value}, {"dtype", dtype}};
  }

  Json input(const Json& history) {
    std::vector<Reference> found;
    if (history.is_array() && history.size() >= 3) collect(Json{history[0], history[1], history[2]}, found);
    if (found.size() != 1) throw corrupt_keras("a value without a history");
    reads.push_back(found[0]);
    return {{"input", reads.size() - 1}};
  }

  bool tensorflow_;
};

const Parameter* find_parameter(const OperationEntry& about, const std::string& name) {
  for (const Parameter& parameter : about.parameters)
    if (parameter.name == name || std::ranges::contains(parameter.also, name)) return &parameter;
  return nullptr;
}

void put(const OperationEntry& about, const std::string& name, Json value, Json& arguments) {
  static const std::vector<std::string> kMeaningless = {"name", "dtype", "trainable", "function"};
  static const Json kDefaults = {{"on_value", 1}, {"off_value", 0}, {"beta", 1}, {"batch_dims", 0}, {"validate_indices", true}};
  const Parameter* parameter = find_parameter(about, name);
  if (parameter) arguments[parameter->name] = std::move(value);
  else if (!std::ranges::contains(kMeaningless, name) && !value.is_null() && value != false && value != member(kDefaults, name))
    throw Error(ErrorCode::kUnsupported,
                upkeep::format("{} is called with {}: {}, which is not known here", about.name, name, value.dump()));
}

// Arguments without names go to the parameters of the call in their order.
void put_in_order(const OperationEntry& about, const Json& list, Json& arguments) {
  std::size_t next = 0;
  for (const Parameter& parameter : about.parameters) {
    if (parameter.of_class) continue;
    if (parameter.rest) {
      Json rest = Json::array();
      while (next < list.size()) rest.push_back(list[next++]);
      arguments[parameter.name] = std::move(rest);
    } else if (next < list.size()) {
      arguments[parameter.name] = list[next++];
    }
  }
  if (next < list.size()) throw Error(ErrorCode::kUnsupported, upkeep::format("{} is called with {} values", about.name, list.size()));
}

// [["x", 0, 0, {"axis": 1}]] or ["x", 0, 0, {"axis": 1}], or a list of such for a function of a list.
Json tensorflow_arguments(const OperationEntry& about, const Json& node, ArgumentReader& reader) {
  const Json& first = node.is_array() && !node.empty() && node[0].is_string() ? node : node.at(0);
  const bool list = first.is_array() && !first.empty() && first[0].is_array();
  const Json& named = list ? first[0] : first;
  const Json& values = named.is_array() && named.size() > 3 ? named[3] : Json::object();
  Json arguments = Json::object();
  if (list || (node != first && node.size() > 1)) {
    Json all = Json::array();
    for (const Json& one : list ? first : node) all.push_back(reader.read(one));
    put_in_order(about, Json::array({std::move(all)}), arguments);
  } else {
    put_in_order(about, Json::array({reader.read(first)}), arguments);
  }
  if (values.is_object())
    for (const auto& [name, value] : values.items()) put(about, name, reader.read(value), arguments);
  if (about.from_tensorflow) about.from_tensorflow(arguments);
  return arguments;
}

Json keras_arguments(const OperationEntry& about, const Json& entry, const Json& node, ArgumentReader& reader) {
  Json arguments = Json::object();
  const Json config = member(entry, "config");
  if (config.is_object())
    for (const auto& [name, value] : config.items()) put(about, name, plain(value), arguments);
  Json list = reader.read(member(node, "args"));
  if (list.is_array()) put_in_order(about, list, arguments);
  const Json named = member(node, "kwargs");
  if (named.is_object())
    for (const auto& [name, value] : named.items()) put(about, name, reader.read(value), arguments);
  return arguments;
}

}  // namespace

bool is_operation(const Json& entry) {
  if (is_tensorflow(entry)) return true;
  const std::string module = text(entry, "module");
  if (!module.empty()) return module.starts_with("keras.src.ops");
  const Json config = member(entry, "config");
  const std::string name = text(entry, "class_name");
  if (!by_class(name) || !config.is_object() || config.contains("trainable")) return false;
  return !config.contains("dtype") || !catalog().find(name);
}

OperationCall read_operation(const Json& entry, const Json& node) {
  const OperationEntry& about = operation_of(entry);
  ArgumentReader reader(is_tensorflow(entry));
  Json arguments = is_tensorflow(entry) ? tensorflow_arguments(about, node, reader) : keras_arguments(about, entry, node, reader);
  for (auto at = arguments.begin(); at != arguments.end();) at = at->is_null() ? arguments.erase(at) : std::next(at);
  return {.settings = {{"function", about.name}, {"arguments", std::move(arguments)}}, .reads = std::move(reader.reads)};
}

namespace {

bool is_list_of_numbers(const Json& list) {
  if (!list.is_array()) return list.is_number() || list.is_boolean();
  return std::ranges::all_of(list, is_list_of_numbers);
}

const char* dtype_of_numbers(const Json& list) {
  const Json* one = &list;
  while (one->is_array() && !one->empty()) one = &one->front();
  if (one->is_boolean()) return "bool";
  return list.dump().find_first_of(".eN") == std::string::npos ? "int32" : "float32";
}

// Keras takes an array where it takes a value, and no list of numbers.
Json keras_value(const Json& argument) {
  const auto numpy = [](const Json& value, const Json& dtype) {
    return Json{{"class_name", "__numpy__"}, {"config", {{"value", value}, {"dtype", dtype}}}};
  };
  if (operations::is_array(argument)) return numpy(argument["array"], argument.at("dtype"));
  if (!argument.is_array()) return argument;
  if (is_list_of_numbers(argument)) return numpy(argument, dtype_of_numbers(argument));
  Json list = Json::array();
  for (const Json& one : argument) list.push_back(keras_value(one));
  return list;
}

}  // namespace

LayerSpec without_ellipsis(LayerSpec operation, std::size_t rank) {
  Json& arguments = operation.settings["arguments"];
  if (!arguments.contains("key")) return operation;
  const Json key = arguments["key"].is_array() ? arguments["key"] : Json::array({arguments["key"]});
  const auto is_ellipsis = [](const Json& one) { return text(one, "class_name") == "__ellipsis__"; };
  if (std::ranges::none_of(key, is_ellipsis)) return operation;
  const auto fixed = std::ranges::count_if(key, [&](const Json& one) { return !one.is_null() && !is_ellipsis(one); });
  const Json all = {{"class_name", "__slice__"}, {"config", {{"start", nullptr}, {"stop", nullptr}, {"step", nullptr}}}};
  Json spelled = Json::array();
  for (const Json& one : key)
    if (!is_ellipsis(one)) spelled.push_back(one);
    else
      for (std::size_t i = static_cast<std::size_t>(fixed); i < rank; ++i) spelled.push_back(all);
  arguments["key"] = std::move(spelled);
  return operation;
}

WrittenOperation write_operation(const LayerSpec& layer) {
  const OperationEntry& about = operations::catalog().at(layer.settings.at("function").get<std::string>());
  if (about.keras_class.empty())
    throw Error(ErrorCode::kUnsupported, upkeep::format("Keras 3 has no operation {}", about.name), "save as ONNX");
  Json config = {{"name", layer.name}};
  Json arguments = Json::array();
  const Json given = layer.settings.value("arguments", Json::object());
  if (given.contains("batch_dims"))
    throw Error(ErrorCode::kUnsupported, upkeep::format("Keras 3's {} has no batch_dims", about.keras_class), "save as ONNX");
  for (const Parameter& parameter : about.parameters) {
    if (!given.contains(parameter.name)) continue;
    const Json& value = given[parameter.name];
    if (parameter.of_integers || (parameter.only_tensorflow && value == false)) continue;
    if (parameter.only_tensorflow)
      throw Error(ErrorCode::kUnsupported, upkeep::format("Keras 3's {} has no \"{}\"", about.keras_class, parameter.name), "save as ONNX");
    if (parameter.of_class) config[parameter.name] = value;
    else if (parameter.rest)
      for (const Json& one : value) arguments.push_back(keras_value(one));
    else arguments.push_back(parameter.is_index ? value : keras_value(value));
  }
  return {.entry = {{"module", about.keras_module},
                    {"class_name", about.keras_class},
                    {"config", std::move(config)},
                    {"registered_name", about.keras_class}},
          .arguments = std::move(arguments)};
}

}  // namespace upkeep::layers
