// Settings of the public API as those of the floors.
#pragma once

#include "base/settings.hpp"
#include "upkeep/setting.hpp"

namespace upkeep::api {

// The settings of a struct that are not its defaults.
template <typename S>
Setting::Object changed(const S& given, Setting::Object (*list)(const S&)) {
  Setting::Object all = list(given);
  const Setting::Object defaults = list(S());
  std::erase_if(all, [&](const auto& one) { return std::ranges::contains(defaults, one); });
  return all;
}

Json to_json(const Setting& setting);
Json to_json(const Setting::Object& settings);

// As on the command line: "adam:learning_rate=0.01,beta_1=0.8".
std::string to_text(const NamedSettings& named);

template <typename Room>
NamedSettings named(const Choice<Room>& choice) {
  return {choice.name(), to_json(choice.settings())};
}
template <typename Room>
std::vector<NamedSettings> named(const std::vector<Choice<Room>>& choices) {
  std::vector<NamedSettings> all;
  for (const Choice<Room>& one : choices) all.push_back(named(one));
  return all;
}
template <typename Room>
std::vector<std::string> texts_of(const std::vector<Choice<Room>>& choices) {
  std::vector<std::string> all;
  for (const Choice<Room>& one : choices) all.push_back(to_text(named(one)));
  return all;
}

}  // namespace upkeep::api
