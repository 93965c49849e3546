#include "serve/client/channel.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <optional>

#include "base/format.hpp"
#include "upkeep/error.hpp"

namespace upkeep::serve {

namespace net = boost::asio;
using net::ip::tcp;
using ChannelError = boost::system::error_code;

static constexpr std::size_t kChannelRead = 256 << 10;

struct Channel::State {
  explicit State(const ChannelOptions& options_in) : options(options_in) {}

  // Runs what was started until it is done, or until time is over: then everything ends.
  void finish(Time until, const std::optional<ChannelError>& result, std::string_view what) {
    context.restart();
    context.run_until(until);
    if (!result) {
      ChannelError ignored;
      socket.close(ignored);
      context.restart();
      context.run();
      throw ChannelFailure(upkeep::format("{}: no answer in time while {}", options.url.authority, what));
    }
    if (*result && *result != net::error::eof && *result != net::ssl::error::stream_truncated)
      throw ChannelFailure(upkeep::format("{}: {} while {}", options.url.authority, result->message(), what));
  }

  void connect(Time until) {
    ChannelError failure;
    const auto places = tcp::resolver(context).resolve(options.url.host, options.url.port, failure);
    if (failure) throw ChannelFailure(upkeep::format("{}: {}", options.url.authority, failure.message()));
    std::optional<ChannelError> result;
    net::async_connect(socket, places, [&](const ChannelError& error, const tcp::endpoint&) { result = error; });
    finish(until, result, "connecting");
    socket.set_option(tcp::no_delay(true), failure);
    if (options.url.secure) handshake(until);
  }

  void load_certificates() {
    ChannelError failure;
    const auto check = [&](const std::string& file) {
      if (failure) throw Error(ErrorCode::kInvalidArgument, upkeep::format("{}: {}", file, failure.message()), "PEM is expected");
    };
    if (options.authorities_file.empty()) security.set_default_verify_paths(failure);
    else security.load_verify_file(options.authorities_file, failure), check(options.authorities_file);
    if (options.certificate_file.empty()) return;
    security.use_certificate_chain_file(options.certificate_file, failure), check(options.certificate_file);
    const std::string& key = options.key_file.empty() ? options.certificate_file : options.key_file;
    security.use_private_key_file(key, net::ssl::context::pem, failure), check(key);
  }

  void handshake(Time until) {
    load_certificates();
    security.set_verify_mode(net::ssl::verify_peer);
    secure.emplace(socket, security);
    secure->set_verify_callback(net::ssl::host_name_verification(options.url.host));
    SSL_ctrl(secure->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, options.url.host.data());
    static constexpr unsigned char kHttp2[] = {2, 'h', '2'}, kHttp1[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    if (options.url.grpc) SSL_set_alpn_protos(secure->native_handle(), kHttp2, sizeof(kHttp2));
    else SSL_set_alpn_protos(secure->native_handle(), kHttp1, sizeof(kHttp1));
    std::optional<ChannelError> result;
    secure->async_handshake(net::ssl::stream_base::client, [&](const ChannelError& error) { result = error; });
    finish(until, result, "agreeing on TLS");
    if (*result) throw ChannelFailure(upkeep::format("{}: {} while agreeing on TLS", options.url.authority, result->message()));
  }

  void with_stream(auto&& act) {
    if (secure) act(*secure);
    else act(socket);
  }

  ChannelOptions options;
  net::io_context context;
  tcp::socket socket{context};
  net::ssl::context security{net::ssl::context::tls_client};
  std::optional<net::ssl::stream<tcp::socket&>> secure;
  std::string buffer = std::string(kChannelRead, '\0');
};

Channel::Channel(const ChannelOptions& options, Time until) : state_(std::make_unique<State>(options)) { state_->connect(until); }

Channel::~Channel() = default;

void Channel::write(std::string_view bytes, Time until) {
  std::optional<ChannelError> result;
  state_->with_stream(
      [&](auto& stream) { net::async_write(stream, net::buffer(bytes), [&](const ChannelError& error, std::size_t) { result = error; }); });
  state_->finish(until, result, "sending");
  if (*result) throw ChannelFailure(upkeep::format("{}: the connection ended while sending", state_->options.url.authority));
}

std::string Channel::read(Time until) {
  std::optional<ChannelError> result;
  std::size_t count = 0;
  state_->with_stream([&](auto& stream) {
    stream.async_read_some(net::buffer(state_->buffer), [&](const ChannelError& error, std::size_t some) {
      result = error;
      count = some;
    });
  });
  state_->finish(until, result, "waiting for the answer");
  return state_->buffer.substr(0, count);
}

}  // namespace upkeep::serve
