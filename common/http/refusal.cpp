#include "common/http/refusal.hpp"

#include <boost/beast/http/error.hpp>

namespace shoal::http {

int refusal_status(const boost::system::error_code& code) {
    using boost::beast::http::error;
    if (code == error::header_limit || code == error::buffer_overflow) return 431;
    if (code == error::body_limit) return 413;
    return 400;
}

std::string_view refusal_text(int status) {
    switch (status) {
        case 413:
            return "the body is too large\n";
        case 431:
            return "the request line or the headers are too large\n";
        case 500:
            return "the server failed\n";
        default:
            return "this is not a valid HTTP/1.0 or HTTP/1.1 request\n";
    }
}

}  // namespace shoal::http
