#include "api/settings.hpp"

#include "upkeep/layer.hpp"

namespace upkeep::api {

Setting::Setting(bool value) : value_(value) {}
Setting::Setting(double value) : value_(value) {}
Setting::Setting(const char* text) : value_(std::string(text)) {}
Setting::Setting(std::string text) : value_(std::move(text)) {}
Setting::Setting(Object values) : value_(std::move(values)) {}
Setting::Setting(Whole whole) : value_(whole.value) {}
Setting::Setting(Items items) : value_(std::move(items.value)) {}
Setting::Setting(std::initializer_list<Setting> items) : value_(List(items)) {}

// {"lstm": {"units": 8}}, as layers read what they wrap.
Setting::Setting(const Layer& layer) {
  if (layer.kind().empty()) return;
  if (layer.name().empty()) value_ = Object{{layer.kind(), Setting(layer.settings())}};
  else value_ = Object{{"kind", layer.kind()}, {"name", layer.name()}, {"settings", Setting(layer.settings())}};
}

// A name, or Keras's form of one with settings.
Setting Setting::chosen(const std::string& name, const Object& settings) {
  if (name.empty()) return {};
  if (settings.empty()) return name;
  return Object{{"class_name", name}, {"config", Setting(settings)}};
}

Json to_json(const Setting::Object& settings) {
  Json object = Json::object();
  for (const auto& [name, value] : settings) object[name] = to_json(value);
  return object;
}

Json to_json(const Setting& setting) {
  return std::visit(
      []<typename T>(const T& value) -> Json {
        if constexpr (std::same_as<T, Setting::Object>) {
          return to_json(value);
        } else if constexpr (std::same_as<T, Setting::List>) {
          Json list = Json::array();
          for (const Setting& item : value) list.push_back(to_json(item));
          return list;
        } else {
          return value;
        }
      },
      setting.value());
}

// JSON is YAML, which values on the command line are. Texts in quotes stay texts.
std::string to_text(const NamedSettings& named) {
  std::string text;
  for (const auto& [name, value] : named.values.items()) text += (text.empty() ? ":" : ",") + name + "=" + value.dump();
  return named.name + text;
}

}  // namespace upkeep::api
