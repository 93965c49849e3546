// Settings: a member's options are one plain struct with defaults, described once. YAML, JSON, command-line flags, --help and the
// reference pages all come from that description.
//
//   struct Adam { double learning_rate = 0.001; double beta_1 = 0.9; };
//   template <> inline const Settings settings<Adam> = describe<Adam>("adam", "Adam (Kingma & Ba 2014)",
//       field("learning_rate", &Adam::learning_rate, "step size", range(0.0, 10.0)),
//       field("beta_1", &Adam::beta_1, "decay of the first moment", range(0.0, 1.0, Ends::kOpenRight)));
//
//   Adam adam = parse<Adam>(R"({"beta_1": 0.8})"_json);      // throws Error: unknown setting, wrong type, out of range
//   Json json = to_json(adam);                               // all fields, defaults included
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

enum class Ends { kClosed, kOpen, kOpenLeft, kOpenRight };

struct Range {
  double low;
  double high;
  Ends ends = Ends::kClosed;
  bool contains(double value) const;
  std::string text() const;  // "[0, 1)"
};
inline Range range(double low, double high, Ends ends = Ends::kClosed) { return {low, high, ends}; }

using Choices = std::vector<std::string>;
inline Choices one_of(Choices names) { return names; }

// One field, type-erased: `object` is a pointer to the struct that the description was made for.
struct Field {
  std::string name;
  std::string type;  // number, integer, boolean, string, list of ..., any
  std::string help;
  std::string unit;  // "ms", "bytes", ...; empty when it has none
  std::optional<Range> range;
  Choices choices;
  Json default_value;
  std::function<void(void* object, const Json& value)> set;
  std::function<Json(const void* object)> get;
};

class Settings {
 public:
  Settings() = default;
  Settings(std::string name, std::string help, std::vector<Field> fields)
      : name_(std::move(name)), help_(std::move(help)), fields_(std::move(fields)) {}

  const std::string& name() const { return name_; }
  const std::string& help() const { return help_; }
  const std::vector<Field>& fields() const { return fields_; }

  // Sets what `values` names; the rest keeps its value. Throws Error{kInvalidArgument} naming the setting.
  void apply(void* object, const Json& values) const;
  Json read(const void* object) const;
  Json describe() const;  // [{name, type, default, range, unit, choices, help}]

 private:
  std::string name_;
  std::string help_;
  std::vector<Field> fields_;
};

template <typename T>
inline const Settings settings;  // specialised beside each struct

template <typename T>
T parse(const Json& values) {
  T object;
  settings<T>.apply(&object, values);
  return object;
}

template <typename T>
Json to_json(const T& object) {
  return settings<T>.read(&object);
}

// "adam:learning_rate=0.001,beta_1=0.9" -> {"adam", {"learning_rate": 0.001, "beta_1": 0.9}}. Values are YAML scalars; [1,2] is a list.
struct NamedSettings {
  std::string name;
  Json values = Json::object();
};
NamedSettings parse_named(std::string_view text);

// --- describing ----------------------------------------------------------------------------------------------------

template <typename M>
std::string type_name() {
  if constexpr (std::same_as<M, bool>) return "boolean";
  else if constexpr (std::integral<M>) return "integer";
  else if constexpr (std::floating_point<M>) return "number";
  else if constexpr (std::same_as<M, std::string>) return "string";
  else if constexpr (std::same_as<M, Json>) return "any";
  else if constexpr (requires {
                       typename M::value_type;
                       M().push_back(typename M::value_type());
                     })
    return "list of " + type_name<typename M::value_type>() + "s";
  else if constexpr (requires { typename M::value_type; }) return type_name<typename M::value_type>() + " or null";
  else return "any";
}

// Converts with a check of the JSON type; throws Error{kInvalidArgument} "expected a number, got "x"".
template <typename M>
M from_json_checked(const Json& value);

Error wrong_type(std::string_view expected, const Json& value);

template <typename M>
M from_json_checked(const Json& value) {
  if constexpr (std::same_as<M, Json>) {
    return value;
  } else if constexpr (std::same_as<M, bool>) {
    if (!value.is_boolean()) throw wrong_type("a boolean", value);
    return value.get<bool>();
  } else if constexpr (std::integral<M>) {
    if (value.is_number_float() && value.get<double>() == static_cast<double>(static_cast<std::int64_t>(value.get<double>())))
      return static_cast<M>(value.get<double>());
    if (!value.is_number_integer()) throw wrong_type("an integer", value);
    return value.get<M>();
  } else if constexpr (std::floating_point<M>) {
    if (!value.is_number()) throw wrong_type("a number", value);
    return value.get<M>();
  } else if constexpr (std::same_as<M, std::string>) {
    if (value.is_number() || value.is_boolean()) return value.dump();
    if (!value.is_string()) throw wrong_type("a string", value);
    return value.get<std::string>();
  } else if constexpr (requires { M().push_back(typename M::value_type()); }) {
    M list;
    if (!value.is_array()) {  // a single value is a list of one
      list.push_back(from_json_checked<typename M::value_type>(value));
      return list;
    }
    for (const Json& item : value) list.push_back(from_json_checked<typename M::value_type>(item));
    return list;
  } else {  // optional
    if (value.is_null()) return std::nullopt;
    return from_json_checked<typename M::value_type>(value);
  }
}

template <typename M>
Json to_json_value(const M& value) {
  if constexpr (requires {
                  typename M::value_type;
                  value.has_value();
                }) {
    return value ? Json(*value) : Json(nullptr);
  } else {
    return Json(value);
  }
}

inline void refine(Field& into, const Range& limits) { into.range = limits; }
inline void refine(Field& into, const Choices& names) { into.choices = names; }
inline void refine(Field& into, std::string_view unit_name) { into.unit = unit_name; }

// A field of struct T. Extras, in any order: range(...), one_of({...}), a unit as a string.
template <typename T, typename M, typename... Extras>
Field field(std::string name, M T::* member, std::string help, const Extras&... extras) {
  Field made{.name = std::move(name), .type = type_name<M>(), .help = std::move(help)};
  (refine(made, extras), ...);
  made.default_value = to_json_value(T().*member);
  made.set = [member](void* object, const Json& value) { static_cast<T*>(object)->*member = from_json_checked<M>(value); };
  made.get = [member](const void* object) { return to_json_value(static_cast<const T*>(object)->*member); };
  return made;
}

template <typename T, typename... Fields>
Settings describe(std::string name, std::string help, Fields... fields) {
  return Settings(std::move(name), std::move(help), std::vector<Field>{std::move(fields)...});
}

}  // namespace upkeep
