#include "serve/access/audit.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "base/format.hpp"
#include "base/json.hpp"
#include "base/utf8.hpp"
#include "serve/protocol/json_text.hpp"
#include "upkeep/error.hpp"

namespace upkeep::serve {

Audit::Audit(std::filesystem::path file, const Clock& clock) : file_(std::move(file)), clock_(clock) {
  if (!append({}))
    throw Error(ErrorCode::kIo, upkeep::format("{}: the audit log cannot be written", file_.string()),
                "--audit-log names a file in a folder that exists");
}

bool Audit::append(std::string_view line) const {
  const int descriptor = file_.empty() ? ::dup(STDERR_FILENO) : ::open(file_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return false;
  const bool whole = ::write(descriptor, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  return ::close(descriptor) == 0 && whole;
}

void Audit::write(const AuditRecord& record) const {
  const auto text = [](std::string_view value) { return valid_utf8(value) ? std::string(value) : printable(value); };
  const Json json{{"time", to_iso8601(clock_.now())}, {"event", "audit"},
                  {"caller", text(record.caller)},    {"address", text(record.address)},
                  {"action", text(record.action)},    {"model", text(record.model)},
                  {"status", record.status},          {"request_id", text(record.request_id)}};
  const std::string line = json.dump() + "\n";
  if (append(line)) return;
  [[maybe_unused]] const ssize_t lost = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace upkeep::serve
