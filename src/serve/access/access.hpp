// One check for HTTP and gRPC: may this caller do this now? It is asked after routing, for the endpoint that will answer, so that no other
// spelling of a path goes around it.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/file_stamp.hpp"
#include "serve/access/limits.hpp"
#include "serve/access/tokens.hpp"
#include "serve/protocol/refusal.hpp"

namespace upkeep::serve {

// What callers without a token or certificate may do, beside what the tokens file says of them.
enum class Anonymous {
  kNothing,  // but probes
  kAllButAdmin,
  kAll,
};

struct AccessOptions {
  std::filesystem::path tokens;  // read again when it changes; empty: who has a certificate may do all but what is administrative
  Anonymous anonymous = Anonymous::kNothing;
};

struct Credentials {
  std::string_view authorization;  // "Bearer upk_..."
  std::string_view certificate;    // the name in the client's verified certificate
  std::string_view address;
};

struct Admission {
  std::string name;         // of the token or certificate; "" anonymous
  CallerLimits::Slot slot;  // to be kept until the request is answered
};

class Access {
 public:
  // Throws Error when the tokens file cannot be used.
  explicit Access(AccessOptions options, const Clock& clock = system_clock());

  // Any thread. kUnauthenticated, kForbidden, kLimited.
  Answer<Admission> allow(const Credentials& credentials, Role role, std::string_view model);

  // Whose credentials these are, for the audit of what was refused; "" nobody's that is known.
  std::string name_of(const Credentials& credentials) const;

  // Reads the tokens again where their file has changed; to be called about once a second. A file that cannot be used changes nothing and
  // is said once.
  void refresh();

 private:
  std::shared_ptr<const Tokens> tokens() const;

  AccessOptions options_;
  const Clock& clock_;
  FileStamp stamp_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Tokens> tokens_;
  CallerLimits limits_;
};

bool is_address(std::string_view text);      // a number, not a name: "10.0.0.7", "::1"
bool is_loopback(std::string_view address);  // "127.0.0.1", "::1", "localhost"

}  // namespace upkeep::serve
