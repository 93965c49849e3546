// One open connection of a client, and how a call is made on it. Private to this folder.
#pragma once

#include <memory>
#include <string>

#include "serve/client/channel.hpp"
#include "serve/protocol/refusal.hpp"
#include "upkeep/client.hpp"

namespace upkeep::serve {

enum class Question { kServerLive, kServerReady, kModelReady };

// Calls throw ChannelFailure where the connection fails; a refusal is the server's.
class ClientConnection {
 public:
  virtual ~ClientConnection() = default;
  virtual Answer<InferResult> infer(const std::string& model, const Tensors& inputs, const InferSettings& settings,
                                    Channel::Time until) = 0;
  virtual Answer<RemoteModel> model(const std::string& name, const std::string& version, Channel::Time until) = 0;
  virtual bool holds(Question question, const std::string& name, const std::string& version, Channel::Time until) = 0;
  virtual bool reusable() const = 0;  // for a further call
};

struct ConnectionOptions {
  ChannelOptions channel;
  std::string token;
};

std::unique_ptr<ClientConnection> connect_http(const ConnectionOptions& options, Channel::Time until);
std::unique_ptr<ClientConnection> connect_grpc(const ConnectionOptions& options, Channel::Time until);

inline constexpr std::size_t kLargestReply = std::size_t{2} << 30;

}  // namespace upkeep::serve
