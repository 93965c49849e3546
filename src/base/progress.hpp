// A progress bar on stderr, on a terminal only: label, bar, figures, time left. Elsewhere it prints nothing; results belong to stdout.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace upkeep {

class Progress {
 public:
  // `total` steps. Redraws at most ten times a second, so update() may be called in hot loops (a clock read each).
  Progress(std::string label, std::int64_t total);
  ~Progress();                                                    // clears the line
  void update(std::int64_t done, std::string_view figures = {});  // figures: "loss 0.31  val_loss 0.40"
  void finish(std::string_view line);                             // replaces the bar by one full line

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A note for people, to stderr: "upkeep: ...". --quiet turns notes and bars off.
void note(std::string_view text);
void set_quiet(bool quiet);
bool stderr_is_terminal();

}  // namespace upkeep
