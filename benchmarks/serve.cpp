// What serving costs: a closed loop of callers against a server of the Open Inference Protocol, and the same model in a bare loop.
//
//   serve_benchmark loop MODEL.onnx WIDTH SECONDS [ROWS]                    ONNX Runtime alone, one thread
//   serve_benchmark load PORT MODEL INPUT WIDTH CALLERS SECONDS [tls]       POST /v2/models/MODEL/infer, one row of WIDTH floats, binary
//   serve_benchmark promote REGISTRY MODEL COUNT PAUSE_MS                   moves the alias production between versions 1 and 2
//
// Prints one JSON object: requests_per_s, p50_us, p99_us, failed.

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "base/format.hpp"
#include "base/json.hpp"
#include "graph/onnx.hpp"
#include "registry/registry.hpp"
#include "runtime/session.hpp"

using Clock = std::chrono::steady_clock;

static void report(std::vector<double> microseconds, double seconds, std::size_t failed) {
  std::ranges::sort(microseconds);
  const auto quantile = [&](double q) {
    return microseconds.empty() ? 0.0 : microseconds[static_cast<std::size_t>(q * static_cast<double>(microseconds.size() - 1))];
  };
  std::cout << upkeep::Json{{"requests_per_s", static_cast<double>(microseconds.size()) / seconds},
                            {"p50_us", quantile(0.5)},
                            {"p99_us", quantile(0.99)},
                            {"failed", failed}}
                   .dump()
            << std::endl;
}

static int loop(const std::string& file, std::int64_t width, double seconds, std::int64_t rows) {
  const upkeep::Session session(upkeep::load_onnx(file), {.threads = 1});
  std::vector<float> values(static_cast<std::size_t>(rows * width), 0.5F);
  const upkeep::Tensors inputs{{session.inputs().front().name, upkeep::Tensor({rows, width}, std::move(values))}};
  for (int i = 0; i < 50; ++i) session.run(inputs);
  std::vector<double> times;
  const auto begun = Clock::now();
  while (Clock::now() - begun < std::chrono::duration<double>(seconds)) {
    const auto start = Clock::now();
    session.run(inputs);
    times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
  }
  report(std::move(times), seconds, 0);
  return 0;
}

// A connection that is kept; blocking.
class Connection {
 public:
  Connection(std::uint16_t port, SSL_CTX* tls) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) throw std::runtime_error("cannot connect");
    if (!tls) return;
    ssl_ = SSL_new(tls);
    SSL_set_fd(ssl_, socket_);
    if (SSL_connect(ssl_) != 1) throw std::runtime_error("no TLS");
  }
  ~Connection() {
    SSL_free(ssl_);
    ::close(socket_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool ask(const std::string& request) {
    for (std::string_view rest = request; !rest.empty();) {
      const auto sent =
          ssl_ ? SSL_write(ssl_, rest.data(), static_cast<int>(rest.size())) : ::send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (sent <= 0) throw std::runtime_error("the server has closed");
      rest.remove_prefix(static_cast<std::size_t>(sent));
    }
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) fill();
    static constexpr std::string_view kLength = "Content-Length: ";
    std::size_t at = buffer_.find(kLength);
    if (at == std::string::npos) at = buffer_.find("content-length: ");
    const std::size_t size = at == std::string::npos ? 0 : std::stoul(buffer_.substr(at + kLength.size(), 20));
    while (buffer_.size() < end + 4 + size) fill();
    const bool answered = buffer_.compare(9, 3, "200") == 0;
    buffer_.erase(0, end + 4 + size);
    return answered;
  }

 private:
  void fill() {
    char bytes[16384];
    const auto count = ssl_ ? SSL_read(ssl_, bytes, sizeof(bytes)) : ::recv(socket_, bytes, sizeof(bytes), 0);
    if (count <= 0) throw std::runtime_error("the server has closed");
    buffer_.append(bytes, static_cast<std::size_t>(count));
  }

  int socket_;
  SSL* ssl_ = nullptr;
  std::string buffer_;
};

static std::string request_for(const std::string& model, const std::string& input, std::int64_t width) {
  const std::vector<float> values(static_cast<std::size_t>(width), 0.5F);
  const std::string json = upkeep::format(
      R"({{"inputs":[{{"name":"{}","shape":[1,{}],"datatype":"FP32","parameters":{{"binary_data_size":{}}}}}],"parameters":{{"binary_data_output":true}}}})",
      input, width, width * 4);
  return upkeep::format(
             "POST /v2/models/{}/infer HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n"
             "Inference-Header-Content-Length: {}\r\nContent-Length: {}\r\n\r\n",
             model, json.size(), json.size() + values.size() * 4) +
         json + std::string(reinterpret_cast<const char*>(values.data()), values.size() * 4);
}

static int load(std::uint16_t port, const std::string& request, int callers, double seconds, bool with_tls) {
  SSL_CTX* const tls = with_tls ? SSL_CTX_new(TLS_client_method()) : nullptr;
  std::vector<std::vector<double>> times(static_cast<std::size_t>(callers));
  std::vector<std::size_t> failed(static_cast<std::size_t>(callers));
  const auto begun = Clock::now() + std::chrono::seconds(1);  // the first second does not count
  const auto end = begun + std::chrono::duration<double>(seconds);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < times.size(); ++i)
      threads.emplace_back([&, i] {
        Connection connection(port, tls);
        while (Clock::now() < end) {
          const auto start = Clock::now();
          const bool answered = connection.ask(request);
          const auto now = Clock::now();
          if (start < begun || now > end) continue;
          if (answered) times[i].push_back(std::chrono::duration<double, std::micro>(now - start).count());
          else ++failed[i];
        }
      });
  }
  std::vector<double> all;
  std::size_t refused = 0;
  for (std::size_t i = 0; i < times.size(); ++i) {
    all.insert(all.end(), times[i].begin(), times[i].end());
    refused += failed[i];
  }
  report(std::move(all), seconds, refused);
  SSL_CTX_free(tls);
  return 0;
}

static int promote(const std::string& folder, const std::string& model, int count, int pause_ms) {
  upkeep::Registry registry = upkeep::Registry::existing(folder);
  for (int i = 0; i < count; ++i) {
    registry.promote(model, i % 2 + 1, "production");
    std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms));
  }
  std::cout << upkeep::Json{{"promotions", count}}.dump() << std::endl;
  return 0;
}

int main(int count, char** words) {
  const std::vector<std::string> given(words + 1, words + count);
  if (given.size() >= 4 && given[0] == "loop")
    return loop(given[1], std::stoll(given[2]), std::stod(given[3]), given.size() > 4 ? std::stoll(given[4]) : 1);
  if (given.size() >= 7 && given[0] == "load")
    return load(static_cast<std::uint16_t>(std::stoi(given[1])), request_for(given[2], given[3], std::stoll(given[4])), std::stoi(given[5]),
                std::stod(given[6]), given.size() > 7 && given[7] == "tls");
  if (given.size() == 5 && given[0] == "promote") return promote(given[1], given[2], std::stoi(given[3]), std::stoi(given[4]));
  std::cerr << "serve_benchmark loop MODEL.onnx WIDTH SECONDS [ROWS] | load PORT MODEL INPUT WIDTH CALLERS SECONDS [tls] | promote "
               "REGISTRY MODEL COUNT PAUSE_MS\n";
  return 2;
}
