// kill -9 at random moments of publishing and promoting. What was acknowledged is there and whole; nothing else is left.
// (The page cache survives a kill, so this proves the order of steps, not the fsyncs.)

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <thread>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/random.hpp"
#include "graph/onnx.hpp"
#include "registry/registry.hpp"
#include "registry/test_models.hpp"

namespace upkeep {
namespace {

namespace fs = std::filesystem;

struct Acknowledged {
  std::map<std::int64_t, std::int64_t> published;  // version -> bias of the model
  std::int64_t promoted = 0;
};

void say(int out, const std::string& line) {
  if (::write(out, line.data(), line.size()) != static_cast<ssize_t>(line.size())) ::_exit(2);
}

// Publishes and promotes until it is killed; each success is one line.
[[noreturn]] void write_for_ever(const fs::path& folder, std::int64_t first_bias, int out) {
  try {
    Registry registry(folder);
    for (std::int64_t bias = first_bias;; ++bias) {
      const ModelVersion made = registry.publish("m", shift_model(static_cast<float>(bias)));
      say(out, upkeep::format("published {} {}\n", made.version, bias));
      registry.promote("m", made.version, "production", {.actor = "child"});
      say(out, upkeep::format("promoted {}\n", made.version));
    }
  } catch (const std::exception& error) {
    say(out, upkeep::format("error {}\n", error.what()));
  }
  ::_exit(1);
}

std::string read_all(int in) {
  std::string text;
  char buffer[4096];
  for (ssize_t count = 0; (count = ::read(in, buffer, sizeof(buffer))) > 0;) text.append(buffer, static_cast<std::size_t>(count));
  return text;
}

void take_over(const std::string& text, Acknowledged& known) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line) && !lines.eof();) {  // the last line counts only with its end
    std::istringstream words(line);
    std::string what;
    std::int64_t version = 0, bias = 0;
    words >> what >> version >> bias;
    ASSERT_NE(what, "error") << line;
    if (what == "published") known.published[version] = bias;
    else known.promoted = version;
  }
}

std::vector<std::string> strangers(const fs::path& folder) {
  std::vector<std::string> found;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const bool blob = entry.is_regular_file() && name.size() == 64;
    if (!entry.is_directory() && !blob && name != "registry.sqlite3" && name != "lock") found.push_back(entry.path().string());
  }
  return found;
}

void expect_whole(const fs::path& folder, const Acknowledged& known) {
  Registry registry(folder);
  EXPECT_THAT(registry.verify(), testing::IsEmpty());
  EXPECT_THAT(strangers(folder), testing::IsEmpty());
  if (known.published.empty()) return;
  const auto newest = known.published.rbegin();
  EXPECT_EQ(model_to_bytes(registry.load(registry.version("m", newest->first))),
            model_to_bytes(shift_model(static_cast<float>(newest->second))));
  EXPECT_GE(registry.versions("m").size(), known.published.size());
  EXPECT_GE(registry.alias("m", "production").value_or(0), known.promoted);
}

// One child, killed after `life`.
void kill_a_writer(const fs::path& folder, std::chrono::microseconds life, Acknowledged& known) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const std::int64_t bias = known.published.empty() ? 1 : known.published.rbegin()->second + 2;  // one may be there without its line
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) write_for_ever(folder, bias, ends[1]);
  ::close(ends[1]);
  std::this_thread::sleep_for(life);
  ::kill(child, SIGKILL);
  const std::string text = read_all(ends[0]);
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  take_over(text, known);
}

// How long one publishing and promoting takes here: kills are spread over a few of them.
std::uint64_t cycle_us() {
  const TemporaryFolder folder;
  Registry registry(folder.path());
  const Stopwatch watch;
  for (int i = 0; i < 3; ++i) registry.promote("m", registry.publish("m", shift_model(static_cast<float>(i))).version, "production");
  return static_cast<std::uint64_t>(watch.seconds() / 3 * 1e6) + 1;
}

TEST(RegistryKill, LeavesEveryAcknowledgedVersionWholeAndNothingElse) {
  const TemporaryFolder folder;
  const std::uint64_t seed = random_seed(), longest = 6 * cycle_us();
  SCOPED_TRACE(upkeep::format("seed {}", seed));
  Random random(seed, stream_id("kill"));
  Acknowledged known;
  // A busy machine may kill early many times in a row: at least 50 kills, and more until enough was published.
  for (int kill = 0; kill < 1000 && (kill < 50 || known.published.size() <= 20); ++kill) {
    SCOPED_TRACE(upkeep::format("kill {}", kill));
    ASSERT_NO_FATAL_FAILURE(kill_a_writer(folder / "registry", std::chrono::microseconds(random.below(longest)), known));
    expect_whole(folder / "registry", known);
    if (HasFailure()) return;
  }
  EXPECT_GT(known.published.size(), 20U);
}

}  // namespace
}  // namespace upkeep
