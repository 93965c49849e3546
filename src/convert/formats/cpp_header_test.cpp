#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/process.hpp"
#include "convert/compare.hpp"
#include "convert/convert_testing.hpp"
#include "convert/firmware/shared/header.hpp"
#include "convert/firmware/shared/run.hpp"
#include "convert/formats/format.hpp"
#include "convert/random_inputs.hpp"
#include "graph/onnx.hpp"

namespace upkeep {

using testing::HasSubstr;

namespace {

constexpr std::string_view kConvolutions =
    "{name: small net, layers: [{input: {shape: [8, 8, 1]}}, {conv2d: {filters: 4, kernel_size: 3, activation: relu}}, {max_pooling2d: "
    "{}}, "
    "{flatten: {}}, {dense: {units: 10, activation: softmax}}]}";

// Counts what it takes from the heap while predict() runs.
constexpr const char* kCounting = R"(
#include <cstdio>
#include <cstdlib>
#include <new>
#include <model.hpp>
static long taken = 0;
void* operator new(std::size_t size) { ++taken; return std::malloc(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
extern "C" void* __libc_malloc(std::size_t);
extern "C" void* malloc(std::size_t size) { ++taken; return __libc_malloc(size); }
float sum_elsewhere(std::span<const float, small_net::input_count> image);
int main() {
  int* volatile one = new int(1);
  const bool counts = taken > 0;
  delete one;
  static small_net::Model model;
  static std::array<float, small_net::input_count> image{};
  static std::array<float, small_net::dense_count> scores{};
  const long before = taken;
  for (int i = 0; i < 3; ++i) model.predict(image, scores);
  const long after = taken;
  float sum = 0;
  for (const float score : scores) sum += score;
  std::printf("%d %ld %d\n", counts, after - before, sum == sum_elsewhere(image) && sum > 0.999F);
}
)";

constexpr const char* kElsewhere = R"(
#include <model.hpp>
float sum_elsewhere(std::span<const float, small_net::input_count> image);
float sum_elsewhere(std::span<const float, small_net::input_count> image) {
  static small_net::Model model;
  std::array<float, small_net::dense_count> scores{};
  model.predict(image, scores);
  float sum = 0;
  for (const float score : scores) sum += score;
  return sum;
}
)";

}  // namespace

TEST(CppHeaderFormat, AnswersAsTheModelRowByRow) {
  const TemporaryFolder folder;
  const Model model = model_of(kConvolutions);
  save_model(model, folder / "model.hpp");
  const Tensors inputs = random_inputs(model, 5, 3);
  const std::optional<Tensors> answers = formats::catalog().at("cpp-header").run(folder / "model.hpp", model, inputs);
  ASSERT_TRUE(answers.has_value());
  EXPECT_LT(largest_difference(answers->begin()->second, answer(model, inputs.begin()->second)), 1e-6F);
}

TEST(CppHeaderFormat, TakesNothingFromTheHeapAndServesTwoFiles) {
  const TemporaryFolder folder;
  save_model(model_of(kConvolutions), folder / "model.hpp");
  write_file(folder / "main.cpp", kCounting);
  write_file(folder / "other.cpp", kElsewhere);
  const ProcessResult built =
      run_process({firmware::compiler().value(), "-std=c++20", "-O1", "-fno-exceptions", "-fno-rtti", "-Wall", "-Wextra", "-Wpedantic",
                   "-Werror", "-I" + folder.path().string(), (folder / "main.cpp").string(), (folder / "other.cpp").string(), "-o",
                   (folder / "program").string()});
  ASSERT_EQ(built.exit_code, 0) << built.err;
  EXPECT_EQ(run_process({(folder / "program").string()}).out, "1 0 1\n");
}

TEST(CppHeaderFormat, IsTheSameTextForTheSameModel) {
  EXPECT_EQ(firmware::header_of(model_of(kConvolutions)), firmware::header_of(model_of(kConvolutions)));
}

TEST(CppHeaderFormat, IsWrittenOnly) {
  const TemporaryFolder folder;
  save_model(model_of(kConvolutions), folder / "model.hpp");
  EXPECT_THAT(message_of([&] { load_model(folder / "model.hpp"); }),
              AllOf(HasSubstr("not a model in any known format"), HasSubstr(".onnx")));
}

}  // namespace upkeep
