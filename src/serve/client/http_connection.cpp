// Calls over HTTP/1.1 with keep-alive, one at a time.

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <charconv>

#include "base/format.hpp"
#include "base/json.hpp"
#include "serve/client/connection.hpp"
#include "serve/client/http_message.hpp"

namespace upkeep::serve {

namespace {

struct HttpReply {
  int status = 0;
  std::string body, json_bytes;
  int retry_after_s = 0;
};

RefusalCode code_of_http(int status) {
  switch (status) {
    case 400: return RefusalCode::kInvalid;
    case 401: return RefusalCode::kUnauthenticated;
    case 403: return RefusalCode::kForbidden;
    case 404: return RefusalCode::kNotFound;
    case 409: return RefusalCode::kConflict;
    case 413:
    case 431: return RefusalCode::kTooLarge;
    case 415: return RefusalCode::kUnsupportedMedia;
    case 429: return RefusalCode::kLimited;
    case 499: return RefusalCode::kCancelled;
    case 501: return RefusalCode::kUnsupported;
    case 502:
    case 503: return RefusalCode::kBusy;
    case 504: return RefusalCode::kTimeout;
    default: return status < 500 ? RefusalCode::kInvalid : RefusalCode::kInternal;
  }
}

Refusal refusal_of(const HttpReply& reply) {
  const Json body = Json::parse(reply.body, nullptr, false);
  std::string message = body.is_object() && body.contains("error") && body["error"].is_string()
                            ? body["error"].get<std::string>()
                            : upkeep::format("HTTP status {}", reply.status);
  return {code_of_http(reply.status), std::move(message), reply.retry_after_s};
}

std::string url_encoded(std::string_view name) {
  std::string out;
  for (const char c : name)
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '.' || c == '~')
      out += c;
    else out += upkeep::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  return out;
}

std::string model_path(const std::string& model, const std::string& version) {
  return "/v2/models/" + url_encoded(model) + (version.empty() ? "" : "/versions/" + url_encoded(version));
}

class HttpConnection : public ClientConnection {
 public:
  HttpConnection(const ConnectionOptions& options, Channel::Time until) : options_(options), channel_(options.channel, until) {}

  Answer<InferResult> infer(const std::string& model, const Tensors& inputs, const InferSettings& settings, Channel::Time until) override {
    const HttpInferBody body = write_infer_body(inputs, settings);
    const std::string headers =
        upkeep::format("Content-Type: application/octet-stream\r\nInference-Header-Content-Length: {}\r\n", body.json_bytes);
    const HttpReply reply = ask("POST", model_path(model, settings.version) + "/infer", headers, body.bytes, until);
    if (reply.status != 200) return std::unexpected(refusal_of(reply));
    return read_infer_body(reply.body, reply.json_bytes);
  }

  Answer<RemoteModel> model(const std::string& name, const std::string& version, Channel::Time until) override {
    const HttpReply reply = ask("GET", model_path(name, version), "", "", until);
    if (reply.status != 200) return std::unexpected(refusal_of(reply));
    return read_model_body(reply.body);
  }

  bool holds(Question question, const std::string& name, const std::string& version, Channel::Time until) override {
    const std::string path = question == Question::kServerLive    ? "/v2/health/live"
                             : question == Question::kServerReady ? "/v2/health/ready"
                                                                  : model_path(name, version) + "/ready";
    return ask("GET", path, "", "", until).status == 200;
  }

  bool reusable() const override { return keeps_; }

 private:
  HttpReply ask(std::string_view method, std::string_view path, std::string_view headers, std::string_view body, Channel::Time until) {
    keeps_ = false;  // until the reply is whole
    std::string head = upkeep::format("{} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: upkeep/" UPKEEP_VERSION "\r\n{}", method, path,
                                      options_.channel.url.authority, headers);
    if (method == "POST") head += upkeep::format("Content-Length: {}\r\n", body.size());
    if (!options_.token.empty()) head += "Authorization: Bearer " + options_.token + "\r\n";
    channel_.write(head + "\r\n", until);
    if (!body.empty()) channel_.write(body, until);
    return read(until);
  }

  HttpReply read(Channel::Time until) {
    boost::beast::http::response_parser<boost::beast::http::string_body> parser;
    parser.eager(true);
    parser.body_limit(kLargestReply);
    boost::beast::flat_buffer buffer;
    while (!parser.is_done()) {
      const std::string bytes = channel_.read(until);
      boost::system::error_code failure;
      if (bytes.empty()) {
        parser.put_eof(failure);
        if (failure || !parser.is_done()) throw ended();
        break;
      }
      buffer.commit(boost::asio::buffer_copy(buffer.prepare(bytes.size()), boost::asio::buffer(bytes)));
      buffer.consume(parser.put(buffer.data(), failure));
      if (failure && failure != boost::beast::http::error::need_more)
        throw ChannelFailure(upkeep::format("{}: {}", options_.channel.url.authority, failure.message()));
    }
    auto& message = parser.get();
    keeps_ = message.keep_alive();
    HttpReply reply{.status = static_cast<int>(message.result_int()),
                    .body = std::move(message.body()),
                    .json_bytes = std::string(message["Inference-Header-Content-Length"])};
    const auto pause = message["Retry-After"];
    std::from_chars(pause.data(), pause.data() + pause.size(), reply.retry_after_s);
    return reply;
  }

  ChannelFailure ended() const {
    return ChannelFailure(upkeep::format("{}: the connection ended before the answer", options_.channel.url.authority));
  }

  ConnectionOptions options_;
  Channel channel_;
  bool keeps_ = false;
};

}  // namespace

std::unique_ptr<ClientConnection> connect_http(const ConnectionOptions& options, Channel::Time until) {
  return std::make_unique<HttpConnection>(options, until);
}

}  // namespace upkeep::serve
