// Settings of layers and other members of catalogs, as values. Plain values; copies are independent.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace upkeep::api {

class Layer;
template <typename Room>
class Choice;

// A setting that takes values of several types: 3, {3, 5}, "same", {{0, 1}, {0, 1}}, nullptr for none.
class Setting {
 public:
  using List = std::vector<Setting>;
  using Object = std::vector<std::pair<std::string, Setting>>;  // by name, in order
  using Value = std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, List, Object>;

  Setting() = default;          // none
  Setting(std::nullptr_t) {}    // NOLINT: all of these are values of a setting
  Setting(bool value);          // NOLINT
  Setting(double value);        // NOLINT
  Setting(const char* text);    // NOLINT
  Setting(std::string text);    // NOLINT
  Setting(Object values);       // NOLINT
  Setting(const Layer& layer);  // NOLINT: a layer inside another, such as Bidirectional's
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Setting(T value) : Setting(Whole{static_cast<std::int64_t>(value)}) {}  // NOLINT
  Setting(std::initializer_list<Setting> items);                          // NOLINT
  template <typename T>
  Setting(const std::vector<T>& items) : Setting(listed(items)) {}  // NOLINT
  template <typename T>
  Setting(const std::optional<T>& value) : Setting(value ? Setting(*value) : Setting()) {}  // NOLINT
  template <typename Room>
  Setting(const Choice<Room>& choice);  // NOLINT

  const Value& value() const { return value_; }
  bool is_none() const { return value_.index() == 0; }
  bool operator==(const Setting&) const = default;

 private:
  struct Whole {
    std::int64_t value;
  };
  struct Items {
    List value;
  };
  explicit Setting(Whole whole);
  explicit Setting(Items items);
  template <typename T>
  static Items listed(const std::vector<T>& items) {
    Items made;
    for (const auto& item : items) made.value.push_back(Setting(T(item)));
    return made;
  }
  static Setting chosen(const std::string& name, const Object& settings);

  Value value_ = nullptr;
};

// A member of a room of the catalog (`upkeep catalog`), with its settings: an optimiser, a loss, a metric, ... A name alone is one with its
// defaults. Names and settings are checked where the choice is used.
template <typename Room>
class Choice {
 public:
  Choice() = default;                                   // none
  Choice(std::nullptr_t) {}                             // NOLINT: none
  Choice(const char* name) : name_(name) {}             // NOLINT: a name is a choice
  Choice(std::string name) : name_(std::move(name)) {}  // NOLINT
  Choice(std::string name, Setting::Object settings) : name_(std::move(name)), settings_(std::move(settings)) {}

  const std::string& name() const { return name_; }  // empty: none
  const Setting::Object& settings() const { return settings_; }
  bool operator==(const Choice&) const = default;

 private:
  std::string name_;
  Setting::Object settings_;
};

template <typename Room>
Setting::Setting(const Choice<Room>& choice) : Setting(chosen(choice.name(), choice.settings())) {}

// Keras's names: "relu", "gelu", or {"leaky_relu", {{"negative_slope", 0.1}}}; none is the identity.
using ActivationFunction = Choice<struct ActivationFunctionRoom>;
// "glorot_uniform", or {"random_normal", {{"stddev", 0.05}}}.
using Initializer = Choice<struct InitializerRoom>;

}  // namespace upkeep::api
