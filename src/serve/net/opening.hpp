// A connection whose protocol is not known yet: the handshake of TLS, then the first bytes. Private to this folder.
#pragma once

#include <chrono>

#include "serve/net/socket_stream.hpp"

namespace upkeep::serve {

struct OpeningTimes {
  std::chrono::seconds handshake{10};   // for the whole handshake of TLS, and for a preface that has begun
  std::chrono::seconds first_byte{75};  // of a client that says nothing
};

// `protocols` lives as long as the streams are opened. Keeps the stream until what speaks on it has started.
std::shared_ptr<ProtocolSession> opening(std::shared_ptr<SocketStream> stream, const Protocols& protocols, OpeningTimes times);

}  // namespace upkeep::serve
