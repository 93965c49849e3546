#include "convert/firmware/compiled_test.hpp"

namespace upkeep::firmware {

namespace {

const CompiledGraphs kEinsum("FirmwareEinsum",
                             {R"((float[2,3] a, float[3,4] b) => (float y) { y = Einsum<equation = "ij,jk->ik">(a, b) })",
                              R"((float[2,3,4] a, float[2,4,5] b) => (float y) { y = Einsum<equation = "bij, bjk -> bki">(a, b) })",
                              R"((float[2,3,4] a, float[4,2,5] b) => (float y) { y = Einsum<equation = "abc,cde->abde">(a, b) })",
                              R"((float[3,3] a) => (float y) { y = Einsum<equation = "ii->i">(a) })",
                              R"((float[3,2] a, float[2,4] b) => (float y) { y = Einsum<equation = "ij,jk">(a, b) })",
                              R"((float[2,3] a) => (float y) { y = Einsum<equation = "ij->">(a) })"});

}  // namespace

TEST(FirmwareEinsum, AnswersAsOnnxRuntime) { kEinsum.expect_equal_answers(); }

TEST(FirmwareEinsum, RefusesDots) {
  const std::string graph = R"((float[2,3] a, float[3,4] b) => (float y) { y = Einsum<equation = "...j,jk->...k">(a, b) })";
  EXPECT_THAT(message_of([&] { header_of(model_in_short(graph)); }), testing::HasSubstr("..."));
}

}  // namespace upkeep::firmware
