#include "base/json.hpp"

#include <yaml-cpp/yaml.h>

#include "base/format.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

namespace {

void check_depth(std::string_view text, int max_depth) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      else if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > max_depth)
        throw Error(ErrorCode::kResourceExhausted, upkeep::format("JSON is nested deeper than {} levels", max_depth));
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
}

Json plain_scalar(const std::string& text) {
  if (text == "null" || text == "~" || text.empty()) return nullptr;
  if (text == "true" || text == "True") return true;
  if (text == "false" || text == "False") return false;
  std::int64_t integer = 0;
  const char* end = text.data() + text.size();
  if (auto [p, ec] = std::from_chars(text.data(), end, integer); ec == std::errc() && p == end) return integer;
  double number = 0;
  if (auto [p, ec] = std::from_chars(text.data(), end, number); ec == std::errc() && p == end) return number;
  return text;
}

Json convert(const YAML::Node& node, int depth) {
  if (depth > 64) throw Error(ErrorCode::kResourceExhausted, "YAML is nested deeper than 64 levels");
  switch (node.Type()) {
    case YAML::NodeType::Scalar: return node.Tag() == "!" ? Json(node.Scalar()) : plain_scalar(node.Scalar());
    case YAML::NodeType::Sequence: {
      Json list = Json::array();
      for (const auto& item : node) list.push_back(convert(item, depth + 1));
      return list;
    }
    case YAML::NodeType::Map: {
      Json map = Json::object();
      for (const auto& item : node) {
        const std::string key = item.first.Scalar();
        if (map.contains(key))
          throw Error(ErrorCode::kInvalidArgument, upkeep::format("line {}: the key \"{}\" stands twice", item.first.Mark().line + 1, key));
        map[key] = convert(item.second, depth + 1);
      }
      return map;
    }
    default: return nullptr;
  }
}

}  // namespace

Json parse_json(std::string_view text, int max_depth) {
  check_depth(text, max_depth);
  try {
    return Json::parse(text);
  } catch (const Json::exception& error) {  // a parse_error, or an out_of_range where a number is too large
    std::string what = error.what();
    if (const auto at = what.find("] "); at != std::string::npos) what.erase(0, at + 2);
    throw Error(ErrorCode::kCorrupt, "not valid JSON: " + what);
  }
}

Json parse_yaml(std::string_view text) {
  try {
    return convert(YAML::Load(std::string(text)), 0);
  } catch (const YAML::Exception& error) {
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("not valid YAML: line {}, column {}: {}", error.mark.line + 1, error.mark.column + 1, error.msg));
  }
}

}  // namespace upkeep
