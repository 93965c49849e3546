// Bytes of an HTTP/2 client, behind its preface: the session answers or ends, whatever comes. Requests of gRPC are echoed message by
// message, others as a whole. The first byte says in pieces of how many bytes the rest arrives.
#include <cstdlib>
#include <deque>

#include "serve/grpc/call.hpp"
#include "serve/http2/plain.hpp"

namespace {

using namespace upkeep::serve;

constexpr Http2Limits kLimits{.max_streams = 5, .max_held_bytes = 100'000, .stream_window = 20'000, .connection_window = 70'000};

struct Owner : Http2Owner {
  void post(std::move_only_function<void(Http2Session&)> step) override { steps.push_back(std::move(step)); }
  const Peer& peer() const override { return client; }
  Peer client;
  std::deque<std::move_only_function<void(Http2Session&)>> steps;
};

class Echo : public GrpcMethod {
 public:
  explicit Echo(bool streams) : streams_(streams) {}
  void message(GrpcCall& call, std::string bytes) override {
    if (bytes.size() > 5000) std::abort();  // the limit below
    call.reply().post([bytes = std::move(bytes)](GrpcCall& its) { its.send(its.reply().frame(bytes)); });
  }
  void finish(GrpcCall& call) override {
    call.reply().post([](GrpcCall& its) { its.finish(GrpcStatus{}); });
  }
  bool streams() const override { return streams_; }

 private:
  bool streams_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const PlainHttp plain{
      .handler = [](const HttpRequest& request, Responder respond) { respond({.status = 200, .body = std::string(request.body)}); },
      .max_body_bytes = 5000};
  const auto owner = std::make_shared<Owner>();
  Http2Session session(*owner, kLimits, [](Http2Session& its, std::int32_t stream, Http2Head head) -> std::unique_ptr<Http2Stream> {
    if (!is_grpc(head)) return open_plain(plain, its, stream, std::move(head));
    return std::make_unique<GrpcCall>(its, stream, head, 5000, std::make_unique<Echo>(head.path == "/stream"));
  });
  const std::size_t piece = data[0] == 0 ? size : data[0];
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  Http2Session::Time now{std::chrono::hours(1)};
  session.receive("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", now);
  for (std::size_t out = 0; !rest.empty() && !session.ended(); now += std::chrono::milliseconds(100)) {
    const std::string_view part = rest.substr(0, piece);
    rest.remove_prefix(part.size());
    session.receive(part, now);
    for (; !owner->steps.empty(); owner->steps.pop_front()) owner->steps.front()(session);
    for (std::string bytes = session.output(now); !bytes.empty(); bytes = session.output(now)) out += bytes.size();
    if (session.streams() > 2 * kLimits.max_streams) std::abort();  // those that are refused live until they have been told
    if (out > (16 << 20)) std::abort();                             // answers are about as large as what was sent
  }
  session.drain();
  now += std::chrono::minutes(5);
  session.tick(now);
  while (!session.output(now).empty()) continue;
  return 0;
}
