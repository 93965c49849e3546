// The server's side of TLS: 1.2 or newer, the certificate, whose clients are let in. Files that change are read again while the server
// runs.
#pragma once

#include <boost/asio/ssl/context.hpp>

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/file_stamp.hpp"
#include "serve/net/tls_files.hpp"

namespace upkeep::serve {

class TlsContexts {
 public:
  // Throws Error when the files do not make a server: not there, no PEM, a key of another certificate, a key with a passphrase.
  TlsContexts(TlsFiles files, bool with_http2);

  std::shared_ptr<boost::asio::ssl::context> current() const;  // any thread; for the next connection

  // Reads the files again where they have changed. What does not make a server changes nothing and is said once.
  void refresh();

 private:
  std::shared_ptr<boost::asio::ssl::context> load() const;

  TlsFiles files_;
  bool with_http2_;
  std::vector<std::filesystem::path> watched_;
  std::vector<FileStamp> stamps_;
  mutable std::mutex mutex_;
  std::shared_ptr<boost::asio::ssl::context> current_;
};

}  // namespace upkeep::serve
