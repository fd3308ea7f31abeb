#include "common/http/tls_context.hpp"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <ctime>
#include <limits>
#include <string>

#include "common/error.hpp"
#include "common/file_io.hpp"

namespace shoal::http {
namespace {

std::int64_t to_unix(const ASN1_TIME* time) {
    std::tm parts{};
    ::ASN1_TIME_to_tm(time, &parts);
    return ::timegm(&parts);
}

void narrow(CertificateValidity& validity, const X509* certificate) {
    validity.begin = std::max(validity.begin, to_unix(::X509_get0_notBefore(certificate)));
    validity.end = std::min(validity.end, to_unix(::X509_get0_notAfter(certificate)));
}

}  // namespace

std::shared_ptr<boost::asio::ssl::context> make_tls_context(const TlsFiles& files) {
    namespace ssl = boost::asio::ssl;
    constexpr std::size_t kMostBytes = 1 << 20;
    const std::string chain = read_file(files.certificate, kMostBytes);
    const std::string key = read_file(files.key, kMostBytes);
    auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    context->set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 | ssl::context::no_sslv3 |
                         ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1 | ssl::context::no_compression);
    boost::system::error_code error;
    context->use_certificate_chain(boost::asio::buffer(chain), error);
    if (error) {
        throw Error(ExitCode::kUsage, files.certificate.native(), error.message(),
                    "it must hold the certificate and its chain as PEM");
    }
    // Without this OpenSSL asks for a pass phrase on the terminal.
    context->set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string(); });
    context->use_private_key(boost::asio::buffer(key), ssl::context::pem, error);
    if (error) {
        throw Error(ExitCode::kUsage, files.key.native(), error.message(),
                    "it must hold the certificate's private key as PEM, without a pass phrase");
    }
    return context;
}

CertificateValidity validity_of(boost::asio::ssl::context& context) {
    CertificateValidity validity{0, std::numeric_limits<std::int64_t>::max()};
    SSL_CTX* const native = context.native_handle();
    if (const X509* own = ::SSL_CTX_get0_certificate(native)) narrow(validity, own);
    STACK_OF(X509)* chain = nullptr;
    SSL_CTX_get_extra_chain_certs(native, &chain);
    for (int i = 0; i < sk_X509_num(chain); ++i) narrow(validity, sk_X509_value(chain, i));
    return validity;
}

}  // namespace shoal::http
