#include "runtime/optimized_graph.hpp"

#include "base/files.hpp"
#include "graph/onnx.hpp"
#include "runtime/ort.hpp"

namespace upkeep {

Model optimized_by_runtime(const Model& model) {
  Ort::Env& environment = runtime::environment();
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "optimized.onnx";
  const std::string bytes = model_to_bytes(model);
  runtime::ort_call("the runtime cannot load the model", [&] {
    Ort::SessionOptions options = runtime::session_options({.threads = 1});
    options.SetGraphOptimizationLevel(ORT_ENABLE_EXTENDED);
    options.SetOptimizedModelFilePath(file.c_str());
    const Ort::Session written(environment, bytes.data(), bytes.size(), options);
  });
  return load_onnx(file);
}

}  // namespace upkeep
