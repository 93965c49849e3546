// upkeep token: a secret for a caller of a server, and the lines that let it in.

#include "base/format.hpp"
#include "base/sha256.hpp"
#include "cli/commands/command.hpp"
#include "serve/access/tokens.hpp"

namespace upkeep::commands {

struct TokenOptions {
  std::string name;
};

}  // namespace upkeep::commands

namespace upkeep {

using commands::TokenOptions;

template <>
inline const Settings settings<TokenOptions> =
    describe<TokenOptions>("token", "make a secret for a caller of upkeep serve, and the lines of the tokens file that let it in",
                           field("name", &TokenOptions::name, "of the caller, as limits, logs and refusals call it"));

}  // namespace upkeep

namespace upkeep::commands {

static int token(const TokenOptions& options, const Ordered&, Output& output) {
  if (options.name.empty())
    throw Error(ErrorCode::kInvalidArgument, "the caller has no name", "upkeep token NAME, for instance upkeep token shop");
  const std::string secret = serve::make_token(), hash = sha256(secret);
  const std::string lines = upkeep::format(
      "tokens:\n  - name: {}\n    sha256: {}\n    allow: {{infer: [\"*\"]}}  # or label, explain, admin; names of models, with *",
      Json(options.name).dump(), hash);
  serve::parse_tokens(lines);
  output.result({{"name", options.name}, {"token", secret}, {"sha256", hash}});
  output.text(
      upkeep::format("the caller keeps this, and sends it as \"Authorization: Bearer ...\"; it is not shown again:\n{}\n\n"
                     "the server gets this, in the file of --tokens:\n{}",
                     secret, lines));
  return 0;
}

void add_token(CommandCatalog& catalog) {
  catalog.add(entry<TokenOptions>("deploy", {"name"}, {},
                                  {"upkeep token shop", "upkeep serve --registry reg --address 0.0.0.0 --tokens tokens.yaml"}, token));
}

}  // namespace upkeep::commands
