// HMAC-SHA256 (RFC 2104), over OpenSSL: who knows the key can tell that a message is the sender's and whole.
#pragma once

#include <string>
#include <string_view>

namespace upkeep {

std::string hmac_sha256(std::string_view key, std::string_view message);  // 64 lower-case digits

}  // namespace upkeep
