#include "base/progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>

#include "base/clock.hpp"
#include "base/format.hpp"
#include "base/json.hpp"
#include "base/note_format.hpp"

namespace upkeep {

namespace {

std::atomic<bool> quiet{false};

int columns() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string duration(double seconds) {
  if (seconds < 60) return upkeep::format("{:.0f}s", seconds);
  const auto whole = static_cast<std::int64_t>(seconds);
  if (whole < 3600) return upkeep::format("{}m{:02}s", whole / 60, whole % 60);
  return upkeep::format("{}h{:02}m", whole / 3600, whole / 60 % 60);
}

std::string bar(double share, int width) {
  const int filled = static_cast<int>(share * width + 0.5);
  std::string text;
  for (int i = 0; i < width; ++i) text += i < filled ? "━" : "─";
  return text;
}

}  // namespace

struct Progress::State {
  std::string label;
  std::int64_t total;
  bool shown;
  Stopwatch watch;
  double next = 0.1;  // seconds; nothing is drawn for work that ends sooner
  bool drawn = false;

  void draw(std::int64_t done, std::string_view figures, double now) {
    const double share = total > 0 ? static_cast<double>(done) / static_cast<double>(total) : 0;
    const double left = share > 0 ? now / share - now : 0;
    std::string line = upkeep::format("{} {}/{}", label, done, total);
    std::string end = upkeep::format("  {} left", duration(left));
    if (!figures.empty()) end = upkeep::format("  {}{}", figures, end);
    const int room = columns() - static_cast<int>(line.size() + end.size()) - 3;
    if (room >= 8) line += " " + bar(share, std::min(room, 30));
    std::fprintf(stderr, "\r\033[K%s%s", line.c_str(), end.c_str());
    std::fflush(stderr);
    drawn = true;
    next = now + 0.1;
  }

  void clear() {
    if (!drawn) return;
    std::fputs("\r\033[K", stderr);
    std::fflush(stderr);
    drawn = false;
  }
};

Progress::Progress(std::string label, std::int64_t total)
    : state_(new State{.label = std::move(label), .total = total, .shown = stderr_is_terminal() && !quiet, .watch = {}}) {}

Progress::~Progress() { state_->clear(); }

void Progress::update(std::int64_t done, std::string_view figures) {
  if (!state_->shown) return;
  const double now = state_->watch.seconds();
  if (now >= state_->next) state_->draw(done, figures, now);
}

void Progress::finish(std::string_view line) {
  state_->clear();
  if (state_->shown) std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
}

static std::atomic<NoteFormat> note_format = NoteFormat::kText;

void set_note_format(NoteFormat format) { note_format = format; }

void note(std::string_view text) {
  if (quiet) return;
  if (note_format == NoteFormat::kText) {
    std::fprintf(stderr, "upkeep: %.*s\n", static_cast<int>(text.size()), text.data());
    return;
  }
  const Json line{{"time", to_iso8601(system_clock().now())}, {"event", "note"}, {"message", text}};
  std::fprintf(stderr, "%s\n", line.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
}

void set_quiet(bool value) { quiet = value; }

bool stderr_is_terminal() { return ::isatty(STDERR_FILENO) == 1; }

}  // namespace upkeep
