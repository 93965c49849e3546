#include "convert/formats/shared/keras_bytes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "convert/convert_testing.hpp"

namespace upkeep::formats {

namespace {

KerasFile example() {
  KerasFile file;
  file.version = "3.9.0";
  file.model_config = {{"class_name", "Sequential"}};
  file.weights = {{"a", {{"a/kernel", Tensor({1, 3}, std::vector<float>{1, 2, 3})}, {"a/empty", Tensor({0}, std::vector<float>{})}}},
                  {"b", {}}};
  file.optimizer = {{"iteration", Tensor::scalar(std::int64_t{5})}};
  file.metadata = {{"author", "somebody"}};
  return file;
}

ContainedBytes bytes_of(const KerasFile& file) {
  return run_contained([&](ContainedOutput& output) { write_bytes(file, output); });
}

}  // namespace

TEST(KerasBytes, GiveTheFileBack) {
  const KerasFile file = keras_file_from_bytes(bytes_of(example()));
  EXPECT_EQ(file.version, "3.9.0");
  EXPECT_EQ(file.model_config, example().model_config);
  EXPECT_TRUE(file.training_config.is_null());
  EXPECT_EQ(file.weights, example().weights);
  EXPECT_EQ(file.optimizer, example().optimizer);
  EXPECT_EQ(file.metadata, example().metadata);
}

// The writer may have been led astray by the file it read.
TEST(KerasBytes, AreCheckedLikeAFile) {
  const ContainedBytes good = bytes_of(example());
  const std::string whole(reinterpret_cast<const char*>(good.bytes.data()), good.bytes.size());
  const auto read = [](const std::string& bytes) {
    return message_of([&] { keras_file_from_bytes({nullptr, std::as_bytes(std::span(bytes))}); });
  };
  EXPECT_EQ(read(whole), "no error");
  for (std::size_t length = 0; length < whole.size(); ++length) EXPECT_NE(read(whole.substr(0, length)), "no error") << length;
  Random random(3);
  for (int i = 0; i < 3000; ++i) {
    std::string damaged = whole;
    damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
    read(damaged);
  }
}

}  // namespace upkeep::formats
