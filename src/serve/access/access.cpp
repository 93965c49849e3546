#include "serve/access/access.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/progress.hpp"
#include "serve/http/message.hpp"
#include "upkeep/error.hpp"

namespace upkeep::serve {

static Tokens read_tokens(const std::filesystem::path& file) {
  if (file.empty()) return {};
  return in_context(file.string(), [&] { return parse_tokens(read_file(file)); });
}

Access::Access(AccessOptions options, const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      stamp_(file_stamp(options_.tokens)),
      tokens_(std::make_shared<const Tokens>(read_tokens(options_.tokens))) {}

std::shared_ptr<const Tokens> Access::tokens() const {
  const std::lock_guard lock(mutex_);
  return tokens_;
}

void Access::refresh() {
  if (options_.tokens.empty()) return;
  const FileStamp stamp = file_stamp(options_.tokens);
  if (stamp == stamp_) return;
  stamp_ = stamp;
  try {
    auto fresh = std::make_shared<const Tokens>(read_tokens(options_.tokens));
    const std::lock_guard lock(mutex_);
    tokens_ = std::move(fresh);
  } catch (const Error& error) {
    return note(upkeep::format("the changed tokens file is not used, the tokens before it stay valid: {}", error.what()));
  }
  note(upkeep::format("the tokens of {} were read again", options_.tokens.string()));
}

// "Bearer TOKEN", RFC 6750; "" where it is something else.
static std::string_view bearer(std::string_view authorization) {
  static constexpr std::string_view kScheme = "Bearer ";
  if (!equal_ignoring_case(authorization.substr(0, kScheme.size()), kScheme)) return {};
  const std::string_view rest = authorization.substr(kScheme.size());
  return rest.substr(std::min(rest.find_first_not_of(' '), rest.size()));
}

static const char* name_of(Role role) {
  switch (role) {
    case Role::kInfer: return "infer";
    case Role::kLabel: return "label";
    case Role::kExplain: return "explain";
    case Role::kAdmin: return "admin";
    default: return "ask";
  }
}

static std::unexpected<Refusal> forbidden(std::string_view name, Role role, std::string_view model) {
  return refuse(RefusalCode::kForbidden, model.empty() ? upkeep::format("{} may not {} here", name, name_of(role))
                                                       : upkeep::format("{} may not {} model \"{}\"", name, name_of(role), model));
}

Answer<Admission> Access::allow(const Credentials& credentials, Role role, std::string_view model) {
  if (role == Role::kOpen) return Admission{};
  const std::shared_ptr<const Tokens> known = tokens();
  const Grant* grant = nullptr;
  if (!credentials.authorization.empty()) {
    grant = known->by_token(bearer(credentials.authorization));
    if (!grant && (!known->tokens.empty() || options_.anonymous == Anonymous::kNothing))
      return refuse(RefusalCode::kUnauthenticated, "the token of the Authorization header is not known here");
  }
  if (!grant) grant = known->by_certificate(credentials.certificate);
  if (grant && grant->expires && clock_.now() >= *grant->expires)
    return refuse(RefusalCode::kUnauthenticated,
                  upkeep::format("the access of {} expired at {}", grant->name, to_iso8601(*grant->expires)));
  if (grant && !grant->allows(role, model)) return forbidden(grant->name, role, model);
  if (!grant && options_.tokens.empty() && !credentials.certificate.empty()) {
    if (role == Role::kAdmin) return forbidden(credentials.certificate, role, model);
    return Admission{.name = std::string(credentials.certificate), .slot = {}};
  }
  if (!grant) {
    const bool open = options_.anonymous == Anonymous::kAll || (options_.anonymous == Anonymous::kAllButAdmin && role != Role::kAdmin);
    if (known->anonymous && known->anonymous->allows(role, model)) grant = &*known->anonymous;
    else if (!open)
      return refuse(RefusalCode::kUnauthenticated,
                    known->tokens.empty() && credentials.certificate.empty()
                        ? "this server has been told of no callers, so that nobody may ask: its operator gives it --tokens FILE"
                        : "this server knows its callers: send \"Authorization: Bearer TOKEN\"");
  }
  if (!grant) return Admission{};
  const std::string key = grant->name.empty() ? upkeep::format("@{}", credentials.address) : grant->name;
  auto slot = limits_.take(key, grant->requests_per_s, grant->concurrent, std::chrono::steady_clock::now());
  if (!slot)
    return std::unexpected(Refusal{.code = RefusalCode::kLimited,
                                   .message = upkeep::format("more than {} of this caller", slot.error().what),
                                   .retry_after_s = slot.error().retry_after_s});
  return Admission{.name = grant->name, .slot = std::move(*slot)};
}

std::string Access::name_of(const Credentials& credentials) const {
  const std::shared_ptr<const Tokens> known = tokens();
  const Grant* grant = credentials.authorization.empty() ? nullptr : known->by_token(bearer(credentials.authorization));
  return grant ? grant->name : std::string(credentials.certificate);
}

bool is_address(std::string_view text) {
  in6_addr any{};
  const std::string copy(text);
  return ::inet_pton(AF_INET, copy.c_str(), &any) == 1 || ::inet_pton(AF_INET6, copy.c_str(), &any) == 1;
}

bool is_loopback(std::string_view address) {
  const std::string text(address);
  in_addr four{};
  if (::inet_pton(AF_INET, text.c_str(), &four) == 1) return ntohl(four.s_addr) >> 24 == 127;
  in6_addr six{};
  if (::inet_pton(AF_INET6, text.c_str(), &six) == 1) return IN6_IS_ADDR_LOOPBACK(&six);
  return text == "localhost";
}

}  // namespace upkeep::serve
