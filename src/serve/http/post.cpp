#include "serve/http/post.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "base/format.hpp"
#include "upkeep/error.hpp"

namespace upkeep::serve {

namespace {

namespace beast = boost::beast;
namespace asio = boost::asio;
using asio::ip::tcp;

struct Url {
  bool secure = false;
  std::string host;
  std::string port;
  std::string target;
};

Url parse_url(const std::string& text) {
  const auto wrong = [&] {
    return Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" is no address to post to", text), "write http://HOST:PORT/PATH");
  };
  Url url{.secure = text.starts_with("https://"), .host = {}, .port = {}, .target = {}};
  if (!url.secure && !text.starts_with("http://")) throw wrong();
  const std::string rest = text.substr(url.secure ? 8 : 7);
  const std::size_t slash = rest.find('/');
  const std::string place = rest.substr(0, slash);
  url.target = slash == std::string::npos ? "/" : rest.substr(slash);
  const std::size_t colon = place.rfind(':');
  const bool has_port = colon != std::string::npos && place.find(']', colon) == std::string::npos;
  url.host = place.substr(0, has_port ? colon : std::string::npos);
  url.port = has_port ? place.substr(colon + 1) : url.secure ? "443" : "80";
  if (url.host.starts_with('[') && url.host.ends_with(']')) url.host = url.host.substr(1, url.host.size() - 2);
  if (url.host.empty() || url.port.empty() || text.find_first_of(" \r\n") != std::string::npos) throw wrong();
  return url;
}

beast::http::request<beast::http::string_body> message_of(const HttpPost& request, const Url& url) {
  beast::http::request<beast::http::string_body> message{beast::http::verb::post, url.target, 11};
  message.set(beast::http::field::host, url.host);
  message.set(beast::http::field::user_agent, "upkeep");
  message.set(beast::http::field::content_type, "application/json");
  message.set(beast::http::field::connection, "close");
  for (const auto& [name, value] : request.headers) message.set(name, value);
  message.body() = request.body;
  message.prepare_payload();
  return message;
}

// Runs what was started until it is done or its stream's time is over.
void finish(asio::io_context& context, const beast::error_code& error, const std::string& url) {
  context.run();
  context.restart();
  if (error) throw Error(ErrorCode::kIo, upkeep::format("{}: {}", url, error.message()));
}

template <typename Stream>
int exchange(asio::io_context& context, Stream& stream, const HttpPost& request, const Url& url) {
  beast::error_code error;
  const auto keep = [&](beast::error_code code, std::size_t) { error = code; };
  const auto message = message_of(request, url);
  beast::http::async_write(stream, message, keep);
  finish(context, error, request.url);
  beast::flat_buffer buffer;
  beast::http::response_parser<beast::http::string_body> answer;
  answer.body_limit(std::size_t{1} << 20);
  beast::http::async_read(stream, buffer, answer, keep);
  finish(context, error, request.url);
  return answer.get().result_int();
}

}  // namespace

int post(const HttpPost& request) {
  Url url = parse_url(request.url);
  asio::io_context context;
  beast::error_code error;
  tcp::resolver resolver(context);
  const auto places = resolver.resolve(url.host, url.port, error);
  if (error) throw Error(ErrorCode::kIo, upkeep::format("{}: {}", request.url, error.message()));
  const auto connect = [&](beast::tcp_stream& stream) {
    stream.expires_after(request.timeout);
    stream.async_connect(places, [&](beast::error_code code, const tcp::endpoint&) { error = code; });
    finish(context, error, request.url);
  };
  if (!url.secure) {
    beast::tcp_stream stream(context);
    connect(stream);
    return exchange(context, stream, request, url);
  }
  asio::ssl::context security(asio::ssl::context::tls_client);
  security.set_default_verify_paths();
  security.set_verify_mode(asio::ssl::verify_peer);
  asio::ssl::stream<beast::tcp_stream> stream(context, security);
  stream.set_verify_callback(asio::ssl::host_name_verification(url.host));
  if (SSL_ctrl(stream.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, url.host.data()) != 1)
    throw Error(ErrorCode::kIo, upkeep::format("{}: the host's name cannot be sent", request.url));
  connect(stream.next_layer());
  stream.async_handshake(asio::ssl::stream_base::client, [&](beast::error_code code) { error = code; });
  finish(context, error, request.url);
  return exchange(context, stream, request, url);
}

}  // namespace upkeep::serve
