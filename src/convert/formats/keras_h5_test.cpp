// Against files that Keras 2 and Keras 3 wrote (tests/fixtures/make_keras.py), and what Keras answered to them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/random.hpp"
#include "convert/convert_testing.hpp"
#include "convert/formats/format.hpp"
#include "train/training_record.hpp"

namespace upkeep {

using testing::HasSubstr;

namespace {

const std::vector<std::string> kRegressors = {"keras2_sgd",         "keras2_adam", "keras2_adamw", "keras2_legacy_sgd",
                                              "keras2_legacy_adam", "keras3_sgd",  "keras3_adam",  "keras3_adamw"};

Model load(const std::string& fixture) { return load_model(keras_fixture(fixture + ".h5")); }

// Answers of magnitude 1 through sums of at most 8 terms: a few roundings of 6e-8 each.
constexpr float kTolerance = 2e-6f;

// The losses of training on, epoch by epoch, with one batch of all rows.
std::vector<double> train_on(const Model& model, const Json& facts, std::optional<NamedSettings> schedule = {}) {
  Trainer trainer(model, compile_of(model).value());
  const Dataset data{.inputs = {{model.graph.inputs[0].name, matrix(facts["inputs"])}}, .targets = matrix(facts["targets"])};
  const History history = trainer.fit(data, {.epochs = static_cast<std::int64_t>(facts["epochs"].size()),
                                             .batch_size = data.rows(),
                                             .shuffle = false,
                                             .schedule = std::move(schedule),
                                             .show_progress = false});
  return history.series("loss");
}

void expect_losses(const std::vector<double>& losses, const Json& keras, const std::string& what) {
  ASSERT_EQ(losses.size(), keras.size()) << what;
  for (std::size_t i = 0; i < losses.size(); ++i)
    EXPECT_NEAR(losses[i], keras[i].get<double>(), 1e-5 * keras[i].get<double>()) << what << ", epoch " << i;
}

}  // namespace

TEST(KerasH5, AnswersAsKerasDoes) {
  std::vector<std::string> fixtures = kRegressors;
  for (const char* more : {"keras2_classifier", "keras2_plain", "keras3_classifier", "keras3_plain"}) fixtures.emplace_back(more);
  for (const std::string& fixture : fixtures) {
    const Json facts = keras_facts(fixture);
    EXPECT_LT(largest_difference(answer(load(fixture), matrix(facts["inputs"])), matrix(facts["predictions"])), kTolerance) << fixture;
  }
}

TEST(KerasH5, ReadsPackedWeightsAndSplitNames) {
  EXPECT_LT(largest_difference(answer(load("packed"), matrix(keras_facts("keras3_adam")["inputs"])),
                               matrix(keras_facts("keras3_adam")["predictions"])),
            kTolerance);
}

// Only with iteration, learning rate and slots right do the losses agree.
TEST(KerasH5, TrainsOnAsKerasDoesWithTheOptimisersState) {
  for (const std::string& fixture : kRegressors) {
    const Model model = load(fixture);
    EXPECT_EQ(training_record_of(model).iteration, 6) << fixture;  // 2 epochs of 3 batches
    EXPECT_FALSE(model.training_tensors.empty()) << fixture;
    const Json facts = keras_facts(fixture);
    expect_losses(train_on(model, facts), facts["epochs"], fixture);
  }
}

TEST(KerasH5, TrainsAClassifierOnWithItsScheduleGivenAgain) {
  for (const std::string fixture : {"keras2_classifier", "keras3_classifier"}) {
    const Model model = load(fixture);
    EXPECT_EQ(compile_of(model)->loss.name, "binary_crossentropy");
    EXPECT_THAT(compile_of(model)->metrics,
                testing::ElementsAre(testing::AnyOf("accuracy", "binary_accuracy"), "precision:threshold=0.7", testing::StartsWith("auc")));
    const Json facts = keras_facts(fixture);
    expect_losses(train_on(model, facts, parse_named("exponential-decay:initial_learning_rate=0.02,decay_steps=2,decay_rate=0.9")),
                  facts["epochs"], fixture);
  }
}

TEST(KerasH5, CarriesWhatKerasHasNoPlaceFor) {
  const TemporaryFolder folder;
  Model before = load("keras3_adam");
  set(before.metadata, "upkeep.features", R"(["a", "b"])");
  set(before.metadata, "author", "somebody");
  TrainingRecord record = training_record_of(before);
  record.history.epochs = {{{"loss", 2.0}}, {{"loss", 1.0}}};
  set_training_record(before, record);
  save_model(before, folder / "again.h5");
  const Model after = load_model(folder / "again.h5");
  EXPECT_EQ(*find(after.metadata, "upkeep.features"), R"(["a", "b"])");
  EXPECT_EQ(*find(after.metadata, "author"), "somebody");
  EXPECT_THAT(training_record_of(after).history.series("loss"), testing::ElementsAre(2, 1));
}

TEST(KerasH5, GivesBackWhatItWrote) {
  const TemporaryFolder folder;
  for (const std::string& fixture : kRegressors) {
    const Model before = load(fixture);
    save_model(before, folder / "again.h5");
    const Model after = load_model(folder / "again.h5");
    const Tensor inputs = matrix(keras_facts(fixture)["inputs"]);
    EXPECT_EQ(answer(after, inputs), answer(before, inputs)) << fixture;
    EXPECT_EQ(to_json(*compile_of(after)), to_json(*compile_of(before))) << fixture;
    EXPECT_EQ(after.training_tensors, before.training_tensors) << fixture;
    EXPECT_EQ(training_record_of(after).iteration, 6) << fixture;
  }
}

TEST(KerasH5, RefusesFilesThatReachOutsideOrAskForTooMuch) {
  const std::vector<std::pair<std::string, std::string>> expected = {{"external_storage", "another file"},
                                                                     {"external_link", "link"},
                                                                     {"soft_loop", "link"},
                                                                     {"virtual", "virtual"},
                                                                     {"bomb", "limit"},
                                                                     {"huge_chunk", "limit"},
                                                                     {"no_values", "bytes"},
                                                                     {"lambda", "Lambda"},
                                                                     {"no_config", "model_config"}};
  for (const auto& [name, reason] : expected)
    EXPECT_THAT(message_of([&] { load("hostile_" + name); }), AllOf(HasSubstr("hostile_" + name + ".h5"), HasSubstr(reason)));
}

TEST(KerasH5, RefusesEveryTruncation) {
  const TemporaryFolder folder;
  const std::string whole = read_file(keras_fixture("keras3_adam.h5"));
  for (std::size_t length = 0; length < whole.size(); length += length < 2048 ? 61 : 487) {
    write_file(folder / "cut.h5", std::string_view(whole).substr(0, length));
    EXPECT_THAT(message_of([&] { load_model(folder / "cut.h5"); }), HasSubstr("cut.h5")) << length;
  }
}

// A flipped bit in a number is another number; anywhere else it is an Error. Never a crash, a hang or a large allocation.
TEST(KerasH5, SurvivesFlippedBits) {
  const TemporaryFolder folder;
  const std::string whole = read_file(keras_fixture("keras3_sgd.h5"));
  Random random(20, stream_id("flips"));
  std::size_t refused = 0;
  for (int i = 0; i < 600; ++i) {
    std::string damaged = whole;
    const std::size_t place = random.below(damaged.size());
    damaged[place] = static_cast<char>(damaged[place] ^ (1 << random.below(8)));
    write_file(folder / "flipped.h5", damaged);
    refused += message_of([&] { load_model(folder / "flipped.h5"); }) == "no error" ? 0 : 1;
  }
  EXPECT_GT(refused, 0U);
}

TEST(KerasH5, SaysWhenAFileHoldsWeightsOnly) {
  EXPECT_THAT(message_of([] { load("hostile_no_config"); }), HasSubstr("model_config"));
}

}  // namespace upkeep
