// One line of JSON for each administrative call, allowed or not: who, from where, what, how it ended.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace upkeep::serve {

struct AuditRecord {
  std::string_view caller;  // "" anonymous
  std::string_view address;
  std::string_view request_id;
  std::string_view action;  // the endpoint: "repository-unload"
  std::string_view model;
  int status = 0;  // of HTTP
};

class Audit {
 public:
  // Empty: stderr. The file is opened for each line, so that it can be rotated. Throws Error{kIo} when it cannot be written.
  explicit Audit(std::filesystem::path file, const Clock& clock = system_clock());
  void write(const AuditRecord& record) const;  // any thread; a line that cannot be written to the file goes to stderr

 private:
  bool append(std::string_view line) const;
  std::filesystem::path file_;
  const Clock& clock_;
};

}  // namespace upkeep::serve
