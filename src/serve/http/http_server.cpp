#include "serve/http/http_server.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <thread>

#include "base/format.hpp"
#include "serve/http/connection.hpp"
#include "upkeep/error.hpp"

namespace upkeep::serve {

using namespace std::chrono_literals;
using asio::ip::tcp;
using Failure = boost::system::error_code;

// A connection that is idle when draining starts may have a request on its way: it gets this long.
static constexpr auto kDrainGrace = 250ms;
static constexpr auto kTick = 1s;
static constexpr auto kAcceptRetry = 20ms;

static Error cannot_listen(const HttpServerOptions& options, const Failure& failure) {
  const std::string where = upkeep::format("cannot listen on {}:{}: ", options.address, options.port);
  if (failure == asio::error::address_in_use)
    return Error(ErrorCode::kAlreadyExists, where + "the port is in use",
                 "stop the other program, or choose another port (0: any free one)");
  if (failure == asio::error::access_denied) return Error(ErrorCode::kIo, where + "not allowed", "ports below 1024 need a privilege");
  return Error(ErrorCode::kIo, where + failure.message(), "the address must be one of this machine's: 127.0.0.1, 0.0.0.0 for all");
}

struct HttpServer::State {
  State(const HttpServerOptions& options, HttpHandler handler) : shared{.options = options, .handler = std::move(handler)} {}

  void listen() {
    Failure failure;
    const auto found = tcp::resolver(context).resolve(shared.options.address, std::to_string(shared.options.port), failure);
    if (failure || found.empty())
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" is not an address of this machine", shared.options.address),
                  "for instance 127.0.0.1, or 0.0.0.0 for all");
    const tcp::endpoint endpoint = found.begin()->endpoint();
    const auto check = [&] {
      if (failure) throw cannot_listen(shared.options, failure);
    };
    acceptor.open(endpoint.protocol(), failure), check();
    acceptor.set_option(tcp::acceptor::reuse_address(true), failure), check();
    acceptor.bind(endpoint, failure), check();
    acceptor.listen(asio::socket_base::max_listen_connections, failure), check();
    acceptor.non_blocking(true, failure), check();
    port = acceptor.local_endpoint().port();
  }

  void run() {
    asio::post(strand, [this] {
      accept();
      tick();
    });
    for (int i = 0; i < std::max(1, shared.options.threads); ++i) threads.emplace_back([this] { context.run(); });
  }

  void stop() {
    context.stop();
    for (std::thread& thread : threads) thread.join();
  }

  // All below runs on `strand`, but for what it starts.

  void adopt(tcp::socket socket) { std::make_shared<Connection>(std::move(socket), shared)->start(); }

  void accept() {
    if (shared.connections.load() >= shared.options.max_connections) return accept_later();
    acceptor.async_accept(asio::make_strand(context), asio::bind_executor(strand, [this](const Failure& failure, tcp::socket socket) {
                            if (!acceptor.is_open()) return;
                            if (failure) return accept_later();  // no descriptor is left, for instance
                            adopt(std::move(socket));
                            accept();
                          }));
  }

  void accept_later() {
    retry.expires_after(kAcceptRetry);
    retry.async_wait([this](const Failure& failure) {
      if (!failure && acceptor.is_open()) accept();
    });
  }

  // Takes the connections that the kernel has accepted for us already, then closes the door.
  void stop_accepting() {
    Failure failure;
    while (!failure) {
      tcp::socket socket(asio::make_strand(context));
      acceptor.accept(socket, failure);
      if (!failure) adopt(std::move(socket));
    }
    acceptor.close(failure);
    retry.cancel();
    grace.expires_after(kDrainGrace);
    grace.async_wait([this](const Failure& cancelled) {
      if (!cancelled) each_connection(&Connection::close_if_idle);
    });
    const std::lock_guard lock(shared.mutex);
    shared.door_closed = true;
    shared.ended.notify_all();
  }

  // What has been silent for too long is closed. One timer for all, so that a request costs none.
  void tick() {
    timer.expires_after(kTick);
    timer.async_wait([this](const Failure& failure) {
      if (failure) return;
      each_connection(&Connection::close_if_late);
      tick();
    });
  }

  // Held beyond the lock: what is held here last ends here, and a connection that ends takes the lock.
  std::vector<std::shared_ptr<Connection>> open_connections() {
    std::vector<std::shared_ptr<Connection>> found;
    const std::lock_guard lock(shared.mutex);
    for (const auto& [_, one] : shared.open)
      if (auto connection = one.lock()) found.push_back(std::move(connection));
    return found;
  }

  void each_connection(void (Connection::*act)()) {
    for (const auto& connection : open_connections()) connection->post(act);
  }

  Shared shared;
  asio::io_context context;
  asio::strand<asio::io_context::executor_type> strand = asio::make_strand(context);
  tcp::acceptor acceptor{strand};
  asio::steady_timer retry{strand}, timer{strand}, grace{strand};
  std::vector<std::thread> threads;
  std::uint16_t port = 0;
};

HttpServer::HttpServer(const HttpServerOptions& options, HttpHandler handler)
    : state_(std::make_unique<State>(options, std::move(handler))) {
  state_->listen();
  state_->run();
}

HttpServer::~HttpServer() { state_->stop(); }

std::uint16_t HttpServer::port() const { return state_->port; }

void HttpServer::end_keep_alive() { state_->shared.closing.store(true); }

bool HttpServer::drain(std::chrono::milliseconds at_most) {
  end_keep_alive();
  asio::post(state_->strand, [state = state_.get()] { state->stop_accepting(); });
  std::unique_lock lock(state_->shared.mutex);
  return state_->shared.ended.wait_for(lock, at_most, [&] { return state_->shared.door_closed && state_->shared.connections.load() == 0; });
}

}  // namespace upkeep::serve
