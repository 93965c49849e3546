#include "serve/net/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/format.hpp"
#include "base/progress.hpp"
#include "upkeep/error.hpp"

namespace upkeep::serve {

namespace ssl = boost::asio::ssl;
using Failure = boost::system::error_code;

static constexpr std::string_view kBoth = "\x02h2\x08http/1.1", kHttp1 = "\x08http/1.1";

// The first of ours that the client offers; a client that offers others gets none, and speaks HTTP/1.1 or nothing we know.
static int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered, unsigned offered_size,
                           void* ours) {
  const auto& list = *static_cast<const std::string_view*>(ours);
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, size, reinterpret_cast<const unsigned char*>(list.data()), static_cast<unsigned>(list.size()), offered,
                            offered_size) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

static void expect_file(const std::filesystem::path& file, std::string_view what, std::string_view option) {
  if (file.empty())
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("TLS needs {}", what), upkeep::format("{} FILE, in PEM", option));
  if (!std::filesystem::exists(file))
    throw Error(ErrorCode::kNotFound, upkeep::format("{}: there is no such file", file.string()),
                upkeep::format("{} names {}", option, what));
}

static void check(const Failure& failure, const std::filesystem::path& file, const char* hint) {
  if (failure) throw Error(ErrorCode::kInvalidArgument, upkeep::format("{}: {}", file.string(), failure.message()), hint);
}

static void set_rules(ssl::context& context, bool with_http2) {
  SSL_CTX* native = context.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);  // an idle connection holds none
  SSL_CTX_set_alpn_select_cb(native, choose_protocol, const_cast<std::string_view*>(with_http2 ? &kBoth : &kHttp1));
  SSL_CTX_set_default_passwd_cb(native, [](char*, int, int, void*) { return 0; });  // nobody is there to be asked
}

static void ask_clients(ssl::context& context, const std::filesystem::path& authorities) {
  Failure failure;
  context.load_verify_file(authorities.string(), failure);
  check(failure, authorities, "certificates of authorities in PEM");
  context.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
  SSL_CTX_set_client_CA_list(context.native_handle(), SSL_load_client_CA_file(authorities.c_str()));
  static constexpr unsigned char kOwn[] = "upkeep";
  SSL_CTX_set_session_id_context(context.native_handle(), kOwn, sizeof(kOwn) - 1);
}

TlsContexts::TlsContexts(TlsFiles files, bool with_http2) : files_(std::move(files)), with_http2_(with_http2) {
  expect_file(files_.certificate, "the server's certificate", "--tls-certificate");
  expect_file(files_.key, "the certificate's private key", "--tls-key");
  watched_ = {files_.certificate, files_.key};
  if (!files_.client_ca.empty()) {
    expect_file(files_.client_ca, "the authorities of clients", "--tls-client-ca");
    watched_.push_back(files_.client_ca);
  }
  stamps_ = file_stamps(watched_);
  current_ = load();
}

std::shared_ptr<ssl::context> TlsContexts::load() const {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  set_rules(*context, with_http2_);
  ERR_clear_error();
  Failure failure;
  context->use_private_key_file(files_.key.string(), ssl::context::pem, failure);
  check(failure, files_.key, "the private key of the certificate, in PEM, without a passphrase");
  context->use_certificate_chain_file(files_.certificate.string(), failure);  // drops a key that is not its own
  check(failure, files_.certificate, "a certificate in PEM, then those between it and the authority");
  if (SSL_CTX_check_private_key(context->native_handle()) != 1)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} is not the key of {}", files_.key.string(), files_.certificate.string()));
  if (!files_.client_ca.empty()) ask_clients(*context, files_.client_ca);
  return context;
}

std::shared_ptr<ssl::context> TlsContexts::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

void TlsContexts::refresh() {
  std::vector<FileStamp> stamps = file_stamps(watched_);
  if (stamps == stamps_) return;
  stamps_ = std::move(stamps);
  try {
    auto fresh = load();
    const std::lock_guard lock(mutex_);
    current_ = std::move(fresh);
  } catch (const Error& error) {
    return note(upkeep::format("the changed TLS files are not used, the ones before serve on: {}", error.what()));
  }
  note(upkeep::format("the certificate of {} was read again", files_.certificate.string()));
}

}  // namespace upkeep::serve
