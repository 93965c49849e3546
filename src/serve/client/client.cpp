#include "upkeep/client.hpp"

#include <atomic>
#include <mutex>
#include <random>
#include <thread>

#include "base/format.hpp"
#include "serve/client/connection.hpp"
#include "serve/protocol/request_ids.hpp"

namespace upkeep {

static bool may_pass(serve::RefusalCode code) {
  return code == serve::RefusalCode::kBusy || code == serve::RefusalCode::kUnready || code == serve::RefusalCode::kLimited;
}

static Error error_of(const serve::Refusal& refusal, const std::string& authority) {
  ErrorCode code = ErrorCode::kInternal;
  std::string hint;
  switch (refusal.code) {
    case serve::RefusalCode::kInvalid:
    case serve::RefusalCode::kUnsupportedMedia: code = ErrorCode::kInvalidArgument; break;
    case serve::RefusalCode::kNotFound: code = ErrorCode::kNotFound; break;
    case serve::RefusalCode::kTooLarge:
    case serve::RefusalCode::kLimited: code = ErrorCode::kResourceExhausted; break;
    case serve::RefusalCode::kUnauthenticated:
    case serve::RefusalCode::kForbidden:
      code = ErrorCode::kFailedPrecondition;
      hint = "give a token, or a certificate, that may do this";
      break;
    case serve::RefusalCode::kConflict:
    case serve::RefusalCode::kBusy:
    case serve::RefusalCode::kUnready: code = ErrorCode::kFailedPrecondition; break;
    case serve::RefusalCode::kUnsupported: code = ErrorCode::kUnsupported; break;
    case serve::RefusalCode::kTimeout:
    case serve::RefusalCode::kCancelled: code = ErrorCode::kIo; break;
    case serve::RefusalCode::kInternal: break;
  }
  return Error(code, refusal.message, std::move(hint)).in(authority);
}

struct Client::State {
  explicit State(ClientOptions options_in)
      : options(std::move(options_in)),
        connection{.channel = {.url = serve::parse_server_url(options.url),
                               .authorities_file = options.authorities_file,
                               .certificate_file = options.certificate_file,
                               .key_file = options.key_file},
                   .token = options.token} {
    if (options.token.find_first_of("\r\n") != std::string::npos) throw Error(ErrorCode::kInvalidArgument, "the token has a line break");
  }

  using Time = serve::Channel::Time;
  static Time now() { return std::chrono::steady_clock::now(); }

  std::unique_ptr<serve::ClientConnection> idle_connection() {
    const std::lock_guard lock(mutex);
    if (idle.empty()) return nullptr;
    auto one = std::move(idle.back());
    idle.pop_back();
    return one;
  }

  // The call on a connection that is open, or on a new one. A connection may have ended while nobody used it: that is no failure.
  auto once(const auto& call, Time until) {
    const auto keep = [this](std::unique_ptr<serve::ClientConnection> one) {
      if (!one->reusable()) return;
      const std::lock_guard lock(mutex);
      idle.push_back(std::move(one));
    };
    while (auto one = idle_connection()) {
      try {
        auto answer = call(*one);
        keep(std::move(one));
        return answer;
      } catch (const serve::ChannelFailure&) {
        if (now() >= until) throw;
      }
    }
    auto one = connection.channel.url.grpc ? serve::connect_grpc(connection, until) : serve::connect_http(connection, until);
    auto answer = call(*one);
    keep(std::move(one));
    return answer;
  }

  // Again and again, while that may help and time and tries are left.
  auto answered(const auto& call) {
    const Time until = now() + options.timeout;
    auto wait = options.first_wait;
    for (int left = options.retries;; --left) {
      int server_says_s = 0;
      try {
        auto answer = once([&](serve::ClientConnection& one) { return call(one, until); }, until);
        if (answer) return std::move(*answer);
        server_says_s = answer.error().retry_after_s;
        if (left <= 0 || !may_pass(answer.error().code)) throw error_of(answer.error(), connection.channel.url.authority);
        if (!pause(std::max<std::chrono::milliseconds>(varied(wait), std::chrono::seconds(server_says_s)), until))
          throw error_of(answer.error(), connection.channel.url.authority);
      } catch (const serve::ChannelFailure& failure) {
        if (left <= 0 || !pause(varied(wait), until)) throw Error(ErrorCode::kIo, failure.what());
      }
      wait = std::min(wait * 2, options.longest_wait);
    }
  }

  // False: the time that is left is not enough.
  static bool pause(std::chrono::milliseconds wait, Time until) {
    if (now() + wait >= until) return false;
    std::this_thread::sleep_for(wait);
    return true;
  }

  std::chrono::milliseconds varied(std::chrono::milliseconds wait) {
    const std::lock_guard lock(mutex);
    return std::chrono::milliseconds(static_cast<std::int64_t>(static_cast<double>(wait.count()) * spread(chance)));
  }

  bool holds(serve::Question question, const std::string& name, const std::string& version) {
    const Time until = now() + options.timeout;
    try {
      return once([&](serve::ClientConnection& one) { return one.holds(question, name, version, until); }, until);
    } catch (const serve::ChannelFailure&) {
      return false;
    }
  }

  const ClientOptions options;
  const serve::ConnectionOptions connection;
  serve::RequestIds ids;
  std::mutex mutex;  // of what follows
  std::vector<std::unique_ptr<serve::ClientConnection>> idle;
  std::mt19937 chance{std::random_device{}()};
  std::uniform_real_distribution<double> spread{0.5, 1.5};
};

Client::Client(ClientOptions options) : state_(std::make_unique<State>(std::move(options))) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

bool Client::live() const { return state_->holds(serve::Question::kServerLive, {}, {}); }
bool Client::ready() const { return state_->holds(serve::Question::kServerReady, {}, {}); }
bool Client::ready(const std::string& model, const std::string& version) const {
  return state_->holds(serve::Question::kModelReady, model, version);
}

RemoteModel Client::model(const std::string& name, const std::string& version) const {
  return state_->answered([&](serve::ClientConnection& one, serve::Channel::Time until) { return one.model(name, version, until); });
}

InferResult Client::infer(const std::string& model, const Tensors& inputs, const InferSettings& settings) const {
  InferSettings with_id = settings;
  if (with_id.id.empty()) with_id.id = state_->ids.next();  // the same for every try
  return state_->answered(
      [&](serve::ClientConnection& one, serve::Channel::Time until) { return one.infer(model, inputs, with_id, until); });
}

}  // namespace upkeep
