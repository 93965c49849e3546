// The tokens file of a server: callers or an Error; what is allowed is told for every name.
#include <cstdlib>

#include "serve/access/tokens.hpp"
#include "upkeep/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace upkeep;
  using namespace upkeep::serve;
  try {
    const Tokens tokens = parse_tokens({reinterpret_cast<const char*>(data), size});
    for (const Token& token : tokens.tokens) {
      if (token.sha256.size() != 64) std::abort();
      for (const auto& [role, patterns] : token.grant.models)
        for (const std::string& pattern : patterns)
          if (!token.grant.allows(role, pattern)) std::abort();  // a pattern fits itself
    }
    if (tokens.by_token("") && tokens.tokens.empty()) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
