#include "runtime/ort_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_testing.hpp"
#include "base/files.hpp"
#include "graph/onnx.hpp"
#include "runtime/session.hpp"

namespace upkeep {

TEST(OrtFile, RunsAsTheModelDoes) {
  const Model model = model_from_text(R"(<ir_version: 10, opset_import: ["" : 21]>
    g (float[n,2] x) => (float[n,2] y) <float[2,2] w = {1, 2, 3, 4}> { p = MatMul (x, w) y = Relu (p) })");
  const Tensors inputs = {{"x", Tensor({2, 2}, std::vector<float>{1, -1, 0.5f, 2})}};
  for (const OrtOptimization level : {OrtOptimization::kNone, OrtOptimization::kBasic, OrtOptimization::kExtended, OrtOptimization::kAll}) {
    const TemporaryFolder folder;
    write_ort_file(model, folder / "m.ort", level);
    EXPECT_EQ(read_file(folder / "m.ort").substr(4, 4), "ORTM");
    const Session session = Session::from_ort_file(folder / "m.ort");
    EXPECT_EQ(session.inputs().at(0).name, "x");
    EXPECT_EQ(to_string(session.inputs().at(0).dims), "[n, 2]");
    EXPECT_EQ(session.run(inputs).at("y"), Session(model).run(inputs).at("y"));
  }
}

TEST(OrtFile, SaysWhatIsNoSuchFile) {
  const TemporaryFolder folder;
  write_file(folder / "m.ort", "0000ORTM and nothing that makes sense after it");
  EXPECT_THAT(message_of([&] { Session::from_ort_file(folder / "m.ort"); }), testing::HasSubstr("cannot load"));
  EXPECT_THROW(Session::from_ort_file(folder / "none.ort"), Error);
}

}  // namespace upkeep
