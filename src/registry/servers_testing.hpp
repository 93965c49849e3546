// A PostgreSQL server and an S3 server (moto) of a test's own: on a socket in a temporary folder and on a free port of 127.0.0.1, started
// when they are first asked for, ended with the test program. Where this machine lacks one, its address is empty and the test is left out.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <soci/soci.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "base/files.hpp"
#include "base/format.hpp"

namespace upkeep::testing_servers {

namespace fs = std::filesystem;

// A child that goes with this process; PostgreSQL refuses to run as root.
inline pid_t start(const std::vector<std::string>& command, const fs::path& log, bool as_nobody) {
  std::vector<std::string> words{"setpriv", "--pdeathsig", "QUIT"};
  if (as_nobody && ::geteuid() == 0) words.insert(words.end(), {"--reuid=nobody", "--regid=nogroup", "--clear-groups"});
  words.insert(words.end(), command.begin(), command.end());
  const pid_t child = ::fork();
  if (child != 0) return child;
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  ::dup2(out, 1);
  ::dup2(out, 2);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

inline bool run(const std::vector<std::string>& command, const fs::path& log, bool as_nobody) {
  int status = 0;
  return ::waitpid(start(command, log, as_nobody), &status, 0) > 0 && status == 0;
}

template <typename Ready>
bool wait_for(Ready ready) {
  for (int look = 0; look < 600; ++look) {
    if (ready()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return false;
}

class Postgresql {
 public:
  static Postgresql& server() {
    static Postgresql one;
    return one;
  }

  ~Postgresql() { end(SIGQUIT); }

  bool is_there() const { return !binaries_.empty(); }
  std::string uri(const std::string& database) const {
    return upkeep::format("postgresql:///{}?host={}&user=upkeep", database, folder_.path().string());
  }

  // The URI of a new database.
  std::string new_database() {
    const std::string name = upkeep::format("test_{}", ++made_);
    execute("postgres", "CREATE DATABASE " + name);
    return uri(name);
  }

  void execute(const std::string& database, const std::string& statement) {
    soci::session sql("postgresql", uri(database));
    sql << statement;
  }

  std::string value(const std::string& uri, const std::string& query) {
    soci::session sql("postgresql", uri);
    std::string text;
    sql << query, soci::into(text);
    return text;
  }

  void kill() { end(SIGKILL); }
  void begin() {
    fs::remove(folder_ / "data/postmaster.pid");
    process_ = start({binaries_ / "postgres", "-D", folder_ / "data", "-k", folder_.path(), "-c", "listen_addresses=", "-c", "fsync=off"},
                     folder_ / "log", true);
    wait_for([&] {
      try {
        soci::session sql("postgresql", uri("postgres"));
        return true;
      } catch (const soci::soci_error&) {
        return false;
      }
    });
  }

 private:
  Postgresql() {
    std::error_code none;
    for (const fs::directory_entry& version : fs::directory_iterator("/usr/lib/postgresql", none))
      if (fs::exists(version.path() / "bin/postgres") && version.path() / "bin" > binaries_) binaries_ = version.path() / "bin";
    if (binaries_.empty()) return;
    if (const passwd* nobody = ::getpwnam("nobody"); ::geteuid() == 0 && nobody) {
      if (::chown(folder_.path().c_str(), nobody->pw_uid, nobody->pw_gid) != 0) binaries_.clear();
    }
    if (!run({binaries_ / "initdb", "-D", folder_ / "data", "-U", "upkeep", "--auth=trust", "-N", "-E", "UTF8", "--locale=C"},
             folder_ / "log", true))
      binaries_.clear();
    else begin();
  }

  void end(int signal) {
    if (process_ <= 0) return;
    ::kill(process_, signal);
    ::waitpid(process_, nullptr, 0);
    process_ = 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(signal == SIGKILL ? 300 : 0));  // its children notice
  }

  TemporaryFolder folder_;
  fs::path binaries_;
  pid_t process_ = 0;
  int made_ = 0;
};

class ObjectStore {
 public:
  static ObjectStore& server() {
    static ObjectStore one;
    return one;
  }

  ~ObjectStore() {
    if (process_ > 0) ::kill(process_, SIGKILL), ::waitpid(process_, nullptr, 0);
  }

  bool is_there() const { return port_ != 0; }
  std::string new_prefix() { return upkeep::format("test-{}", ++made_); }
  std::string uri(const std::string& prefix) const {
    return upkeep::format("s3://upkeep/{}?endpoint_override=127.0.0.1:{}&scheme=http&region=us-east-1", prefix, port_);
  }

  // Without a signature, which moto does not ask for.
  bool ask(const std::string& method, const std::string& path, const std::string& body = {}) const {
    const int socket = connected();
    if (socket < 0) return false;
    const std::string request = upkeep::format("{} {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                                               method, path, port_, body.size()) +
                                body;
    std::string answer;
    if (::write(socket, request.data(), request.size()) == static_cast<ssize_t>(request.size())) {
      char buffer[4096];
      for (ssize_t count = 0; (count = ::read(socket, buffer, sizeof buffer)) > 0;) answer.append(buffer, static_cast<std::size_t>(count));
    }
    ::close(socket);
    return answer.starts_with("HTTP/1.1 2") || answer.starts_with("HTTP/1.0 2");
  }

 private:
  ObjectStore() {
    const char* chosen = std::getenv("UPKEEP_TEST_PYTHON");
    const std::string python = chosen ? chosen : UPKEEP_TEST_PYTHON;
    if (!run({python, "-c", "import moto.server"}, folder_ / "log", false)) return;
    for (const auto& [name, value] :
         {std::pair("AWS_ACCESS_KEY_ID", "test"), {"AWS_SECRET_ACCESS_KEY", "test"}, {"AWS_EC2_METADATA_DISABLED", "true"}})
      ::setenv(name, value, 1);
    port_ = free_port();
    process_ = start({python, "-m", "moto.server", "-H", "127.0.0.1", "-p", std::to_string(port_)}, folder_ / "log", false);
    if (!wait_for([&] { return ask("PUT", "/upkeep"); })) port_ = 0;
  }

  static sockaddr_in address_of(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }

  static int free_port() {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = address_of(0);
    socklen_t size = sizeof address;
    ::bind(socket, reinterpret_cast<sockaddr*>(&address), size);
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(socket);
    return ntohs(address.sin_port);
  }

  int connected() const {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = address_of(port_);
    if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return socket;
    ::close(socket);
    return -1;
  }

  TemporaryFolder folder_;
  int port_ = 0;
  pid_t process_ = 0;
  int made_ = 0;
};

}  // namespace upkeep::testing_servers
