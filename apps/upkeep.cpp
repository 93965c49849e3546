#include <clocale>

#include "cli/commands/command.hpp"

int main(int argc, char** argv) {
  std::setlocale(LC_ALL, "C.UTF-8");
  return upkeep::run_command_line({argv, argv + argc});
}
