#include "serve/engine/candidate.hpp"

#include <csignal>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/process.hpp"
#include "upkeep/error.hpp"

namespace upkeep::serve {

namespace {

constexpr int kSignalled = 128;  // what an exit code begins at where a signal ended the process

// The last line that it wrote: the reason, after what it noted on the way.
std::string said(const std::string& err) {
  std::string reason;
  for (const std::string& line : split(err, '\n'))
    if (!line.empty()) reason = line;
  const std::string_view ours = "upkeep: ";
  return reason.starts_with(ours) ? reason.substr(ours.size()) : reason;
}

}  // namespace

void check_candidate(const CandidateCheck& check, const std::filesystem::path& file) {
  if (check.command.empty()) return;
  std::vector<std::string> words = check.command;
  const auto memory_mb = check.memory_mb + static_cast<std::int64_t>(std::filesystem::file_size(file) >> 20U) * 4;
  words.insert(words.end(), {"--memory-mb", std::to_string(memory_mb), file.string()});
  const ProcessResult ended = run_process(words, {}, check.time);
  if (ended.timed_out || ended.exit_code == kSignalled + SIGKILL)
    throw Error(ErrorCode::kResourceExhausted,
                ended.timed_out ? upkeep::format("loading it and running it once took longer than {} s", check.time.count() / 1000.0)
                                : "it was killed while it was tried: memory ran out");
  if (ended.exit_code > kSignalled)
    throw Error(ErrorCode::kFailedPrecondition,
                upkeep::format("loading it and running it once crashes (signal {})", ended.exit_code - kSignalled));
  if (ended.exit_code != 0) throw Error(ErrorCode::kFailedPrecondition, said(ended.err));
}

}  // namespace upkeep::serve
