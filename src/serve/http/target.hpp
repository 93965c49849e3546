// The target of a request, taken apart: RFC 9112, 3.2. HTTP/2's :path is one, too.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace upkeep::serve {

// The path is split at its slashes before its escapes are decoded, so that "/a%2Fb" is one part, as proxies see it.
class Target {
 public:
  // "/v2/models/m?x", "http://host/v2/models/m", "*". False, when it is none of these or an escape is broken.
  bool parse(std::string_view target);

  // Valid until the next parse().
  std::string_view path() const { return path_; }                        // decoded, for people to read
  const std::vector<std::string_view>& parts() const { return parts_; }  // of "/a/b": "a", "b"; of "/a/": "a", ""; of "*": none
  std::string_view query() const { return query_; }                      // as it came, without the question mark

 private:
  std::string path_, query_;
  std::vector<std::string_view> parts_;
};

}  // namespace upkeep::serve
