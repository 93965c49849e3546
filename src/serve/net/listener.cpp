#include "serve/net/listener.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <algorithm>
#include <thread>

#include "base/format.hpp"
#include "base/progress.hpp"
#include "serve/net/descriptors.hpp"
#include "serve/net/opening.hpp"
#include "serve/net/tls.hpp"
#include "upkeep/error.hpp"

namespace upkeep::serve {

using namespace std::chrono_literals;
using asio::ip::tcp;
using Failure = boost::system::error_code;

// A connection that is idle when draining starts may have a request on its way: it gets this long.
static constexpr auto kDrainGrace = 250ms;
static constexpr auto kTick = 1s;
static constexpr auto kAcceptRetry = 20ms;
static constexpr int kAcceptAtOnce = 64;  // then others have their turn

static Error cannot_listen(const ListenAddress& address, const Failure& failure) {
  const std::string where = upkeep::format("cannot listen on {}:{}: ", address.address, address.port);
  if (failure == asio::error::address_in_use)
    return Error(ErrorCode::kAlreadyExists, where + "the port is in use",
                 "stop the other program, or choose another port (0: any free one)");
  if (failure == asio::error::access_denied) return Error(ErrorCode::kIo, where + "not allowed", "ports below 1024 need a privilege");
  return Error(ErrorCode::kIo, where + failure.message(), "the address must be one of this machine's: 127.0.0.1, 0.0.0.0 for all");
}

struct Listener::State {
  struct Door {
    explicit Door(const asio::strand<asio::io_context::executor_type>& strand) : acceptor(strand), retry(strand) {}
    tcp::acceptor acceptor;
    asio::steady_timer retry;
    std::uint16_t port = 0;
  };

  State(const ListenerOptions& options_in, Protocols protocols_in) : options(options_in), protocols(std::move(protocols_in)) {
    if (options.tls) tls.emplace(*options.tls, static_cast<bool>(protocols.http2));
    const std::size_t descriptors = raise_descriptor_limit();
    most = connections_within(descriptors, options.max_connections);
    if (most < options.max_connections)
      note(upkeep::format("at most {} connections at a time: the process may have {} file descriptors (ulimit -n, LimitNOFILE=)", most,
                          descriptors));
    for (const ListenAddress& address : options.addresses) doors.push_back(listen(address));
  }

