#include "train/vocabularies.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_testing.hpp"

namespace upkeep {

using testing::HasSubstr;

static Architecture net_with_lookup(const std::string& dtype, const std::string& layer) {
  return architecture_from_yaml("layers: [{input: {shape: [1], dtype: " + dtype + ", name: x}}, {" + layer + "}]");
}

static Json vocabulary_found(const Architecture& architecture) { return architecture.layers[1].settings.at("vocabulary"); }

static Tensor column_of_texts(std::vector<std::string> all) {
  const auto rows = std::ssize(all);
  return Tensor({rows, 1}, std::move(all));
}

// The orders are those of Keras 3's StringLookup.adapt (tests/interop/test_adapt.py compares more).
TEST(AdaptVocabularies, TakesTheMostFrequentFirst) {
  const Architecture made =
      adapt_vocabularies(net_with_lookup("string", "string_lookup: {}"), {{"x", column_of_texts({"b", "a", "b", "c", "[UNK]", "d", "d"})}});
  EXPECT_EQ(vocabulary_found(made), Json({"d", "b", "c", "a"}));
  EXPECT_FALSE(needs_vocabularies(made));
}

TEST(AdaptVocabularies, LeavesOutTheMaskAndWhatIsBeyondMaxTokens) {
  const Architecture made = adapt_vocabularies(net_with_lookup("string", "string_lookup: {mask_token: '', max_tokens: 4}"),
                                               {{"x", column_of_texts({"b", "", "b", "c", "", "d", "d", "e"})}});
  EXPECT_EQ(vocabulary_found(made), Json({"d", "b"}));
}

TEST(AdaptVocabularies, CountsIntegers) {
  const Architecture made = adapt_vocabularies(net_with_lookup("int64", "integer_lookup: {output_mode: one_hot}"),
                                               {{"x", Tensor({5, 1}, std::vector<std::int64_t>{7, 3, 7, -1, 16777217})}});
  EXPECT_EQ(vocabulary_found(made), Json({7, 16777217, 3}));
}

TEST(AdaptVocabularies, CountsWordsAndWeighsThem) {
  const Architecture made = adapt_vocabularies(net_with_lookup("string", "text_vectorization: {output_mode: tf_idf}"),
                                               {{"x", column_of_texts({"The cat, the dog.", "A dog!", ""})}});
  EXPECT_EQ(vocabulary_found(made), Json({"the", "dog", "cat", "a"}));
  EXPECT_NEAR(made.layers[1].settings["idf_weights"][0].get<double>(), std::log(1 + 3.0 / 2), 1e-12);
  EXPECT_NEAR(made.layers[1].settings["idf_weights"][1].get<double>(), std::log(1 + 3.0 / 3), 1e-12);
}

TEST(AdaptVocabularies, KeepsWhatIsGiven) {
  const Architecture given = net_with_lookup("string", "string_lookup: {vocabulary: [z]}");
  EXPECT_FALSE(needs_vocabularies(given));
  EXPECT_EQ(vocabulary_found(adapt_vocabularies(given, {{"x", column_of_texts({"a"})}})), Json({"z"}));
}

TEST(AdaptVocabularies, SaysWhatIsMissing) {
  const Architecture none = net_with_lookup("string", "string_lookup: {name: city}");
  EXPECT_THAT(message_of([&] { adapt_vocabularies(none, {{"x", column_of_texts({"[UNK]"})}}); }), HasSubstr("layer \"city\""));
  EXPECT_THAT(message_of([&] { adapt_vocabularies(none, {}); }), HasSubstr("input \"x\""));
}

}  // namespace upkeep
