// Calls over gRPC: HTTP/2 on a channel, one call at a time.

#include <charconv>

#include "base/format.hpp"
#include "serve/client/connection.hpp"
#include "serve/grpc/client_message.hpp"
#include "serve/grpc/framing.hpp"
#include "serve/http2/client_session.hpp"

namespace upkeep::serve {

namespace {

RefusalCode code_of_grpc(int status) {
  for (int code = 0; code <= static_cast<int>(RefusalCode::kTimeout); ++code)
    if (grpc_status(static_cast<RefusalCode>(code)) == status) return static_cast<RefusalCode>(code);
  return RefusalCode::kInternal;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    if (text[i] == '%' && i + 2 < text.size() && std::from_chars(&text[i + 1], &text[i] + 3, value, 16).ptr == &text[i] + 3) {
      out += static_cast<char>(value);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// At most eight digits and a unit, never longer than what is left.
std::string timeout_text(Channel::Time until) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
  if (left < 100'000'000) return upkeep::format("{}m", std::max<std::int64_t>(left, 1));
  return upkeep::format("{}S", std::min<std::int64_t>(left / 1000, 99'999'999));
}

class GrpcConnection : public ClientConnection {
 public:
  GrpcConnection(const ConnectionOptions& options, Channel::Time until) : options_(options), channel_(options.channel, until) {}

  Answer<InferResult> infer(const std::string& model, const Tensors& inputs, const InferSettings& settings, Channel::Time until) override {
    const Answer<std::string> reply = call("ModelInfer", write_infer_call(model, inputs, settings), until);
    if (!reply) return std::unexpected(reply.error());
    return read_infer_reply(*reply);
  }

  Answer<RemoteModel> model(const std::string& name, const std::string& version, Channel::Time until) override {
    const Answer<std::string> reply = call("ModelMetadata", write_model_call(name, version), until);
    if (!reply) return std::unexpected(reply.error());
    return read_model_reply(*reply);
  }

  bool holds(Question question, const std::string& name, const std::string& version, Channel::Time until) override {
    const Answer<std::string> reply = question == Question::kServerLive    ? call("ServerLive", "", until)
                                      : question == Question::kServerReady ? call("ServerReady", "", until)
                                                                           : call("ModelReady", write_model_call(name, version), until);
    return reply && read_ready_reply(*reply);
  }

  bool reusable() const override { return !broken_ && session_.open(); }

 private:
  Answer<std::string> call(const std::string& method, std::string message, Channel::Time until) {
    broken_ = true;  // until the reply is whole
    const ServerUrl& url = options_.channel.url;
    Http2Headers headers{{":method", "POST"},
                         {":scheme", url.secure ? "https" : "http"},
                         {":path", "/inference.GRPCInferenceService/" + method},
                         {":authority", url.authority},
                         {"content-type", "application/grpc"},
                         {"te", "trailers"},
                         {"user-agent", "upkeep/" UPKEEP_VERSION},
                         {"grpc-timeout", timeout_text(until)}};
    if (!options_.token.empty()) headers.emplace_back("authorization", "Bearer " + options_.token);
    const std::int32_t stream = session_.request(headers, grpc_frame(std::move(message), ""));
    while (!session_.reply(stream).closed) exchange(until);
    const Http2Reply reply = session_.reply(stream);
    session_.forget(stream);
    broken_ = false;
    return message_of(reply);
  }

  void exchange(Channel::Time until) {
    for (std::string bytes = session_.output(); !bytes.empty(); bytes = session_.output()) channel_.write(bytes, until);
    const std::string bytes = channel_.read(until);
    if (bytes.empty()) throw ChannelFailure(upkeep::format("{}: the connection ended before the answer", options_.channel.url.authority));
    if (!session_.receive(bytes)) throw ChannelFailure(upkeep::format("{}: this is not HTTP/2", options_.channel.url.authority));
  }

  Answer<std::string> message_of(const Http2Reply& reply) const {
    const std::string status = reply.header("grpc-status");
    if (status.empty()) return without_status(reply);
    int code = 2;
    std::from_chars(status.data(), status.data() + status.size(), code);
    if (code != 0) {
      int pause_ms = 0;
      const std::string pause = reply.header("grpc-retry-pushback-ms");
      std::from_chars(pause.data(), pause.data() + pause.size(), pause_ms);
      return std::unexpected(Refusal{code_of_grpc(code), percent_decoded(reply.header("grpc-message")), (pause_ms + 999) / 1000});
    }
    GrpcMessages messages(reply.header("grpc-encoding"), kLargestReply);
    std::string_view rest = reply.body;
    std::string message;
    const Answer<bool> whole = messages.take(rest, message);
    if (!whole || !*whole || !rest.empty()) return refuse(RefusalCode::kInternal, "the server's answer is not one message");
    return message;
  }

  // What is in between answered, or the stream was reset.
  Answer<std::string> without_status(const Http2Reply& reply) const {
    if (reply.header(":status") == "503" || reply.header(":status") == "502")
      return refuse(RefusalCode::kBusy, "the server is not available");
    if (!reply.header(":status").empty() && reply.header(":status") != "200")
      return refuse(RefusalCode::kInternal, upkeep::format("HTTP status {}: this is not a gRPC server", reply.header(":status")));
    if (reply.error == static_cast<std::uint32_t>(Http2Error::kRefusedStream))
      return refuse(RefusalCode::kBusy, "the server takes no further call now");
    throw ChannelFailure(upkeep::format("{}: the call was reset (error {})", options_.channel.url.authority, reply.error));
  }

  ConnectionOptions options_;
  Channel channel_;
  Http2Client session_{kLargestReply};
  bool broken_ = false;
};

}  // namespace

std::unique_ptr<ClientConnection> connect_grpc(const ConnectionOptions& options, Channel::Time until) {
  return std::make_unique<GrpcConnection>(options, until);
}

}  // namespace upkeep::serve
