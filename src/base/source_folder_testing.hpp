#pragma once

// Where the checkout lies that the tests were built from: for their fixtures. Its definition is written by cmake/floor.cmake.

#include <filesystem>

namespace upkeep {

std::filesystem::path source_folder();

}  // namespace upkeep
