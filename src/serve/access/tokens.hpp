// Who may ask what: the file of `upkeep serve --tokens`.
//
//   tokens:
//     - name: shop
//       sha256: 3f5a...                      # of the token, as `upkeep token` prints it
//       allow: {infer: [price, "image-*"], label: [price]}
//       requests_per_s: 200                  # over a second; more is answered with 429
//       concurrent: 16                       # at a time
//       expires: 2027-06-30
//   certificates:                            # names in certificates of clients (--tls-client-ca)
//     - name: spiffe://shop.example/batch
//       allow: {infer: ["*"]}
//   anonymous:                               # callers without a token; absent: nothing but probes
//     allow: {infer: [demo]}
//
// A token is 256 random bits, so nobody can guess it and a plain SHA-256 of it gives nothing away: salt and slow hashes protect what people
// choose. The file may lie beside the configuration; the tokens themselves are kept by the callers alone.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "serve/access/role.hpp"

namespace upkeep::serve {

// What one caller may do.
struct Grant {
  std::string name;
  std::map<Role, std::vector<std::string>> models;  // patterns, with * for any characters
  double requests_per_s = 0;                        // 0: no limit
  int concurrent = 0;                               // 0: no limit
  std::optional<TimePoint> expires;

  // `model` empty: of no model, which kAdmin, kInfer, ... allow where they are given for "*".
  bool allows(Role role, std::string_view model) const;
};

struct Token {
  std::string sha256;  // 64 lower-case digits
  Grant grant;
};

struct Tokens {
  std::vector<Token> tokens;
  std::vector<Grant> certificates;
  std::optional<Grant> anonymous;

  const Grant* by_token(std::string_view token) const;  // null: nobody's
  const Grant* by_certificate(std::string_view name) const;
};

// Throws Error{kInvalidArgument} with the place: an unknown key or role, a hash that is none, a name or hash given twice.
Tokens parse_tokens(std::string_view yaml);

std::string make_token();  // "upk_" and 256 random bits of the kernel's, in the digits of base64url

}  // namespace upkeep::serve
