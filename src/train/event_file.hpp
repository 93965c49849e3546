// TensorBoard's event files: scalars by tag and step, as TensorBoard reads them.
//
// A file is a row of records (TFRecord): length (8 bytes), masked CRC-32C of it, an Event message of protobuf, masked CRC-32C of that.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace upkeep {

class EventFile {
 public:
  // Makes `folder` and a file "events.out.tfevents.SECONDS.HOST.PROCESS.N.v2" in it. Throws Error{kIo}.
  explicit EventFile(const std::filesystem::path& folder, const Clock& clock = system_clock());

  // One value for each tag, at this step; on disk when it returns. Throws Error{kIo}.
  void scalars(std::int64_t step, const std::vector<std::pair<std::string, double>>& values);

  const std::filesystem::path& path() const { return path_; }

 private:
  void record(const std::string& event);

  const Clock& clock_;
  std::filesystem::path path_;
  std::ofstream file_;
};

}  // namespace upkeep
