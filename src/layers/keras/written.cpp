#include "layers/keras/written.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/format.hpp"
#include "layers/keras/parts.hpp"

namespace upkeep::layers {

namespace {

[[noreturn]] void refuse(const std::string& where, const std::string& what) {
  throw Error(ErrorCode::kInternal, upkeep::format("{}: {}, which Keras does not read", where, what), "nothing was written");
}

std::string shortened(const Json& json) {
  std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() > 80 ? text.substr(0, 77) + "..." : text;
}

bool is_number(const Json& json) { return json.is_number() || json.is_boolean(); }

bool only_numbers(const Json& json) { return json.is_array() ? std::ranges::all_of(json, only_numbers) : is_number(json); }

void expect_dtype(const Json& dtype, const std::string& where) {
  static const std::set<std::string> kTypes = {"bool",  "uint8", "uint16",   "uint32",  "uint64",  "int8",    "int16",
                                               "int32", "int64", "bfloat16", "float16", "float32", "float64", "string"};
  if (!dtype.is_string() || !kTypes.contains(dtype.get<std::string>())) refuse(where, upkeep::format("a type {}", shortened(dtype)));
}

// Lists in lists of equal lengths; gives their depth.
std::size_t expect_array(const Json& value, const Json& dtype, const std::string& where) {
  if (!value.is_array()) {
    const bool whole = dtype.get_ref<const std::string&>().contains("int");
    if (!is_number(value) || (whole && value.is_number_float()))
      refuse(where, upkeep::format("{} in an array of {}", shortened(value), dtype.get<std::string>()));
    return 0;
  }
  std::set<std::pair<std::size_t, std::size_t>> kinds;
  for (const Json& one : value) kinds.emplace(one.is_array() ? one.size() : 0, expect_array(one, dtype, where));
  if (kinds.size() > 1) refuse(where, "an array whose rows have different lengths");
  return 1 + (kinds.empty() ? 0 : kinds.begin()->second);
}

void expect_size(const Json& size, const std::string& where) {
  if (!size.is_null() && !size.is_number_integer()) refuse(where, upkeep::format("{} for a whole number", shortened(size)));
}

void expect_slice(const Json& config, const std::string& where) {
  for (const char* part : {"start", "stop", "step"}) {
    if (!config.contains(part)) refuse(where, upkeep::format("a slice without \"{}\"", part));
    expect_size(config[part], where + "." + part);
  }
}

void expect_tensor(const Json& config, const std::string& where) {
  const Json& shape = member(config, "shape");
  if (!shape.is_array()) refuse(where, "a tensor without a shape");
  for (const Json& size : shape) expect_size(size, where + ".shape");
  expect_dtype(member(config, "dtype"), where + ".dtype");
  const Json& history = member(config, "keras_history");
  if (!history.is_array() || history.size() != 3 || !history[0].is_string() || !history[1].is_number_integer() ||
      !history[2].is_number_integer())
    refuse(where, "a tensor without a history");
}

// What Keras has a name of its own for. False: an object of a class.
bool special(const std::string& kind, const Json& config, const std::string& where) {
  if (!kind.starts_with("__")) return false;
  if (kind == "__numpy__" || kind == "__tensor__") {
    expect_dtype(member(config, "dtype"), where + ".dtype");
    expect_array(member(config, "value"), config["dtype"], where);
  } else if (kind == "__slice__") {
    expect_slice(config, where);
  } else if (kind == "__keras_tensor__") {
    expect_tensor(config, where);
  } else {
    refuse(where, upkeep::format("{}", kind));
  }
  return true;
}

// Where Keras looks a name up, it is one: "relu:max_value=6" is a name here only.
bool is_looked_up(const std::string& key) {
  return key.ends_with("activation") || key.ends_with("_initializer") || key.ends_with("_regularizer") || key.ends_with("_constraint");
}

void expect_name(const Json& value, const std::string& where) {
  if (!value.is_string()) return;
  const std::string& name = value.get_ref<const std::string&>();
  const auto part_of_name = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  if (name.empty() || !std::ranges::all_of(name, part_of_name)) refuse(where, upkeep::format("the name \"{}\"", name));
}

void check_members(const Json& map, const std::string& where) {
  for (const auto& [key, value] : map.items()) {
    if (is_looked_up(key)) expect_name(value, where + "." + key);
    check_keras_value(value, where + "." + key);
  }
}

void check_class(const Json& object, const std::string& where) {
  if (text(object, "class_name") == "function" && object["config"].is_string()) return;
  const bool registered = object.contains("registered_name") && object["registered_name"].is_string();
  if (!registered && (!object.contains("module") || object["module"].is_null()))
    refuse(where, upkeep::format("a class without a module: {}", shortened(object)));
  if (!object["config"].is_object()) refuse(where, upkeep::format("a class without settings: {}", shortened(object)));
  check_members(object["config"], where + ".config");
}

// --- models --------------------------------------------------------------------------------------------------------

void collect_tensors(const Json& json, std::vector<const Json*>& found) {
  if (text(json, "class_name") == "__keras_tensor__") found.push_back(&json["config"]["keras_history"]);
  else if (json.is_structured())
    for (const Json& one : json) collect_tensors(one, found);
}

// An operation takes arrays where it takes values; a list is not one.
void check_operands(const Json& layer, const Json& arguments, const std::string& where) {
  if (!text(layer, "module").starts_with("keras.src.ops") || text(layer, "class_name") == "GetItem") return;
  for (const Json& one : arguments)
    if (one.is_array() && only_numbers(one)) refuse(where, upkeep::format("a list of numbers as a value: {}", shortened(one)));
}

void check_calls(const Json& layer, const std::map<std::string, std::size_t>& calls, const std::string& where) {
  for (const Json& node : layer["inbound_nodes"]) {
    if (!member(node, "args").is_array() || !member(node, "kwargs").is_object()) refuse(where, "a call without args and kwargs");
    check_keras_value(node["args"], where + ".args");
    check_members(node["kwargs"], where + ".kwargs");
    check_operands(layer, node["args"], where + ".args");
    std::vector<const Json*> read;
    collect_tensors(node, read);
    for (const Json* history : read) {
      const auto maker = calls.find((*history)[0].get<std::string>());
      if (maker == calls.end() || (*history)[1].get<std::size_t>() >= maker->second)
        refuse(where, upkeep::format("a value that no layer makes: {}", shortened(*history)));
    }
  }
}

}  // namespace

void check_keras_value(const Json& value, const std::string& where) {
  if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) check_keras_value(value[i], upkeep::format("{}[{}]", where, i));
    return;
  }
  if (!value.is_object()) return;
  const bool is_class = value.contains("class_name");
  if (is_class != value.contains("config")) refuse(where, upkeep::format("half of an object: {}", shortened(value)));
  if (!is_class && (value.contains("input") || value.contains("array"))) refuse(where, upkeep::format("{}", shortened(value)));
  if (!is_class) return check_members(value, where);
  if (!special(text(value, "class_name"), value["config"], where)) check_class(value, where);
}

void check_keras_model(const Json& model) {
  const Json& layers = model.at("config").at("layers");
  std::map<std::string, std::size_t> calls;  // of each layer; an input is there once
  for (const Json& layer : layers) {
    const std::string name = text(member(layer, "config"), "name");
    const Json& nodes = member(layer, "inbound_nodes");
    if (name.empty() || !calls.emplace(name, std::max<std::size_t>(nodes.is_array() ? nodes.size() : 0, 1)).second)
      refuse("layers", upkeep::format("the name \"{}\", which is missing or used twice", name));
  }
  for (const Json& layer : layers) {
    const std::string where = upkeep::format("layer \"{}\"", text(layer["config"], "name"));
    check_class(layer, where);
    if (layer.contains("inbound_nodes")) check_calls(layer, calls, where);
  }
}

}  // namespace upkeep::layers
