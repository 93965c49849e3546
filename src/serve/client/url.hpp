// Where a server is, and how it is spoken to.
#pragma once

#include <string>

namespace upkeep::serve {

struct ServerUrl {
  bool grpc = false, secure = false;
  std::string host;  // without brackets
  std::string port;
  std::string authority;  // as it stands in the url: "localhost:8080", "[::1]:8080"
};

// http://, https://, grpc://, grpcs:// and HOST[:PORT]. Throws Error{kInvalidArgument}.
ServerUrl parse_server_url(const std::string& text);

}  // namespace upkeep::serve
