#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

Tensor texts(const std::vector<std::string>& all) { return Tensor({std::ssize(all), 1}, all); }

std::vector<std::int64_t> numbers_of(const Tensor& tensor) {
  return {tensor.data<std::int64_t>().begin(), tensor.data<std::int64_t>().end()};
}

TEST(TextVectorization, FindsTheWordsOfATextWhateverTheirLettersAndMarks) {  // 0 is nothing, 1 unknown
  const Tensor y = apply("{text_vectorization: {vocabulary: [the, cat's, sat], output_sequence_length: 5}}",
                         texts({"The  CAT,  sat; (the) end!", "sat", "", "...", "t-h-e s*a*t a b c d"}));
  EXPECT_EQ(y.shape(), (Shape{5, 5}));
  EXPECT_THAT(numbers_of(y), testing::ElementsAre(2, 1, 4, 2, 1, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 4, 1, 1, 1));
}

TEST(TextVectorization, TakesTextsAsTheyAreWhereNothingIsToBeDone) {
  const Tensor y = apply("{text_vectorization: {vocabulary: [The, the, 'cat,'], standardize: null}}", texts({"The cat, the", "dog"}));
  EXPECT_THAT(numbers_of(y), testing::ElementsAre(2, 4, 3, 1, 0, 0));
  const Tensor whole = apply("{text_vectorization: {vocabulary: ['the cat'], split: null}}", texts({"The cat!", "dog"}));
  EXPECT_THAT(numbers_of(whole), testing::ElementsAre(2, 1));
}

TEST(TextVectorization, EndsWordsAtAnySpace) {
  const Tensor y = apply("{text_vectorization: {vocabulary: [a, b], standardize: null}}", texts({"a\tb\n\na \v b\f\r"}));
  EXPECT_THAT(numbers_of(y), testing::ElementsAre(2, 3, 2, 3));
}

TEST(TextVectorization, CountsWordsAndGroups) {  // [unknown, a, b, "a b", "b a"]
  const Tensor y =
      apply("{text_vectorization: {vocabulary: [a, b, a b, b a], ngrams: 2, output_mode: count}}", texts({"a b a b", "a", "b c"}));
  EXPECT_THAT(values(y), testing::ElementsAre(0, 2, 2, 2, 1, 0, 1, 0, 0, 0, 2, 0, 1, 0, 0));
}

TEST(TextVectorization, SaysWhatItDoesNotDo) {
  const auto refusal = [](const std::string& setting) {
    return message_of([&] { apply("{text_vectorization: {vocabulary: [a], " + setting + "}}", texts({"a"})); });
  };
  EXPECT_THAT(refusal("split: character"), testing::HasSubstr("into characters"));
  EXPECT_THAT(refusal("ngrams: 2"), testing::HasSubstr("as integers"));
  EXPECT_THAT(refusal("ragged: true"), testing::HasSubstr("text_vectorization.ragged"));
  EXPECT_THAT(message_of([] { apply("text_vectorization", texts({"a"})); }), testing::HasSubstr("has no vocabulary"));
}

}  // namespace
}  // namespace upkeep::layers
