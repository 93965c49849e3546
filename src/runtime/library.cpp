// Where ONNX Runtime's library is looked for, and how it is loaded: on the first session, once per process.
#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "base/names.hpp"
#include "runtime/ort.hpp"

namespace upkeep::runtime {
namespace {

constexpr const char* kSoname = "libonnxruntime.so.1";

std::vector<std::string> candidates() {
  if (const char* chosen = std::getenv("UPKEEP_ONNXRUNTIME"); chosen && *chosen) return {chosen};
  std::vector<std::string> paths{UPKEEP_ONNXRUNTIME_LIBRARY};
  std::error_code problem;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", problem);
  if (!problem) paths.push_back((program.parent_path().parent_path() / "lib" / kSoname).string());
  paths.emplace_back(kSoname);  // as the system's loader finds it
  return paths;
}

const OrtApiBase* load() {
  std::vector<std::string> tried;
  for (const std::string& path : candidates()) {
    void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) {
      tried.emplace_back(::dlerror());
      continue;
    }
    using GetBase = const OrtApiBase* (*)();
    const auto get_base = reinterpret_cast<GetBase>(::dlsym(library, "OrtGetApiBase"));
    const OrtApiBase* base = get_base ? get_base() : nullptr;
    if (base && base->GetApi(ORT_API_VERSION)) return base;
    tried.push_back(path + (base ? std::string(": version ") + base->GetVersionString() + " is too old" : ": is not ONNX Runtime"));
  }
  throw Error(ErrorCode::kNotFound, "ONNX Runtime's library cannot be loaded (" + join(tried, "; ") + ")",
              "scripts/bootstrap installs it; UPKEEP_ONNXRUNTIME names another copy");
}

}  // namespace

const OrtApiBase& library() {
  static const OrtApiBase* const base = [] {
    const OrtApiBase* loaded = load();
    Ort::InitApi(loaded->GetApi(ORT_API_VERSION));
    return loaded;
  }();
  return *base;
}

}  // namespace upkeep::runtime
