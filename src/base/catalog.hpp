// A catalog: the members of a room, by name. Filled once by the code that cmake/room.cmake writes; read-only and safe to share after that.
//
// An entry has at least `std::string name`, `std::string help` and `Settings settings` (what the user may set; may be empty).
// An entry may answer to more names: `std::vector<std::string> aliases`.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/names.hpp"
#include "base/settings.hpp"

namespace upkeep {

template <typename Entry>
class Catalog {
 public:
  explicit Catalog(std::string room) : room_(std::move(room)) {}

  void add(Entry entry) {
    if (find(entry.name)) throw Error(ErrorCode::kInternal, room_ + ": two members are called \"" + entry.name + "\"");
    entries_.push_back(std::move(entry));
  }

  const Entry* find(std::string_view name) const {
    for (const Entry& entry : entries_) {
      if (entry.name == name) return &entry;
      if constexpr (requires { entry.aliases; })
        if (std::ranges::find(entry.aliases, name) != entry.aliases.end()) return &entry;
    }
    return nullptr;
  }

  // Throws Error{kInvalidArgument} with all candidates.
  const Entry& at(std::string_view name) const {
    if (const Entry* entry = find(name)) return *entry;
    throw unknown_name(singular(), name, names());
  }

  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const Entry& entry : entries_) all.push_back(entry.name);
    return all;
  }

  const std::string& room() const { return room_; }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  std::size_t size() const { return entries_.size(); }

 private:
  std::string singular() const {  // losses -> loss, metrics -> metric
    if (room_.ends_with("sses")) return room_.substr(0, room_.size() - 2);
    return room_.ends_with("s") ? room_.substr(0, room_.size() - 1) : room_;
  }

  std::string room_;
  std::vector<Entry> entries_;
};

// One room as `upkeep catalog` prints it.
struct RoomMember {
  std::string name;
  std::string help;
  Json settings;  // Settings::describe()
};
struct Room {
  std::string folder;  // "train/losses"
  std::vector<RoomMember> members;
};

template <typename Entry>
Room describe(std::string folder, const Catalog<Entry>& catalog) {
  Room room{.folder = std::move(folder)};
  for (const Entry& entry : catalog) room.members.push_back({entry.name, entry.help, entry.settings.describe()});
  return room;
}

// Every room of the house; written by the build.
std::vector<Room> all_rooms();

}  // namespace upkeep
