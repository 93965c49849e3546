// What we write into a model's metadata: which keys there are, who writes each, and which edit of the model makes which of them stale.
// Whoever makes a model of another one asks here what goes over to it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.hpp"

namespace upkeep {

inline constexpr const char* kSignatureKey = "upkeep.signature";  // what the model reads and gives, as JSON (graph/signature.hpp)

// Of older files, which said less; they are read where there is no signature, and written no more.
inline constexpr const char* kFeaturesKey = "upkeep.features";  // names of the input's columns, a JSON list; INPUT=COLUMN of several inputs
inline constexpr const char* kTargetKey = "upkeep.target";      // names of the target columns, a JSON list
inline constexpr const char* kClassesKey = "upkeep.classes";    // class names by index, a JSON list; OUTPUT=NAME of several outputs

inline constexpr const char* kLayersKey = "upkeep.layers";  // the layers, as JSON (layers/view/architecture.hpp)
inline constexpr const char* kTrainingKey =
    "upkeep.training";  // compile settings and how training went, as JSON (train/training_record.hpp)
// Names of weights ("dense/kernel") whose exact zeros stay zero in further training, a JSON list.
inline constexpr const char* kPrunedKey = "upkeep.pruned";
// Where Keras's files keep the weights of a model that was read from a configuration alone, where it is not where they would be of the
// model as it is here (models inside are taken apart). JSON: [[layer, [names...], group, part], ...]
inline constexpr const char* kKerasPlacesKey = "upkeep.keras_places";
// How a change of the model was judged against the one before, as JSON (optimize/acceptance.hpp).
inline constexpr const char* kAcceptanceKey = "upkeep.acceptance";
// What a quantised model was made with, as JSON: method, settings, calibrator, rows, error.
inline constexpr const char* kQuantizedKey = "upkeep.quantized";
inline constexpr const char* kFileFormKey = "upkeep.file_form";  // what an ONNX file says otherwise than we do (runtime/plain_form.hpp)

enum class Edit {
  kLayersFound,    // the same computation as layers, whose weights have names of their own
  kLayersChanged,  // other layers: some added, removed or set otherwise
  kForInference,   // layers that no longer train
  kGraphChanged,   // nodes rewritten in place: what the layers say is no longer so
  kFreshWeights,   // the same layers with weights drawn anew
  kKerasFile,      // written to a file of Keras's, or read from one: layers and places of weights are its own there
};
inline constexpr Edit kEdits[] = {Edit::kLayersFound,  Edit::kLayersChanged, Edit::kForInference,
                                  Edit::kGraphChanged, Edit::kFreshWeights,  Edit::kKerasFile};

enum class Fate {
  kStays,
  kGoes,
  kInPart,  // of a list of weights those that are still there; of the training what is not about the run that was under way
};

struct Note {
  const char* key;
  const char* writer;  // the file that writes it
  Fate after(Edit edit) const { return fates[static_cast<std::size_t>(edit)]; }
  Fate fates[std::size(kEdits)];  // in the order of Edit
};
std::span<const Note> notes();
// Null: a key of somebody else, which every edit leaves as it is.
const Note* find_note(std::string_view key);

// What `from` says beyond its graph, as far as it is true of `to`, which was made of it by `edit`. What `to` says already stays. `kept`:
// the weights that are those of `from`, where that is not all of the same name.
void carry_notes(const Model& from, Model& to, Edit edit, const std::optional<std::vector<std::string>>& kept = std::nullopt);
// The same for an edit in place.
void drop_stale_notes(Model& model, Edit edit);
// Takes out all that we wrote.
void drop_notes(Model& model);

}  // namespace upkeep