  std::unique_ptr<Door> listen(const ListenAddress& address) {
    Failure failure;
    const auto found = tcp::resolver(context).resolve(address.address, std::to_string(address.port), failure);
    if (failure || found.empty())
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" is not an address of this machine", address.address),
                  "for instance 127.0.0.1, or 0.0.0.0 for all");
    const tcp::endpoint endpoint = found.begin()->endpoint();
    auto door = std::make_unique<Door>(strand);
    tcp::acceptor& acceptor = door->acceptor;
    const auto check = [&] {
      if (failure) throw cannot_listen(address, failure);
    };
    acceptor.open(endpoint.protocol(), failure), check();
    acceptor.set_option(tcp::acceptor::reuse_address(true), failure), check();
    acceptor.bind(endpoint, failure), check();
    acceptor.listen(asio::socket_base::max_listen_connections, failure), check();
    acceptor.non_blocking(true, failure), check();
    door->port = acceptor.local_endpoint().port();
    return door;
  }

  void run() {
    asio::post(strand, [this] {
      for (const auto& door : doors) wait(*door);
      tick();
    });
    for (int i = 0; i < std::max(1, options.threads); ++i) threads.emplace_back([this] { context.run(); });
  }

  // What is under way ends as if its client had left.
  ~State() {
    open->stopped = true;
    context.stop();
    for (std::thread& thread : threads) thread.join();
    Failure failure;
    for (const auto& door : doors) {
      door->acceptor.close(failure);
      door->retry.cancel();
    }
    timer.cancel();
    grace.cancel();
    for (const auto& stream : open->all()) stream->close();
    context.restart();
    context.poll();
  }

  // All below runs on `strand`, but for what it starts.

  void adopt(tcp::socket socket) {
    const auto stream = tls ? tls_stream(std::move(socket), open, tls->current()) : plain_stream(std::move(socket), open);
    stream->add_to_table();
    const auto session = opening(stream, protocols, {.handshake = options.handshake_timeout, .first_byte = options.first_byte_timeout});
    stream->session = session;
    stream->post([session] { session->start({}); });
  }

  void wait(Door& door) {
    door.acceptor.async_wait(tcp::acceptor::wait_read, asio::bind_executor(strand, [this, &door](const Failure& failure) {
                               if (!door.acceptor.is_open()) return;
                               if (failure) return later(door);
                               take(door);
                             }));
  }

  void take(Door& door) {
    for (int i = 0; i < kAcceptAtOnce; ++i) {
      if (open->count.load() >= most) {
        if (i > 0) break;  // perhaps nobody waits
        make_room();
        return later(door);
      }
      Failure failure;
      tcp::socket socket(asio::make_strand(context));
      door.acceptor.accept(socket, failure);
      if (failure == asio::error::would_block) break;
      if (failure == asio::error::connection_aborted) continue;
      if (failure) return later(door);  // no descriptor is left, for instance
      adopt(std::move(socket));
    }
    wait(door);
  }

  void later(Door& door) {
    door.retry.expires_after(kAcceptRetry);
    door.retry.async_wait([this, &door](const Failure& failure) {
      if (!failure && door.acceptor.is_open()) take(door);
    });
  }

  // Closes some idle connections: those that never asked anything first, then those that have been idle the longest.
  void make_room() {
    struct Idle {
      bool asked;
      std::chrono::steady_clock::rep since;
      std::shared_ptr<SocketStream> stream;
    };
    std::vector<Idle> found;
    for (auto& stream : open->all())
      if (const auto state = stream->idleness(); state.idle) found.push_back({state.asked, state.since, std::move(stream)});
    const std::size_t count = std::min(found.size(), std::max<std::size_t>(1, most / 64));
    std::ranges::partial_sort(found, found.begin() + static_cast<std::ptrdiff_t>(count),
                              [](const Idle& a, const Idle& b) { return std::tie(a.asked, a.since) < std::tie(b.asked, b.since); });
    for (std::size_t i = 0; i < count; ++i) tell(found[i].stream, &ProtocolSession::close_if_idle);
  }

  // Takes the connections that the kernel has accepted for us already, then closes the doors.
  void stop_accepting() {
    for (const auto& door : doors) {
      Failure failure;
      while (!failure) {
        tcp::socket socket(asio::make_strand(context));
        door->acceptor.accept(socket, failure);
        if (!failure) adopt(std::move(socket));
      }
      door->acceptor.close(failure);
      door->retry.cancel();
    }
    grace.expires_after(kDrainGrace);
    grace.async_wait([this](const Failure& cancelled) {
      if (!cancelled) tell_all(&ProtocolSession::close_if_idle);
    });
    const std::lock_guard lock(open->mutex);
    open->doors_closed = true;
    open->ended.notify_all();
  }

  // What has been silent for too long is closed. One timer for all, so that a request costs none.
  void tick() {
    timer.expires_after(kTick);
    timer.async_wait([this](const Failure& failure) {
      if (failure) return;
      if (tls) tls->refresh();
      if (options.every_second) options.every_second();
      tell_all(&ProtocolSession::tick);
      tick();
    });
  }

  static void tell(const std::shared_ptr<SocketStream>& stream, void (ProtocolSession::*what)()) {
    stream->post([stream, what] {
      if (const auto session = stream->session.lock()) (session.get()->*what)();
    });
  }

  void tell_all(void (ProtocolSession::*what)()) {
    for (const auto& stream : open->all()) tell(stream, what);
  }

  ListenerOptions options;
  Protocols protocols;
  std::optional<TlsContexts> tls;
  std::size_t most = 0;
  std::shared_ptr<OpenStreams> open = std::make_shared<OpenStreams>();
  asio::io_context& context = open->context;
  asio::strand<asio::io_context::executor_type> strand = asio::make_strand(context);
  std::vector<std::unique_ptr<Door>> doors;
  asio::steady_timer timer{strand}, grace{strand};
  std::vector<std::thread> threads;
};

Listener::Listener(const ListenerOptions& options, Protocols protocols) : state_(std::make_unique<State>(options, std::move(protocols))) {
  state_->run();
}

Listener::~Listener() = default;

std::uint16_t Listener::port(std::size_t address) const { return state_->doors.at(address)->port; }
std::size_t Listener::connections() const { return state_->open->count.load(); }

void Listener::wind_down() {
  if (state_->open->winding_down.exchange(true)) return;
  asio::post(state_->strand, [state = state_.get()] { state->tell_all(&ProtocolSession::wind_down); });
}

bool Listener::drain(std::chrono::milliseconds at_most) {
  wind_down();
  asio::post(state_->strand, [state = state_.get()] { state->stop_accepting(); });
  std::unique_lock lock(state_->open->mutex);
  return state_->open->ended.wait_for(lock, at_most, [&] { return state_->open->doors_closed && state_->open->count.load() == 0; });
}

}  // namespace upkeep::serve
