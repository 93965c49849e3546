#include "graph/notes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace upkeep {
namespace {

using testing::Pair;
using testing::UnorderedElementsAre;

std::string text_of(const Model& model, const char* key) {
  const std::string* found = find(model.metadata, key);
  return found ? *found : "";
}

// One that says everything there is to say.
Model talkative() {
  Model model;
  model.graph.initializers = {{"dense/kernel", Tensor::scalar(1.0F)}, {"out/kernel", Tensor::scalar(1.0F)}};
  for (const Note& note : notes()) set(model.metadata, note.key, std::string("of ") + note.key);
  set(model.metadata, kPrunedKey, R"(["dense/kernel","gone/kernel"])");
  set(model.metadata, kTrainingKey, R"({"epoch":3,"fit":{"epochs":9}})");
  set(model.metadata, "author", "somebody");
  return model;
}

// Every edit and every key, as the table of notes.cpp has it for those that go over whole or not at all.
TEST(Notes, GoOverAsTheTableSays) {
  const Model from = talkative();
  for (const Edit edit : kEdits) {
    Model to;
    to.graph = from.graph;
    carry_notes(from, to, edit);
    for (const Note& note : notes()) {
      const std::string left = text_of(to, note.key);
      if (note.after(edit) == Fate::kGoes) EXPECT_EQ(left, "") << note.key;
      else if (note.after(edit) == Fate::kStays) EXPECT_EQ(left, text_of(from, note.key)) << note.key;
      else if (note.key == std::string(kPrunedKey)) EXPECT_EQ(left, R"(["dense/kernel"])");
      else EXPECT_EQ(left, R"({"epoch":3})") << note.key;
    }
    EXPECT_EQ(text_of(to, "author"), "somebody");
    Model same = from;
    drop_stale_notes(same, edit);
    EXPECT_EQ(same.metadata, to.metadata);
  }
}

TEST(Notes, OfTheLayersAreStaleAfterEveryEdit) {
  for (const Edit edit : kEdits) EXPECT_EQ(find_note(kLayersKey)->after(edit), Fate::kGoes);
}

TEST(Notes, DoNotWriteOverWhatTheNewModelSays) {
  Model to;
  set(to.metadata, kSignatureKey, "its own");
  carry_notes(talkative(), to, Edit::kLayersChanged);
  EXPECT_EQ(text_of(to, kSignatureKey), "its own");
}

TEST(Notes, KeepOfThePrunedWeightsThoseThatWereKept) {
  Model to;
  carry_notes(talkative(), to, Edit::kLayersChanged, std::vector<std::string>{"gone/kernel"});
  EXPECT_EQ(text_of(to, kPrunedKey), R"(["gone/kernel"])");
  carry_notes(talkative(), to = {}, Edit::kLayersChanged, std::vector<std::string>{});
  EXPECT_EQ(find(to.metadata, kPrunedKey), nullptr);
}

TEST(Notes, AreTakenOutWhereNothingOfTheModelIsLeft) {
  Model model = talkative();
  drop_notes(model);
  EXPECT_THAT(model.metadata, UnorderedElementsAre(Pair("author", "somebody")));
}

}  // namespace
}  // namespace upkeep
