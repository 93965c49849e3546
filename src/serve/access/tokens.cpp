#include "serve/access/tokens.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>

#include "base/format.hpp"
#include "base/json.hpp"
#include "base/names.hpp"
#include "base/sha256.hpp"
#include "upkeep/error.hpp"

namespace upkeep::serve {

static const std::vector<std::pair<std::string, Role>> kRoles = {
    {"infer", Role::kInfer}, {"label", Role::kLabel}, {"explain", Role::kExplain}, {"admin", Role::kAdmin}};

// "image-*" fits "image-7". Linear: after a star, the first place that fits is as good as any other.
static bool fits(std::string_view pattern, std::string_view name) {
  std::size_t p = 0, n = 0, star = pattern.npos, restart = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') star = p++, restart = n;
    else if (p < pattern.size() && pattern[p] == name[n]) ++p, ++n;
    else if (star != pattern.npos) p = star + 1, n = ++restart;
    else return false;
  }
  return pattern.find_first_not_of('*', p) == pattern.npos;
}

bool Grant::allows(Role role, std::string_view model) const {
  if (role == Role::kOpen || role == Role::kAny) return true;
  const auto given = models.find(role);
  if (given == models.end()) return false;
  return std::ranges::any_of(given->second,
                             [&](const std::string& pattern) { return model.empty() ? pattern == "*" : fits(pattern, model); });
}

// Takes as long for every hash: how much of one was right cannot be measured.
static bool equal_in_constant_time(std::string_view a, std::string_view b) {
  unsigned different = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) different |= static_cast<unsigned char>(a[i] ^ b[i]);
  return different == 0;
}

const Grant* Tokens::by_token(std::string_view token) const {
  const std::string hash = sha256(token);
  const Grant* found = nullptr;
  for (const Token& one : tokens)
    if (equal_in_constant_time(one.sha256, hash)) found = &one.grant;
  return found;
}

const Grant* Tokens::by_certificate(std::string_view name) const {
  const auto found = std::ranges::find(certificates, name, &Grant::name);
  return found == certificates.end() || name.empty() ? nullptr : &*found;
}

