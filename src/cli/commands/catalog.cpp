// upkeep catalog: every room and its members, from the catalogs themselves.

#include <map>

#include "base/names.hpp"
#include "cli/commands/command.hpp"
#include "cli/models.hpp"
#include "cli/reference.hpp"
#include "cli/table.hpp"
#include "layers/keras/refusals.hpp"
#include "layers/layer.hpp"
#include "train/gradients/shared/coverage.hpp"

namespace upkeep::commands {

struct CatalogOptions {
  std::string room;
  bool markdown = false;
  bool coverage = false;
  bool keras = false;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::CatalogOptions;

template <>
inline const Settings settings<CatalogOptions> = describe<CatalogOptions>(
    "catalog", "every room and its members, with their settings",
    field("room", &CatalogOptions::room, "one room (`train/losses`, or `losses`), or one member (`adam`); default: all rooms"),
    field("markdown", &CatalogOptions::markdown, "the reference page (docs/reference.md)"),
    field("coverage", &CatalogOptions::coverage, "every operator of ONNX, and how a gradient passes it (docs/gradients.md)"),
    field("keras", &CatalogOptions::keras, "every layer of Keras: whether it is read, written and trained (docs/keras.md)"));

}  // namespace upkeep

namespace upkeep::commands {

namespace {

// What was asked for: a room by its folder or last name, or a single member with its room.
std::vector<Room> chosen(const std::string& name) {
  std::vector<Room> rooms = all_rooms();
  if (name.empty()) return rooms;
  std::vector<Room> found;
  std::vector<std::string> names;
  for (Room& room : rooms) {
    names.push_back(room.folder);
    if (room.folder == name || room.folder.ends_with("/" + name)) found.push_back(room);
  }
  if (!found.empty()) return found;
  for (Room& room : rooms) {
    std::erase_if(room.members, [&](const RoomMember& member) { return member.name != name; });
    if (!room.members.empty()) found.push_back(std::move(room));
  }
  if (found.empty()) throw unknown_name("room or member", name, names);
  return found;
}

Json to_json(const std::vector<Room>& rooms) {
  Json document = Json::object();
  for (const Room& room : rooms) {
    Json members = Json::array();
    for (const RoomMember& member : room.members)
      members.push_back({{"name", member.name}, {"help", member.help}, {"settings", member.settings}});
    document[room.folder] = std::move(members);
  }
  return document;
}

int print_coverage(Output& output) {
  Json document = Json::array();
  std::vector<std::vector<std::string>> rows{{"operator", "operator sets", "gradient", "formula"}};
  for (const gradients::Coverage& one : gradients::coverage()) {
    document.push_back(
        {{"domain", one.domain}, {"name", one.name}, {"versions", one.versions}, {"gradient", one.gradient}, {"help", one.help}});
    std::vector<std::string> versions;
    for (const int version : one.versions) versions.push_back(std::to_string(version));
    rows.push_back({one.name, join(versions), one.gradient, one.help});
  }
  output.result(document);
  output.text(text_table(rows));
  return 0;
}

// Keras's classes, in order, with what can be done with each.
int print_keras(Output& output) {
  std::map<std::string, Json> classes;
  for (const layers::LayerEntry& entry : layers::catalog())
    if (!entry.keras_class.empty())
      classes[entry.keras_class] = {
          {"class", entry.keras_class},          {"module", entry.keras_module}, {"layer", entry.name}, {"reads", true}, {"writes", true},
          {"trains", entry.not_trained.empty()}, {"why", entry.not_trained}};
  for (const layers::KerasRefusal& refusal : layers::keras_refusals())
    classes[refusal.keras_class] = {{"class", refusal.keras_class},
                                    {"module", "keras.layers"},
                                    {"layer", nullptr},
                                    {"reads", false},
                                    {"writes", false},
                                    {"trains", false},
                                    {"why", refusal.why + ": " + refusal.hint}};
  classes["Pipeline"] = {{"class", "Pipeline"},
                         {"module", "keras.layers"},
                         {"layer", nullptr},
                         {"reads", true},
                         {"writes", false},
                         {"trains", true},
                         {"why", "its layers stand in the model, and are written there"}};
  Json document = Json::array();
  std::vector<std::vector<std::string>> rows{{"class", "layer", "reads", "writes", "trains", "why not"}};
  const auto yes_or_no = [](const Json& value) { return std::string(value == true ? "yes" : "no"); };
  for (const auto& [name, one] : classes) {
    document.push_back(one);
    rows.push_back({name, one["layer"].is_null() ? "" : one["layer"].get<std::string>(), yes_or_no(one["reads"]), yes_or_no(one["writes"]),
                    yes_or_no(one["trains"]), one["why"].get<std::string>()});
  }
  output.result(document);
  output.text(text_table(rows));
  return 0;
}

int run_catalog(const CatalogOptions& options, const Ordered&, Output& output) {
  if (options.coverage) return print_coverage(output);
  if (options.keras) return print_keras(output);
  const std::vector<Room> rooms = chosen(options.room);
  output.result(to_json(rooms));
  output.text(options.markdown ? reference_page(rooms) : reference_text(rooms));
  return 0;
}

}  // namespace

void add_catalog(CommandCatalog& catalog) {
  catalog.add(entry<CatalogOptions>("reference", {"room"}, {},
                                    {"upkeep catalog", "upkeep catalog train/optimizers", "upkeep catalog adam --json",
                                     "upkeep catalog --coverage", "upkeep catalog --keras"},
                                    run_catalog));
}

}  // namespace upkeep::commands
