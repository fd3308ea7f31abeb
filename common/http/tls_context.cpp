#include "common/http/tls_context.hpp"

#include <boost/asio/buffer.hpp>
#include <string>

#include "common/error.hpp"
#include "common/file_io.hpp"

namespace shoal::http {

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
    context->use_private_key(boost::asio::buffer(key), ssl::context::pem, error);
    if (error) {
        throw Error(ExitCode::kUsage, files.key.native(), error.message(),
                    "it must hold the certificate's private key as PEM, without a pass phrase");
    }
    return context;
}

}  // namespace shoal::http