namespace {

Error wrong(const std::string& where, std::string_view what, std::string hint = {}) {
  return Error(ErrorCode::kInvalidArgument, upkeep::format("{}: {}", where, what), std::move(hint));
}

void expect_keys(const Json& entry, const std::string& where, const std::vector<std::string>& known) {
  if (!entry.is_object()) throw wrong(where, "expected a map of " + join(known));
  for (const auto& [key, _] : entry.items())
    if (std::ranges::find(known, key) == known.end()) throw unknown_name(where + ": key", key, known);
}

std::string text_of(const Json& entry, const std::string& where, const char* key) {
  const auto found = entry.find(key);
  if (found == entry.end() || !found->is_string() || found->get_ref<const std::string&>().empty())
    throw wrong(where, upkeep::format("\"{}\" is a text, in quotes where it looks like a number", key));
  return *found;
}

std::map<Role, std::vector<std::string>> read_allowed(const Json& allow, const std::string& where) {
  std::map<Role, std::vector<std::string>> models;
  std::vector<std::string> names;
  for (const auto& [name, _] : kRoles) names.push_back(name);
  if (!allow.is_object()) throw wrong(where, "\"allow\" maps a role to models", "allow: {infer: [price, \"image-*\"]}");
  for (const auto& [name, patterns] : allow.items()) {
    const auto role = std::ranges::find(kRoles, name, &std::pair<std::string, Role>::first);
    if (role == kRoles.end()) throw unknown_name(where + ": role", name, names);
    if (!patterns.is_array()) throw wrong(where, upkeep::format("\"{}\" takes a list of models", name), "[\"*\"] for all of them");
    for (const Json& pattern : patterns) {
      if (!pattern.is_string() || pattern.get_ref<const std::string&>().empty())
        throw wrong(where, upkeep::format("the models of \"{}\" are texts, in quotes where one looks like a number", name));
      models[role->second].push_back(pattern);
    }
  }
  return models;
}

double number_of(const Json& value, const std::string& where, const char* key) {
  if (!value.is_number() || !(value.get<double>() > 0) || value.get<double>() > 1e9)
    throw wrong(where, upkeep::format("\"{}\" is a number above 0", key));
  return value;
}

Grant read_grant(const Json& entry, const std::string& where, bool named) {
  Grant grant;
  if (named) grant.name = text_of(entry, where, "name");
  if (!entry.contains("allow")) throw wrong(where, "\"allow\" is missing", "allow: {infer: [price, \"image-*\"]}");
  grant.models = read_allowed(entry.at("allow"), where);
  if (entry.contains("requests_per_s")) grant.requests_per_s = number_of(entry.at("requests_per_s"), where, "requests_per_s");
  if (entry.contains("concurrent")) {
    const double count = number_of(entry.at("concurrent"), where, "concurrent");
    grant.concurrent = static_cast<int>(count);
    if (grant.concurrent != count) throw wrong(where, "\"concurrent\" is a whole number");
  }
  if (entry.contains("expires")) grant.expires = in_context(where, [&] { return time_from_iso8601(text_of(entry, where, "expires")); });
  return grant;
}

void expect_hash(const std::string& hash, const std::string& where) {
  const bool hex = std::ranges::all_of(hash, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (hash.size() != 64 || !hex)
    throw wrong(where, "\"sha256\" is 64 digits 0-9 and a-f",
                "`upkeep token` prints a token and its hash; the token itself does not belong here");
}

}  // namespace

Tokens parse_tokens(std::string_view yaml) {
  const Json file = parse_yaml(yaml);
  expect_keys(file, "tokens file", {"tokens", "certificates", "anonymous"});
  Tokens tokens;
  const auto each = [&](const char* key, const auto& take) {
    if (!file.contains(key)) return;
    const Json& list = file.at(key);
    if (!list.is_array()) throw wrong("tokens file", upkeep::format("\"{}\" is a list", key));
    for (std::size_t i = 0; i < list.size(); ++i) take(list[i], upkeep::format("{}[{}]", key, i));
  };
  each("tokens", [&](const Json& entry, const std::string& where) {
    expect_keys(entry, where, {"name", "sha256", "allow", "requests_per_s", "concurrent", "expires"});
    Token token{.sha256 = text_of(entry, where, "sha256"), .grant = read_grant(entry, where, true)};
    expect_hash(token.sha256, where);
    for (const Token& other : tokens.tokens)
      if (other.sha256 == token.sha256) throw wrong(where, upkeep::format("the token of \"{}\", too, has this hash", other.grant.name));
    tokens.tokens.push_back(std::move(token));
  });
  each("certificates", [&](const Json& entry, const std::string& where) {
    expect_keys(entry, where, {"name", "allow", "requests_per_s", "concurrent", "expires"});
    Grant grant = read_grant(entry, where, true);
    if (tokens.by_certificate(grant.name)) throw wrong(where, upkeep::format("\"{}\" is there twice", grant.name));
    tokens.certificates.push_back(std::move(grant));
  });
  if (file.contains("anonymous")) {
    expect_keys(file.at("anonymous"), "anonymous", {"allow", "requests_per_s", "concurrent"});
    tokens.anonymous = read_grant(file.at("anonymous"), "anonymous", false);
  }
  return tokens;
}

std::string make_token() {
  std::array<unsigned char, 32> bytes{};
  for (std::size_t have = 0; have < bytes.size();) {
    const ssize_t more = ::getrandom(bytes.data() + have, bytes.size() - have, 0);
    if (more < 0) throw Error(ErrorCode::kIo, "the kernel gives no random bytes");
    have += static_cast<std::size_t>(more);
  }
  static constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string token = "upk_";
  for (std::size_t bit = 0; bit < bytes.size() * 8; bit += 6) {
    unsigned value = 0;
    for (std::size_t i = bit; i < bit + 6; ++i) value = value * 2 + (i < bytes.size() * 8 ? (bytes[i / 8] >> (7 - i % 8)) & 1 : 0);
    token += kDigits[value];
  }
  return token;
}

}  // namespace upkeep::serve
