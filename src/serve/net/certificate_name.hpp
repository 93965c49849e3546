// The name in a client's certificate that was verified. Private to this folder.
#pragma once

#include <openssl/types.h>

#include <string>

namespace upkeep::serve {

// The first of: a URI (SPIFFE's), a DNS name, an e-mail address of the alternative names; the subject's common name. "" without a
// certificate.
std::string certificate_name(SSL* connection);

}  // namespace upkeep::serve
