#include "convert/formats/shared/hdf5.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "convert/convert_testing.hpp"

namespace upkeep::hdf5 {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

// Writes with `fill`, and reads the result with `look`.
template <typename Fill, typename Look>
void round_trip(const Fill& fill, const Look& look) {
  const auto alone = exclusive();
  const TemporaryFolder folder;
  {
    Writer writer;
    fill(writer);
    write_file(folder / "file.h5", writer.finish());
  }
  const Reader reader(folder / "file.h5");
  look(reader.root());
}

}  // namespace

TEST(Hdf5, GivesTextsAndTensorsBack) {
  const Tensor numbers({2, 3}, std::vector<float>{1.5f, -2, 3e-40f, 4, 5, 6e30f});
  round_trip(
      [&](Writer& writer) {
        writer.text("", "config", "{\"größe\": 1}");
        writer.group("weights/dense");
        writer.texts("weights/dense", "names", {"kernel", "", "bias"});
        writer.texts("weights", "none", {});
        writer.tensor("weights/dense/a/b/kernel", numbers);
        writer.tensor("iteration", Tensor::scalar(std::int64_t{1} << 40));
        writer.tensor("empty", Tensor({0, 4}, std::vector<float>{}));
      },
      [&](const Group& root) {
        EXPECT_EQ(root.text("config"), "{\"größe\": 1}");
        EXPECT_THAT(root.group("weights/dense").texts("names"), ElementsAre("kernel", "", "bias"));
        EXPECT_THAT(root.group("weights").texts("none"), IsEmpty());
        EXPECT_EQ(root.tensor("weights/dense/a/b/kernel"), numbers);
        EXPECT_EQ(root.tensor("iteration"), Tensor::scalar(std::int64_t{1} << 40));
        EXPECT_EQ(root.tensor("empty").shape(), (Shape{0, 4}));
        EXPECT_TRUE(root.has("weights"));
        EXPECT_FALSE(root.has("weight"));
      });
}

TEST(Hdf5, SplitsListsThatDoNotFitInOneAttribute) {
  std::vector<std::string> names;
  for (int i = 0; i < 10'000; ++i) names.push_back("layer_with_a_rather_long_name_" + std::to_string(i));
  round_trip([&](Writer& writer) { writer.texts("", "layer_names", names); },
             [&](const Group& root) {
               EXPECT_FALSE(root.has_attribute("layer_names"));
               EXPECT_TRUE(root.has_attribute("layer_names2"));
               EXPECT_EQ(root.texts("layer_names"), names);
             });
}

TEST(Hdf5, HoldsTextsOfAnyLength) {
  const std::string config(3'000'000, 'x');
  round_trip([&](Writer& writer) { writer.text("", "config", config); },
             [&](const Group& root) { EXPECT_EQ(root.text("config"), config); });
}

TEST(Hdf5, WritesTheSameBytesForTheSameCalls) {
  const auto alone = exclusive();
  const auto bytes = [] {
    Writer writer;
    writer.text("", "a", "b");
    writer.tensor("c/d", Tensor::full({3}, 1.0f));
    return writer.finish();
  };
  EXPECT_EQ(bytes(), bytes());
}

TEST(Hdf5, ReadsCompressedShuffledBigEndianAndDoubleValues) {
  const auto alone = exclusive();
  const Reader packed(keras_fixture("packed.h5"));
  const Reader plain(keras_fixture("keras3_adam.h5"));
  const Group packed_layers = packed.root().group("model_weights");
  const Group plain_layers = plain.root().group("model_weights");
  EXPECT_EQ(packed_layers.texts("layer_names"), plain_layers.texts("layer_names"));
  for (const std::string& layer : plain_layers.texts("layer_names")) {
    const std::vector<std::string> names = plain_layers.group(layer).texts("weight_names");
    EXPECT_EQ(packed_layers.group(layer).texts("weight_names"), names);  // fixed-length there, one attribute each
    for (const std::string& name : names) EXPECT_EQ(packed_layers.group(layer).tensor(name), plain_layers.group(layer).tensor(name));
  }
}

TEST(Hdf5, SaysWhatIsNotThere) {
  round_trip([](Writer& writer) { writer.tensor("a/b", Tensor::scalar(1.0f)); },
             [](const Group& root) {
               EXPECT_THAT(message_of([&] { root.text("config"); }), HasSubstr("no attribute \"config\""));
               EXPECT_THAT(message_of([&] { root.tensor("a/c"); }), HasSubstr("no \"a/c\""));
               EXPECT_THAT(message_of([&] { root.tensor("a"); }), HasSubstr("no dataset"));
               EXPECT_THAT(message_of([&] { root.group("a/b"); }), HasSubstr("no group"));
               EXPECT_THAT(message_of([&] { root.tensor("a/b/c"); }), HasSubstr("no group"));
               EXPECT_THAT(message_of([&] { root.tensor("a//b"); }), HasSubstr("no name"));
               EXPECT_THAT(message_of([&] { root.tensor(""); }), HasSubstr("no name"));
             });
}

TEST(Hdf5, HoldsReadersToTheirLimits) {
  const auto alone = exclusive();
  const auto refused = [](const Limits& limits, const std::string& fixture = "keras3_adam.h5") {
    return message_of([&] {
      const Reader reader(keras_fixture(fixture), limits);
      const Group root = reader.root();
      root.text("keras_version");
      for (const std::string& layer : root.group("model_weights").texts("layer_names")) {
        const Group group = root.group("model_weights/" + layer);
        for (const std::string& name : group.texts("weight_names")) group.tensor(name);
      }
    });
  };
  EXPECT_EQ(refused({}), "no error");
  EXPECT_THAT(refused({.file_bytes = 1000}), HasSubstr("the limit is 1000"));
  EXPECT_THAT(refused({.dataset_bytes = 40}), HasSubstr("the limit is 40"));
  EXPECT_THAT(refused({.names = 1}), HasSubstr("the limit is 1"));
  EXPECT_THAT(refused({.name_bytes = 4}), HasSubstr("a name takes 5 bytes; the limit is 4"));
  EXPECT_THAT(refused({.chunk_bytes = 40}, "packed.h5"), HasSubstr("a chunk takes 96 bytes"));
  EXPECT_THAT(refused({.attribute_bytes = 40}, "packed.h5"), HasSubstr("the limit is 40"));
}

TEST(Hdf5, HandsOverNoMoreThanTheFileHolds) {
  const std::string large(100'000, 'x');
  round_trip(
      [&](Writer& writer) {
        writer.tensor("values", Tensor::full({25'000}, 1.0f));
        writer.text("", "text", large);
      },
      [&](const Group& root) {  // 200 kB of the 400 kB that it may hand over
        root.tensor("values");
        EXPECT_EQ(root.text("text"), large);
        const auto again = [&] {
          for (int i = 0; i < 3; ++i) root.text("text");
        };
        EXPECT_THAT(message_of(again), testing::AllOf(HasSubstr("attribute \"text\""), HasSubstr("would be read from a file of")));
        EXPECT_THAT(message_of([&] { root.tensor("values"); }), HasSubstr("dataset \"values\": with it"));
        root.names();  // what is small still comes
      });
}

TEST(Hdf5, RefusesWhatIsNoHdf5File) {
  const auto alone = exclusive();
  const TemporaryFolder folder;
  write_file(folder / "text.h5", "hello");
  EXPECT_THAT(message_of([&] { Reader(folder / "text.h5"); }), HasSubstr("HDF5"));
  EXPECT_THAT(message_of([&] { Reader(folder / "absent.h5"); }), testing::Not("no error"));
}

}  // namespace upkeep::hdf5
