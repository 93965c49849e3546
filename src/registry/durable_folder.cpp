#include "registry/durable_folder.hpp"

#include "base/files.hpp"
#include "base/format.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

namespace fs = std::filesystem;

void make_durable_folder(const fs::path& folder) {
  std::error_code problem;
  if (fs::is_directory(folder, problem)) return;
  const fs::path parent = folder.parent_path();
  if (!parent.empty() && parent != folder) make_durable_folder(parent);
  fs::create_directory(folder, problem);
  if (!problem && !fs::is_directory(folder, problem)) problem = std::make_error_code(std::errc::not_a_directory);
  if (problem) throw Error(ErrorCode::kIo, upkeep::format("cannot make folder \"{}\": {}", folder.string(), problem.message()));
  fsync_folder(parent.empty() ? fs::path(".") : parent);
}

}  // namespace upkeep
