// For tests of commands: one command line, run in this process, with what it printed.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/json.hpp"
#include "base/names.hpp"
#include "cli/commands/command.hpp"

namespace upkeep {

struct Ran {
  int code = 0;
  std::string out;
  std::string err;
  Json json() const { return parse_json(out); }
};

inline Ran run(const std::string& command_line) {
  std::vector<std::string> words{"upkeep"};
  for (std::string& word : split(command_line, ' '))
    if (!word.empty()) words.push_back(std::move(word));
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Ran ran;
  ran.code = run_command_line(words);
  ran.out = testing::internal::GetCapturedStdout();
  ran.err = testing::internal::GetCapturedStderr();
  return ran;
}

// A folder with what commands need: line.csv (y = 2 a - b + 1 on a grid of 40 rows, and a column "note" of text) and net.yaml (Dense(1)).
class CommandTest : public testing::Test {
 protected:
  CommandTest() {
    std::string csv = "a,b,note,y\n";
    for (int i = 0; i < 40; ++i) csv += upkeep::format("{},{},n{},{}\n", i % 8, i / 8, i, 2 * (i % 8) - i / 8 + 1);
    write_file(folder / "line.csv", csv);
    write_file(folder / "net.yaml", "name: line\nlayers:\n  - input: {shape: [2]}\n  - dense: {units: 1, name: out}\n");
  }

  std::string file(const std::string& name) const { return (folder / name).string(); }
  // Replaces every DIR by the folder.
  Ran run_here(std::string command_line) const {
    for (auto at = command_line.find("DIR"); at != std::string::npos; at = command_line.find("DIR", at))
      command_line.replace(at, 3, folder.path().string());
    return run(command_line);
  }
  void train_model(const std::string& name = "model.onnx") const {
    const Ran ran = run_here(
        "train DIR/net.yaml --data DIR/line.csv --target y --loss mse --metrics mae --optimizer sgd:learning_rate=0.01 --epochs 20 --seed "
        "1 --output DIR/" +
        name);
    ASSERT_EQ(ran.code, 0) << ran.err;
  }

  const TemporaryFolder folder;
};

}  // namespace upkeep
