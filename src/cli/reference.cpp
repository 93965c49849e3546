#include "cli/reference.hpp"

#include <algorithm>

#include "base/format.hpp"

namespace upkeep {

namespace {

std::string text_of(const Json& setting, const char* key) {
  const auto found = setting.find(key);
  if (found == setting.end() || found->is_null()) return {};
  return found->is_string() ? found->get<std::string>() : found->dump();
}

// What may be given: the type, its range, unit and choices.
std::string values_of(const Json& setting) {
  std::string text = text_of(setting, "type");
  if (const std::string range = text_of(setting, "range"); !range.empty()) text += " in " + range;
  if (const std::string unit = text_of(setting, "unit"); !unit.empty()) text += ", " + unit;
  if (const auto choices = setting.find("choices"); choices != setting.end()) {
    text += ": ";
    for (const Json& choice : *choices) text += (choice == choices->front() ? "" : " | ") + choice.get<std::string>();
  }
  return text;
}

std::string default_of(const Json& setting) {
  const Json& value = setting["default"];
  return value.is_null() || (value.is_string() && value.get<std::string>().empty()) ? "" : value.dump();
}

std::string cell(std::string text) {  // a cell of a Markdown table
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
  std::ranges::replace(text, '\n', ' ');
  return text;
}

}  // namespace

std::string reference_text(const std::vector<Room>& rooms) {
  std::string text;
  for (const Room& room : rooms) {
    text += upkeep::format("{}{}\n", text.empty() ? "" : "\n", room.folder);
    for (const RoomMember& member : room.members) {
      text += upkeep::format("  {:<28} {}\n", member.name, member.help);
      for (const Json& setting : member.settings) {
        const std::string standard = default_of(setting);
        text += upkeep::format("    {:<26} {} ({}{})\n", text_of(setting, "name"), text_of(setting, "help"), values_of(setting),
                               standard.empty() ? "" : "; default " + standard);
      }
    }
  }
  if (!text.empty()) text.pop_back();
  return text;
}

std::string reference_page(const std::vector<Room>& rooms) {
  std::string page =
      "# Reference\n\nEvery room of the house with its members and their settings. Written by `upkeep catalog --markdown`; a test compares "
      "it with the "
      "catalogs.\n";
  for (const Room& room : rooms) {
    page += upkeep::format("\n## {}\n", room.folder);
    for (const RoomMember& member : room.members) {
      page += upkeep::format("\n### {}\n\n{}\n", member.name, member.help);
      if (member.settings.empty()) continue;
      page += "\n| setting | what | values | default |\n| --- | --- | --- | --- |\n";
      for (const Json& setting : member.settings)
        page += upkeep::format("| `{}` | {} | {} | {} |\n", text_of(setting, "name"), cell(text_of(setting, "help")),
                               cell(values_of(setting)), cell(default_of(setting)));
    }
  }
  page.pop_back();
  return page;
}

}  // namespace upkeep
