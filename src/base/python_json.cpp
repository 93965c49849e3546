#include "base/python_json.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

namespace upkeep {

namespace {

// A word on its way through a parser or a writer that does not know it: a text that no file has.
constexpr const char* kNumberMark = "\x7F upkeep number \x7F";

using Word = std::pair<std::string_view, double>;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::array<Word, 3> kWords = {
    {{"-Infinity", -kInfinity}, {"Infinity", kInfinity}, {"NaN", std::numeric_limits<double>::quiet_NaN()}}};

std::string marked(std::string_view word) { return kNumberMark + std::string(word); }

// Places outside of texts, where a word stands.
template <typename At>
void outside_texts(std::string_view text, const At& at) {
  bool inside = false;
  for (std::size_t i = 0; i < text.size();) {
    if (inside && text[i] == '\\') {
      i += 2;
      continue;
    }
    if (text[i] == '"') inside = !inside;
    i += inside ? 1 : at(i);
  }
}

std::string with_marks(std::string_view text) {
  std::string made;
  std::size_t copied = 0;
  outside_texts(text, [&](std::size_t i) -> std::size_t {
    for (const auto& [word, value] : kWords) {
      if (!text.substr(i).starts_with(word)) continue;
      made += text.substr(copied, i - copied);
      made += Json(marked(word)).dump();
      copied = i + word.size();
      return word.size();
    }
    return 1;
  });
  if (copied == 0) return {};
  made += text.substr(copied);
  return made;
}

std::optional<double> number_of(const Json& json) {
  if (!json.is_string()) return std::nullopt;
  for (const auto& [word, value] : kWords)
    if (json.get_ref<const std::string&>() == marked(word)) return value;
  return std::nullopt;
}

void marks_to_numbers(Json& json) {
  if (json.is_structured())
    for (Json& one : json) marks_to_numbers(one);
  else if (const std::optional<double> number = number_of(json)) json = *number;
}

bool is_word(const Json& json) { return json.is_number_float() && !std::isfinite(json.get<double>()); }

bool has_words(const Json& json) {
  if (!json.is_structured()) return is_word(json);
  for (const Json& one : json)
    if (has_words(one)) return true;
  return false;
}

void numbers_to_marks(Json& json) {
  if (json.is_structured()) {
    for (Json& one : json) numbers_to_marks(one);
  } else if (is_word(json)) {
    const double value = json.get<double>();
    json = marked(std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
  }
}

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

Json parse_python_json(std::string_view text, int max_depth) {
  const std::string marks = with_marks(text);
  if (marks.empty()) return parse_json(text, max_depth);
  Json json = parse_json(marks, max_depth);
  marks_to_numbers(json);
  return json;
}

std::string dump_python_json(const Json& json) {
  if (!has_words(json)) return dump(json);
  Json marks = json;
  numbers_to_marks(marks);
  std::string text = dump(marks);
  for (const auto& [word, value] : kWords) {
    const std::string mark = Json(marked(word)).dump();
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) text.replace(at, mark.size(), word);
  }
  return text;
}

}  // namespace upkeep
