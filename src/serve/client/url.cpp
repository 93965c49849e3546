#include "serve/client/url.hpp"

#include "base/format.hpp"
#include "upkeep/error.hpp"

namespace upkeep::serve {

ServerUrl parse_server_url(const std::string& text) {
  const auto wrong = [&] {
    return Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" is not the url of a server", text),
                 "http://HOST:PORT, https://HOST:PORT, grpc://HOST:PORT or grpcs://HOST:PORT");
  };
  const std::size_t colons = text.find("://");
  if (colons == std::string::npos) throw wrong();
  const std::string scheme = text.substr(0, colons);
  ServerUrl url{.grpc = scheme == "grpc" || scheme == "grpcs", .secure = scheme == "https" || scheme == "grpcs"};
  if (!url.grpc && scheme != "http" && scheme != "https") throw wrong();
  url.authority = text.substr(colons + 3);
  if (url.authority.ends_with('/')) url.authority.pop_back();
  if (url.authority.find_first_of("/?#@ \r\n\t") != std::string::npos) throw wrong();
  const std::size_t colon = url.authority.rfind(':');
  const bool has_port = colon != std::string::npos && url.authority.find(']', colon) == std::string::npos;
  url.host = url.authority.substr(0, has_port ? colon : std::string::npos);
  url.port = has_port ? url.authority.substr(colon + 1) : url.secure ? "443" : "80";
  if (url.host.starts_with('[') && url.host.ends_with(']')) url.host = url.host.substr(1, url.host.size() - 2);
  if (url.host.empty() || url.port.empty() || url.port.find_first_not_of("0123456789") != std::string::npos) throw wrong();
  return url;
}

}  // namespace upkeep::serve
