#include "common/http/response_head.hpp"

#include <array>
#include <boost/beast/http/status.hpp>
#include <charconv>
#include <cstdint>

namespace shoal::http {
namespace {

void add_number(std::string& out, std::uint64_t number) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

}  // namespace

void write_response_head(const Response& response, int version, bool keep_alive, std::string_view date,
                         std::string& out) {
    out.clear();
    const auto reason = boost::beast::http::obsolete_reason(
        boost::beast::http::int_to_status(static_cast<unsigned>(response.status)));
    // Piece by piece: a format string would be read again for each answer.
    out += "HTTP/1.1 ";
    add_number(out, static_cast<unsigned>(response.status));
    out += ' ';
    out.append(reason.data(), reason.size());
    out += "\r\nDate: ";
    out += date;
    out += "\r\n";
    if (!response.events) {
        out += "Content-Length: ";
        add_number(out, response.body.size());
        out += "\r\n";
    }
    if (!response.content_type.empty()) {
        out += "Content-Type: ";
        out += response.content_type;
        out += "\r\n";
    }
    for (const auto& [name, value] : response.headers) {
        out += name;
        out += ": ";
        out += value;
        out += "\r\n";
    }
    // HTTP/1.0 closes unless told otherwise, 1.1 stays open unless told otherwise (RFC 9112, 9.3).
    if (!keep_alive) {
        out += "Connection: close\r\n";
    } else if (version == 10) {
        out += "Connection: keep-alive\r\n";
    }
    out += "\r\n";
}

}  // namespace shoal::http
