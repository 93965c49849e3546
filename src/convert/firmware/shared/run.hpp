// The answers of headers: a small program around them, made by the system's C++ compiler.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "convert/firmware/shared/header.hpp"

namespace upkeep::firmware {

// $CXX, c++, g++ or clang++, the first that there is.
std::optional<std::string> compiler();

struct WrittenHeader {
  std::filesystem::path file;
  Interface interface;
  Tensors inputs;  // any number of rows
};

// What each header answers to its inputs, row by row. Throws Error{kFailedPrecondition} with the compiler's messages.
std::vector<Tensors> run_headers(const std::vector<WrittenHeader>& headers, const std::string& compiler,
                                 const std::vector<std::string>& flags = {"-O1"});

}  // namespace upkeep::firmware
