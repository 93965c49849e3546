#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "base/process.hpp"
#include "cli/command_testing.hpp"

namespace upkeep {

using namespace std::chrono_literals;
using testing::HasSubstr;
using ServeCommand = CommandTest;

// The server itself runs in a process of its own: this program again, with only this test.
TEST(ServeChild, DISABLED_RunsTheCommandLineInTheEnvironment) {
  std::vector<std::string> words{"upkeep"};
  for (const std::string& word : split(std::getenv("UPKEEP_TEST_COMMAND"), ' ')) words.push_back(word);
  std::_Exit(run_command_line(words));
}

static ChildProcess serving(const std::string& command_line) {
  return ChildProcess({std::filesystem::read_symlink("/proc/self/exe").string(), "--gtest_also_run_disabled_tests", "--gtest_brief=1",
                       "--gtest_filter=ServeChild.*"},
                      {{"UPKEEP_TEST_COMMAND", command_line}});
}

// The next line of the child that is an address; the test framework prints some before it.
static std::uint16_t port_of(ChildProcess& child) {
  while (true) {
    const std::string line = child.read_line(30s);
    if (line.starts_with("http://")) return static_cast<std::uint16_t>(std::stoi(line.substr(line.rfind(':') + 1)));
  }
}

static std::string get(std::uint16_t port, const std::string& path) {
  const int client = socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  if (connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) return "no connection";
  const std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  if (write(client, request.data(), request.size()) < 0) return "no request";
  std::string response(1 << 16, '\0');
  std::size_t filled = 0;
  for (ssize_t count = 1; count > 0; filled += static_cast<std::size_t>(count)) {
    count = read(client, response.data() + filled, response.size() - filled);
    if (count < 0) break;
  }
  close(client);
  return response.substr(0, filled);
}

TEST_F(ServeCommand, AnswersUntilItIsToldToStop) {
  train_model();
  ASSERT_EQ(run_here("registry publish DIR/model.onnx --name line --alias production --registry DIR/reg").code, 0);
  ChildProcess child = serving("serve --registry " + file("reg") + " --http-port 0 --no-check");  // which would run this program
  const std::uint16_t port = port_of(child);
  EXPECT_THAT(get(port, "/v2/health/ready"), HasSubstr("200 OK"));
  EXPECT_THAT(get(port, "/v2/models/line"), HasSubstr("\"line\""));
  child.signal(SIGTERM);
  EXPECT_EQ(child.wait(30s), 0);
}

TEST_F(ServeCommand, NeedsARegistry) {
  const Ran ran = run_here("serve --registry DIR/none --http-port 0");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("none"));
}

}  // namespace upkeep
