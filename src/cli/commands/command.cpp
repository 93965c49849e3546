#include "cli/commands/command.hpp"

#include <cstdio>

namespace upkeep::commands {

static void print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fputc('\n', stdout) == EOF || std::fflush(stdout) != 0)
    throw Error(ErrorCode::kIo, "cannot write to stdout");
}

void Output::text(std::string_view line) {
  if (!json_) print(line);
}

void Output::result(const Json& document) {
  if (json_) print(document.dump(2, ' ', false, Json::error_handler_t::replace));
}

}  // namespace upkeep::commands
