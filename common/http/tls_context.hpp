#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "common/http/server.hpp"

namespace shoal::http {

/// TLS 1.2 and 1.3 with the files' certificate chain and key. Throws Error (kFileSystem, kUsage) that names
/// the file.
std::shared_ptr<boost::asio::ssl::context> make_tls_context(const TlsFiles& files);

/// Of the chain that such a context has.
CertificateValidity validity_of(boost::asio::ssl::context& context);

}  // namespace shoal::http
