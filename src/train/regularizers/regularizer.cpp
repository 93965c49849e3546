#include "train/regularizers/regularizer.hpp"

#include "base/names.hpp"

namespace upkeep::regularizers {
namespace {

// Keras's {"module": "keras.regularizers", "class_name": "L2", "config": {"l2": 0.1}, "registered_name": null}. A null in it stands for the
// default.
NamedSettings from_class(const Json& regularizer) {
  static const std::vector<std::string> known{"class_name", "config", "module", "registered_name", "build_config", "shared_object_id"};
  for (const auto& [key, value] : regularizer.items())
    if (std::ranges::find(known, key) == known.end()) throw unknown_name("key of a regularizer", key, known);
  const auto name = regularizer.find("class_name");
  if (name == regularizer.end() || !name->is_string())
    throw Error(ErrorCode::kInvalidArgument, "no regularizer: " + regularizer.dump(),
                R"(expected {"class_name": "L2", "config": {"l2": 0.01}})");
  NamedSettings named{name->get<std::string>(), Json::object()};
  if (named.name == "L1L2") named.values = {{"l1", 0.0}, {"l2", 0.0}};  // the class's defaults; the string "l1_l2" means 0.01 each
  const Json config = regularizer.value("config", Json::object());
  if (!config.is_object() && !config.is_null()) throw wrong_type("settings as a map of names to values", config);
  for (const auto& [key, value] : config.items())
    if (!value.is_null()) named.values[key] = value;
  return named;
}

NamedSettings named_regularizer(const Json& regularizer) {
  if (regularizer.is_string()) return parse_named(regularizer.get<std::string>());
  if (regularizer.is_object()) return from_class(regularizer);
  throw Error(ErrorCode::kInvalidArgument, "no regularizer: " + regularizer.dump(),
              R"(expected a name, "l2:l2=0.1", or {"class_name": "L2", "config": {"l2": 0.1}})");
}

}  // namespace

Value penalty(Ops& ops, Value weight, const Json& regularizer) {
  const NamedSettings named = named_regularizer(regularizer);
  return catalog().at(named.name).penalty(ops, weight, named.values);
}

}  // namespace upkeep::regularizers
