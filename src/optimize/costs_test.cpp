#include "optimize/costs.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include "graph/onnx.hpp"
#include "optimize/optimize_testing.hpp"
#include "train/training_record.hpp"

namespace upkeep {
namespace {

TEST(FileBytes, AreThoseOfTheFileAndOfWhatZlibMakesOfIt) {
  const Model model = three_layers();
  const std::string file = model_to_bytes(model);
  uLongf size = compressBound(file.size());
  std::vector<Bytef> packed(size);
  ASSERT_EQ(compress2(packed.data(), &size, reinterpret_cast<const Bytef*>(file.data()), file.size(), 6), Z_OK);
  const FileBytes bytes = file_bytes(model);
  EXPECT_EQ(bytes.plain, static_cast<std::int64_t>(file.size()));
  EXPECT_EQ(bytes.zipped, static_cast<std::int64_t>(size));
}

TEST(FileBytes, LeaveOutWhatOnlyTrainingReads) {
  Model model = three_layers();
  const FileBytes bytes = file_bytes(model);
  model.training_tensors.emplace_back("momentum/dense/kernel", Tensor::full<float>({4, 5}, 1));
  EXPECT_EQ(file_bytes(model).plain, bytes.plain);
  set_training_record(model, {.history = {.epochs = {{{"loss", 0.5}}}}});
  EXPECT_EQ(file_bytes(model).plain, bytes.plain);
}

TEST(Latency, IsOfBothModelsByTurns) {
  const Model model = three_layers();
  const Tensors inputs = {{model.graph.inputs[0].name, Tensor::full<float>({3, 4}, 1)}};
  const LatencyChange change = measure_latency(model, model, inputs, {.rows = 5, .threads = 1, .least_runs = 8, .most_runs = 8});
  EXPECT_EQ(change.rows, 5) << "rows are repeated where there are fewer";
  EXPECT_EQ(change.threads, 1);
  EXPECT_EQ(change.runs, 8);
  for (const Quartiles& times : {change.before_ms, change.after_ms}) {
    EXPECT_GT(times.lower, 0);
    EXPECT_LE(times.lower, times.median);
    EXPECT_LE(times.median, times.upper);
  }
  EXPECT_DOUBLE_EQ(change.change, change.after_ms.median / change.before_ms.median - 1);
  EXPECT_LE(change.low, change.high);
}

TEST(Latency, GoesByTheBatchThatAModelWasMadeFor) {
  Model fixed = three_layers();
  (*fixed.graph.inputs[0].type.shape)[0] = 2;
  const Tensors inputs = {{fixed.graph.inputs[0].name, Tensor::full<float>({3, 4}, 1)}};
  EXPECT_EQ(measure_latency(fixed, fixed, inputs, {.threads = 1, .least_runs = 1, .most_runs = 1}).rows, 2);
}

}  // namespace
}  // namespace upkeep
