#include <clocale>
#include <cstdio>
#include <cstdlib>

#include "cli/commands/command.hpp"

int main(int argc, char** argv) {
  std::setlocale(LC_ALL, "C.UTF-8");
  const int code = upkeep::run_command_line({argv, argv + argc});
#ifndef UPKEEP_LEAVE_IN_ORDER  // sanitizers look for leaks at the end
  // All that has an end of its own has had it; taking down the tables of sixty libraries would only take time.
  std::fflush(nullptr);
  std::_Exit(code);
#endif
  return code;
}
