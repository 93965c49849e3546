#include "graph/notes.hpp"

#include <algorithm>

#include "base/json.hpp"

namespace upkeep {

namespace {

constexpr Fate kStays = Fate::kStays;
constexpr Fate kGoes = Fate::kGoes;
constexpr Fate kInPart = Fate::kInPart;

constexpr Note kNotes[] = {
    //                                                   found    changed  inference graph    fresh   Keras's file
    {kSignatureKey, "graph/signature.cpp", {kStays, kStays, kStays, kStays, kStays, kStays}},
    {kFeaturesKey, "", {kStays, kStays, kStays, kStays, kStays, kStays}},
    {kTargetKey, "", {kStays, kStays, kStays, kStays, kStays, kStays}},
    {kClassesKey, "", {kStays, kStays, kStays, kStays, kStays, kStays}},
    {kLayersKey, "layers/view/build.cpp", {kGoes, kGoes, kGoes, kGoes, kGoes, kGoes}},
    {kTrainingKey, "train/training_record.cpp", {kStays, kInPart, kGoes, kInPart, kInPart, kStays}},
    {kPrunedKey, "optimize/prune/prune.cpp", {kInPart, kInPart, kInPart, kInPart, kGoes, kStays}},
    {kKerasPlacesKey, "layers/keras/places.cpp", {kGoes, kGoes, kGoes, kGoes, kStays, kGoes}},
    {kAcceptanceKey, "optimize/acceptance_record.cpp", {kGoes, kGoes, kGoes, kGoes, kGoes, kGoes}},
    {kQuantizedKey, "optimize/quantize/quantize.cpp", {kStays, kGoes, kStays, kStays, kGoes, kGoes}},
    {kFileFormKey, "runtime/plain_form.cpp", {kGoes, kGoes, kGoes, kStays, kGoes, kGoes}},
};

// Both are texts of ours; one that cannot be read is left to whoever needs it, who says what is wrong.
std::optional<Json> parsed(const std::string& text) {
  Json json = Json::parse(text, nullptr, false);
  return json.is_discarded() ? std::nullopt : std::optional(std::move(json));
}

std::optional<std::string> weights_still_there(const std::string& text, const Graph& graph,
                                               const std::optional<std::vector<std::string>>& kept) {
  const std::optional<Json> all = parsed(text);
  if (!all || !all->is_array()) return text;
  Json there = Json::array();
  for (const Json& one : *all) {
    const bool stays = one.is_string() &&
                       (kept ? std::ranges::contains(*kept, one.get<std::string>()) : graph.initializer(one.get<std::string>()) != nullptr);
    if (stays) there.push_back(one);
  }
  return there.empty() ? std::nullopt : std::optional(there.dump());
}

// Compile settings, progress and history stay; what fit() was doing in a checkpoint does not go on.
std::string without_run(const std::string& text) {
  std::optional<Json> record = parsed(text);
  if (!record || !record->is_object() || record->erase("fit") == 0) return text;
  return record->dump();
}

// What is left of a note; nothing: it goes.
std::optional<std::string> after(const Note& note, const std::string& text, Edit edit, const Graph& graph,
                                 const std::optional<std::vector<std::string>>& kept) {
  if (note.after(edit) == kGoes) return std::nullopt;
  if (note.after(edit) == kStays) return text;
  return note.key == std::string_view(kPrunedKey) ? weights_still_there(text, graph, kept) : without_run(text);
}

}  // namespace

std::span<const Note> notes() { return kNotes; }

const Note* find_note(std::string_view key) {
  const auto* found = std::ranges::find(kNotes, key, [](const Note& note) { return std::string_view(note.key); });
  return found == std::end(kNotes) ? nullptr : found;
}

void carry_notes(const Model& from, Model& to, Edit edit, const std::optional<std::vector<std::string>>& kept) {
  for (const auto& [key, text] : from.metadata) {
    if (find(to.metadata, key)) continue;
    const Note* note = find_note(key);
    if (const auto left = note ? after(*note, text, edit, to.graph, kept) : text) set(to.metadata, key, *left);
  }
}

void drop_stale_notes(Model& model, Edit edit) {
  const Model before{.graph = {}, .metadata = std::move(model.metadata)};
  model.metadata.clear();
  carry_notes(before, model, edit);
}

void drop_notes(Model& model) {
  std::erase_if(model.metadata, [](const auto& entry) { return find_note(entry.first) != nullptr; });
}

}  // namespace upkeep
