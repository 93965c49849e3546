#include "base/hmac.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "base/format.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

std::string hmac_sha256(std::string_view key, std::string_view message) {
  std::array<unsigned char, 32> digest{};
  unsigned size = digest.size();
  const auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
  if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes, message.size(), digest.data(), &size))
    throw Error(ErrorCode::kInternal, "HMAC-SHA256 is not available");
  std::string text;
  for (const unsigned char byte : digest) text += upkeep::format("{:02x}", byte);
  return text;
}

}  // namespace upkeep
