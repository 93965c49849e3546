// What every kind of edit leaves of every note in a model's metadata.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.hpp"
#include "convert/formats/format.hpp"
#include "graph/notes.hpp"
#include "layers/keras/json.hpp"
#include "layers/view/architecture.hpp"
#include "layers/view/stateful.hpp"
#include "optimize/rewrites/rewrite.hpp"
#include "optimize/structure/structure.hpp"
#include "train/training_record.hpp"

namespace upkeep {
namespace {

const char* const kMemory = "{input: {shape: [null, 2], name: x}}, {lstm: {units: 3, stateful: true, name: first}}";

// Dense layers behind another one, with every note.
Model talkative(const std::string& first = kMemory) {
  const Architecture net = architecture_from_yaml(
      "layers: [" + first + ", {dense: {units: 4, name: hidden}}, {dropout: {rate: 0.5}}, {dense: {units: 1, name: out}}]");
  Model model = build_model(net, initial_weights(net, 1));
  Json places = Json::array();
  for (const layers::KerasPlace& place : layers::keras_places(net)) places.push_back({place.layer, place.names, place.group, place.part});
  set(model.metadata, kKerasPlacesKey, places.dump());
  set(model.metadata, kPrunedKey, R"(["first/kernel","hidden/kernel","out/kernel"])");
  set(model.metadata, kSignatureKey, R"({"inputs":[{"name":"x"}],"outputs":[{"name":"out","answer":"number","targets":["price"]}]})");
  set(model.metadata, kFeaturesKey, R"(["a","b"])");
  set(model.metadata, kTargetKey, R"(["price"])");
  set(model.metadata, kClassesKey, "[]");
  set(model.metadata, kFileFormKey, "{}");
  set(model.metadata, kQuantizedKey, "{}");
  set(model.metadata, "author", "somebody");
  TrainingRecord record{.compile = Compile{.loss = {"mse"}}, .iteration = 7, .epoch = 3};
  record.fit = {{"epochs", 9}};
  set_training_record(model, record);
  return model;
}

void expect_notes(const Model& made, Edit edit, const std::string& what) {
  for (const Note& note : notes()) {
    if (note.key == std::string(kLayersKey)) continue;                                       // written anew, or not
    if (note.key == std::string(kPrunedKey) && note.after(edit) == Fate::kInPart) continue;  // as far as the weights are there
    EXPECT_EQ(find(made.metadata, note.key) != nullptr, note.after(edit) != Fate::kGoes) << what << " " << note.key;
  }
  EXPECT_NE(find(made.metadata, "author"), nullptr) << what;
  if (find(made.metadata, kTrainingKey) && find_note(kTrainingKey)->after(edit) == Fate::kInPart) {
    EXPECT_EQ(training_record_of(made).epoch, 3) << what;
    EXPECT_TRUE(training_record_of(made).fit.is_null()) << what;
  }
}

TEST(NotesOfEdits, StayAsFarAsTheyAreTrue) {
  const Model model = talkative();
  const Model wider = edit(model, {{"set", "hidden:units=5"}}, 1).model;
  expect_notes(wider, Edit::kLayersChanged, "set");
  EXPECT_EQ(*find(wider.metadata, kPrunedKey), R"(["first/kernel"])");
  expect_notes(edit(model, {{"remove", "dropout"}}, 1).model, Edit::kLayersChanged, "remove");
  expect_notes(layers::states_as_values(with_layers(model)), Edit::kForInference, "states");
  Model half = model;
  rewrite(half, parse_named("float16"));
  expect_notes(half, Edit::kGraphChanged, "float16");
  EXPECT_EQ(find(half.metadata, kLayersKey), nullptr);
  EXPECT_EQ(find(half.metadata, kPrunedKey), nullptr) << "the weights have other names";
}

TEST(NotesOfEdits, OfFilesOfKerasAreThoseThatKerasHasNoPlaceFor) {
  const TemporaryFolder folder;
  for (const char* file : {"k.keras", "k.h5"}) {
    save_model(talkative(), folder / file);
    expect_notes(load_model(folder / file), Edit::kKerasFile, file);
  }
}

TEST(NotesOfEdits, AFoundLayerHasNoPlaceOfTheModelBefore) {
  Model model = talkative("{input: {shape: [2], name: x}}, {dense: {units: 3, name: first}}");
  std::erase_if(model.metadata, [](const auto& entry) { return entry.first == kLayersKey; });
  expect_notes(with_layers(model).model, Edit::kLayersFound, "found");
}

// Rewritten, a model read from a configuration of Keras's no longer has the layers whose places its weights were noted under.
TEST(NotesOfEdits, ARewrittenModelForgetsWhereKerasKeptItsWeights) {
  Model model = talkative();
  rewrite(model, parse_named("float16"));
  EXPECT_EQ(find(model.metadata, kKerasPlacesKey), nullptr);
}

}  // namespace
}  // namespace upkeep
