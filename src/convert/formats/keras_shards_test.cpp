#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "convert/convert_testing.hpp"
#include "convert/formats/format.hpp"
#include "convert/formats/shared/hdf5.hpp"

namespace upkeep {
namespace {

using testing::HasSubstr;

class KerasShards : public testing::Test {
 protected:
  void shard(const std::string& name, const std::vector<std::pair<std::string, Tensor>>& variables) const {
    const auto alone = hdf5::exclusive();
    hdf5::Writer writer;
    for (const auto& [path, tensor] : variables) writer.tensor(path, tensor);
    write_file(folder / name, writer.finish());
  }
  void map(const std::string& files) const {
    write_file(folder / "m.weights.json", R"({"metadata": {}, "weight_map": {"/layers/dense/vars": )" + files + "}}");
  }
  std::string refusal() const {
    return message_of([&] { with_weights(model, folder / "m.weights.json"); });
  }

  TemporaryFolder folder;
  Model model = model_of("layers: [{input: {shape: [2]}}, {dense: {units: 1}}, {dense: {units: 1}}]");
  Tensor kernel = Tensor({2, 1}, std::vector<float>{1, 10});
  Tensor one = Tensor({1}, std::vector<float>{1});
};

TEST_F(KerasShards, AreReadAsOneFile) {
  shard("m_00000.weights.h5", {{"layers/dense/vars/0", kernel}, {"layers/dense_1/vars/0", Tensor({1, 1}, std::vector<float>{2})}});
  shard("m_00001.weights.h5", {{"layers/dense/vars/1", one}, {"layers/dense_1/vars/1", one}});
  map(R"(["m_00000.weights.h5", "m_00001.weights.h5"])");
  const Model filled = with_weights(model, folder / "m.weights.json");
  EXPECT_EQ(answer(filled, Tensor({1, 2}, std::vector<float>{3, 4})), Tensor({1, 1}, std::vector<float>{2 * (3 + 40 + 1) + 1}));
}

TEST_F(KerasShards, DoNotLeaveTheFolder) {
  for (const char* name : {"../m.h5", "/etc/passwd", "a/b.h5", "..", ""}) {
    map(Json{name}.dump());
    EXPECT_THAT(refusal(), HasSubstr("is no name of a file beside it")) << name;
  }
  shard("m_00000.weights.h5", {{"layers/dense/vars/0", kernel}});
  std::filesystem::create_symlink(folder / "m_00000.weights.h5", folder / "link.h5");
  map(R"(["link.h5"])");
  EXPECT_THAT(refusal(), HasSubstr("there is no file \"link.h5\" beside it"));
}

TEST_F(KerasShards, SayWhatIsMissingOrDouble) {
  shard("a.h5", {{"layers/dense/vars/0", kernel}});
  map(R"(["a.h5"])");
  EXPECT_THAT(refusal(), HasSubstr("there is no \"layers/dense/vars/1\""));
  shard("b.h5", {{"layers/dense/vars/0", kernel}});
  map(R"(["a.h5", "b.h5"])");
  EXPECT_THAT(refusal(), HasSubstr("\"layers/dense/vars/0\" stands in two files"));
  write_file(folder / "m.weights.json", "{}");
  EXPECT_THAT(refusal(), HasSubstr("it has no \"weight_map\""));
  EXPECT_THAT(message_of([&] { load_model(folder / "m.weights.json"); }), HasSubstr("the file holds weights only"));
}

}  // namespace
}  // namespace upkeep
