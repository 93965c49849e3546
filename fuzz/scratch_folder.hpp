// A folder said in JSON, {"config.json": "its text", "model.weights.h5": "what is in it (h5_content.hpp)", "assets/a": "..."}, for readers that
// take a path: emptied and filled anew for each input.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "base/files.hpp"
#include "base/json.hpp"
#include "h5_content.hpp"

namespace upkeep {

class ScratchFolder {
 public:
  // Throws Error where it is no JSON.
  std::filesystem::path hold(std::string_view json) const {
    const Json files = parse_json(json);
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) std::filesystem::remove_all(entry.path());
    for (const auto& [name, text] : files.items())
      if (text.is_string()) put(name, text.get<std::string>());
    return folder_.path();
  }

 private:
  // Names that lead out of the folder, or cannot be written beside the others, are left out.
  void put(const std::string& name, const std::string& text) const {
    const std::filesystem::path file = folder_.path() / name;
    if (name.contains("..") || name.contains('\0') || name.starts_with('/')) return;
    std::error_code error;
    std::filesystem::create_directories(file.parent_path(), error);
    std::ofstream(file, std::ios::binary) << (name.ends_with(".h5") ? h5_file_of(text) : text);
  }

  TemporaryFolder folder_;
};

}  // namespace upkeep
