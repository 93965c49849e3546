#include "runtime/ort_file.hpp"

#include "graph/onnx.hpp"
#include "runtime/ort.hpp"

namespace upkeep {

static GraphOptimizationLevel level_of(OrtOptimization level) {
  switch (level) {
    case OrtOptimization::kNone: return ORT_DISABLE_ALL;
    case OrtOptimization::kBasic: return ORT_ENABLE_BASIC;
    case OrtOptimization::kExtended: return ORT_ENABLE_EXTENDED;
    case OrtOptimization::kAll: break;
  }
  return ORT_ENABLE_ALL;
}

void write_ort_file(const Model& model, const std::filesystem::path& file, OrtOptimization level) {
  Ort::Env& environment = runtime::environment();
  const std::string bytes = model_to_bytes(model);
  runtime::ort_call("the runtime cannot write the model", [&] {
    Ort::SessionOptions options;
    options.SetIntraOpNumThreads(1);
    options.SetGraphOptimizationLevel(level_of(level));
    options.SetOptimizedModelFilePath(file.c_str());
    options.AddConfigEntry("session.save_model_format", "ORT");
    options.SetLogSeverityLevel(ORT_LOGGING_LEVEL_FATAL);
    const Ort::Session written(environment, bytes.data(), bytes.size(), options);
  });
}

}  // namespace upkeep
