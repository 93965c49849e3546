#pragma once

#include <filesystem>

namespace upkeep {

// Makes the folders that are missing, each made durable by syncing the one that holds it. Throws Error{kIo}.
void make_durable_folder(const std::filesystem::path& folder);

}  // namespace upkeep
