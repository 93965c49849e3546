// One connection to a server, used by one call at a time: bytes out and in, each before a point in time.
#pragma once

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "serve/client/url.hpp"

namespace upkeep::serve {

// The connection cannot be made or is broken, or time is over. Another try may help.
class ChannelFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct ChannelOptions {
  ServerUrl url;
  std::string authorities_file, certificate_file, key_file;
};

class Channel {
 public:
  using Time = std::chrono::steady_clock::time_point;
  // Connects. Throws ChannelFailure; Error{kInvalidArgument, kIo}: files of certificates that cannot be read.
  Channel(const ChannelOptions& options, Time until);
  ~Channel();

  void write(std::string_view bytes, Time until);
  // Some bytes, at least one; empty: the server has ended the connection.
  std::string read(Time until);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace upkeep::serve
