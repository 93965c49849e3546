#include "layers/keras/json.hpp"
#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

Tensor words(const std::vector<std::string>& all) { return Tensor({std::ssize(all), 1}, all); }

std::vector<std::int64_t> places(const Tensor& tensor) { return {tensor.data<std::int64_t>().begin(), tensor.data<std::int64_t>().end()}; }

const std::string kVocabulary = "{string_lookup: {vocabulary: [b, a]";

TEST(StringLookup, GivesPlacesInTheVocabulary) {  // 0 is for what is not known
  EXPECT_THAT(places(apply(kVocabulary + "}}", words({"a", "b", "c", ""}))), testing::ElementsAre(2, 1, 0, 0));
}

TEST(StringLookup, PutsTheMaskFirst) {
  EXPECT_THAT(places(apply(kVocabulary + ", mask_token: ''}}", words({"a", "b", "c", ""}))), testing::ElementsAre(3, 2, 1, 0));
}

TEST(StringLookup, KnowsAVocabularyThatListsTheSpecialTokens) {
  EXPECT_THAT(places(apply("{string_lookup: {vocabulary: ['', '[UNK]', b, a], mask_token: ''}}", words({"a", "b", "c", ""}))),
              testing::ElementsAre(3, 2, 1, 0));
}

TEST(StringLookup, ReadsAVocabularyOfLines) {
  EXPECT_THAT(places(apply("{string_lookup: {vocabulary: \"b\\na\\n\"}}", words({"a", "b"}))), testing::ElementsAre(2, 1));
}

TEST(StringLookup, GivesVectors) {
  const Tensor x({2, 3}, std::vector<std::string>{"a", "a", "b", "c", "", "a"});
  EXPECT_THAT(values(apply(kVocabulary + ", output_mode: count, mask_token: ''}}", x)), testing::ElementsAre(0, 1, 2, 1, 0, 1));
  EXPECT_THAT(values(apply(kVocabulary + ", output_mode: multi_hot, mask_token: '', max_tokens: 4, pad_to_max_tokens: true}}", x)),
              testing::ElementsAre(0, 1, 1, 0, 1, 0, 1, 0));
  EXPECT_THAT(values(apply(kVocabulary + ", output_mode: one_hot}}", words({"a", "c"}))), testing::ElementsAre(0, 0, 1, 1, 0, 0));
  EXPECT_THAT(values(apply(kVocabulary + ", output_mode: count, num_oov_indices: 0}}", words({"a", "c"}))),
              testing::ElementsAre(0, 1, 0, 0));
}

TEST(StringLookup, WeighsCounts) {  // the unknown weigh the mean, 2
  const Tensor x({1, 4}, std::vector<std::string>{"a", "a", "b", "c"});
  EXPECT_THAT(values(apply(kVocabulary + ", output_mode: tf_idf, idf_weights: [1, 3]}}", x)), testing::ElementsAre(2, 1, 6));
}

TEST(StringLookup, GivesTokensBack) {
  const Tensor y =
      apply("{string_lookup: {vocabulary: [b, a], invert: true, mask_token: '-'}}", Tensor({4, 1}, std::vector<std::int64_t>{3, 2, 1, 0}));
  EXPECT_THAT(y.strings(), testing::ElementsAre("a", "b", "[UNK]", "-"));
}

TEST(IntegerLookup, SpreadsUnknownIntegers) {  // by the remainder, which is never negative
  const Tensor x({5, 1}, std::vector<std::int64_t>{42, 7, 8, -1, 0});
  EXPECT_THAT(places(apply("{integer_lookup: {vocabulary: [42, 7], num_oov_indices: 3, mask_token: 0}}", x)),
              testing::ElementsAre(4, 5, 3, 3, 0));
}

TEST(IntegerLookup, ReadsAVocabularyOfLines) {
  const Tensor x({2, 1}, std::vector<std::int64_t>{7, -3});
  EXPECT_THAT(places(apply("{integer_lookup: {vocabulary: \"-1\\n-3\\n7\"}}", x)), testing::ElementsAre(2, 1));
  EXPECT_THAT(message_of([&] { apply("{integer_lookup: {vocabulary: \"-3\\nseven\"}}", x); }),
              testing::HasSubstr("\"seven\" is no integer"));
}

TEST(IntegerLookup, GivesTokensBack) {
  const Tensor y = apply("{integer_lookup: {vocabulary: [42, 7], invert: true}}", Tensor({3, 1}, std::vector<std::int64_t>{1, 2, 9}));
  EXPECT_THAT(places(y), testing::ElementsAre(42, 7, -1));
}

TEST(IntegerLookup, HasIntegersInKerasConfiguration) {
  const Json keras = architecture_to_keras(
      architecture_from_yaml("layers: [{input: {shape: [2], dtype: int64}}, {integer_lookup: {vocabulary: \"42\\n7\"}}]"));
  EXPECT_EQ(keras["config"]["layers"][1]["config"]["vocabulary"], parse_json("[42, 7]"));
  const Json strings = architecture_to_keras(
      architecture_from_yaml("layers: [{input: {shape: [2], dtype: string}}, {string_lookup: {vocabulary: \"42\\n7\"}}]"));
  EXPECT_EQ(strings["config"]["layers"][1]["config"]["vocabulary"], parse_json(R"(["42", "7"])"));
}

TEST(StringLookup, SaysWhatIsWrong) {
  const auto refusal = [](const std::string& layer) { return message_of([&] { apply(layer, words({"a"})); }); };
  EXPECT_THAT(refusal("string_lookup"), testing::HasSubstr("has no vocabulary"));
  EXPECT_THAT(refusal("{string_lookup: {vocabulary: [a, a]}}"), testing::HasSubstr("twice"));
  EXPECT_THAT(refusal(kVocabulary + ", num_oov_indices: 2}}"), testing::HasSubstr("FarmHash"));
  EXPECT_THAT(refusal(kVocabulary + ", max_tokens: 2}}"), testing::HasSubstr("max_tokens: 2"));
  EXPECT_THAT(refusal(kVocabulary + ", output_mode: tf_idf}}"), testing::HasSubstr("idf_weights"));
  EXPECT_THAT(refusal("{integer_lookup: {vocabulary: [a]}}"), testing::HasSubstr("expected an integer"));
  EXPECT_THAT(message_of([] { apply(kVocabulary + "}}", Tensor({1, 1}, std::vector<float>{1})); }), testing::HasSubstr("reads strings"));
}

}  // namespace
}  // namespace upkeep::layers
