#pragma once

#include <filesystem>

namespace upkeep::serve {

// In PEM. They are read again when they change.
struct TlsFiles {
  std::filesystem::path certificate;  // the server's, then those between it and the authority
  std::filesystem::path key;          // without a passphrase
  std::filesystem::path client_ca =
      {};  // authorities of clients: a client without a certificate of theirs is not let in; empty: none is asked for
};

}  // namespace upkeep::serve
