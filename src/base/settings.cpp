#include "base/settings.hpp"

#include <algorithm>

#include "base/commas.hpp"
#include "base/format.hpp"
#include "base/names.hpp"

namespace upkeep {

bool Range::contains(double value) const {
  const bool left = ends == Ends::kOpen || ends == Ends::kOpenLeft ? value > low : value >= low;
  const bool right = ends == Ends::kOpen || ends == Ends::kOpenRight ? value < high : value <= high;
  return left && right;
}

std::string Range::text() const {
  const bool open_left = ends == Ends::kOpen || ends == Ends::kOpenLeft;
  const bool open_right = ends == Ends::kOpen || ends == Ends::kOpenRight;
  return upkeep::format("{}{}, {}{}", open_left ? '(' : '[', low, high, open_right ? ')' : ']');
}

Error wrong_type(std::string_view expected, const Json& value) {
  return Error(ErrorCode::kInvalidArgument, upkeep::format("expected {}, got {}", expected, value.dump()));
}

static void check(const Field& field, const Json& value) {
  const auto check_one = [&](const Json& one) {
    if (field.range && one.is_number() && !field.range->contains(one.get<double>()))
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} is outside {}", one.dump(), field.range->text()));
    if (!field.choices.empty() && one.is_string() && std::ranges::find(field.choices, one.get<std::string>()) == field.choices.end())
      throw unknown_name("value", one.get<std::string>(), field.choices);
  };
  if (value.is_array())
    for (const Json& one : value) check_one(one);
  else check_one(value);
}

void Settings::apply(void* object, const Json& values) const {
  if (values.is_null()) return;
  if (!values.is_object()) throw wrong_type("settings as a map of names to values", values).in(name_);
  for (const auto& [key, value] : values.items()) {
    const auto found = std::ranges::find(fields_, key, &Field::name);
    if (found == fields_.end()) {
      std::vector<std::string> names;
      for (const Field& field : fields_) names.push_back(field.name);
      throw unknown_name("setting", key, names).in(name_);
    }
    in_context(name_ + "." + key, [&] {
      check(*found, value);
      found->set(object, value);
    });
  }
}

Json Settings::read(const void* object) const {
  Json values = Json::object();
  for (const Field& field : fields_) values[field.name] = field.get(object);
  return values;
}

Json Settings::describe() const {
  Json list = Json::array();
  for (const Field& field : fields_) {
    Json one = {{"name", field.name}, {"type", field.type}, {"default", field.default_value}};
    if (field.range) one["range"] = field.range->text();
    if (!field.unit.empty()) one["unit"] = field.unit;
    if (!field.choices.empty()) one["choices"] = field.choices;
    one["help"] = field.help;
    list.push_back(std::move(one));
  }
  return list;
}

NamedSettings parse_named(std::string_view text) {
  NamedSettings result;
  const auto colon = text.find(':');
  result.name = trim(text.substr(0, colon));
  if (result.name.empty())
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" names nothing", text), "write NAME or NAME:SETTING=VALUE,...");
  if (colon == std::string_view::npos) return result;
  for (const std::string& part : split_at_commas(text.substr(colon + 1))) {
    const auto equals = part.find('=');
    if (equals == std::string::npos)
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" in \"{}\" is no setting", part, text),
                  "write NAME:SETTING=VALUE,...");
    result.values[std::string(trim(std::string_view(part).substr(0, equals)))] = parse_yaml(std::string_view(part).substr(equals + 1));
  }
  return result;
}

}  // namespace upkeep
