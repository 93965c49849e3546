#include "base/json.hpp"

#include <yaml-cpp/yaml.h>

#include "base/format.hpp"
#include "base/utf8.hpp"
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

// References (*name) make a short text hold much: ten lists, each of ten references to the one above, ten thousand million values.
class YamlReader {
 public:
  explicit YamlReader(std::string_view text) : left_((std::size_t{1} << 20) + 4 * text.size()) {}

  Json read(const YAML::Node& node, int depth = 0) {
    if (depth > 64) throw Error(ErrorCode::kResourceExhausted, "YAML is nested deeper than 64 levels");
    take(1);
    switch (node.Type()) {
      case YAML::NodeType::Scalar: return node.Tag() == "!" ? Json(text_of(node)) : plain_scalar(text_of(node));
      case YAML::NodeType::Sequence: {
        Json list = Json::array();
        for (const auto& item : node) list.push_back(read(item, depth + 1));
        return list;
      }
      case YAML::NodeType::Map: return read_map(node, depth);
      default: return nullptr;
    }
  }

 private:
  Json read_map(const YAML::Node& node, int depth) {
    Json map = Json::object();
    for (const auto& item : node) {
      const std::string key = text_of(item.first);
      if (map.contains(key))
        throw Error(ErrorCode::kInvalidArgument, upkeep::format("line {}: the key \"{}\" stands twice", item.first.Mark().line + 1, key));
      map[key] = read(item.second, depth + 1);
    }
    return map;
  }

  const std::string& text_of(const YAML::Node& scalar) {
    const std::string& text = scalar.Scalar();
    take(text.size());
    if (!valid_utf8(text))
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("line {}: the text is not UTF-8", scalar.Mark().line + 1));
    return text;
  }

  void take(std::size_t size) {
    if (size > left_) throw Error(ErrorCode::kResourceExhausted, "the YAML's references make it too large");
    left_ -= size;
  }

  std::size_t left_;  // of characters, and one for each value
};

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
    return YamlReader(text).read(YAML::Load(std::string(text)));
  } catch (const YAML::Exception& error) {
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("not valid YAML: line {}, column {}: {}", error.mark.line + 1, error.mark.column + 1, error.msg));
  }
}

}  // namespace upkeep
