#include "tracker/protocol/query.hpp"

namespace shoal::tracker {
namespace {

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

bool Query::next(std::string_view& name, std::string_view& value) {
    while (!rest_.empty()) {
        const auto end = rest_.find('&');
        const std::string_view pair = rest_.substr(0, end);
        rest_ = end == std::string_view::npos ? std::string_view{} : rest_.substr(end + 1);
        if (pair.empty()) continue;
        const auto equals = pair.find('=');
        name = pair.substr(0, equals);
        value = equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
        return true;
    }
    return false;
}

bool unescape(std::string_view escaped, std::string& out) {
    out.clear();
    for (std::size_t i = 0; i < escaped.size(); ++i) {
        if (escaped[i] == '%') {
            if (i + 2 >= escaped.size()) return false;
            const int high = hex_value(escaped[i + 1]);
            const int low = hex_value(escaped[i + 2]);
            if (high < 0 || low < 0) return false;
            out += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            out += escaped[i] == '+' ? ' ' : escaped[i];
        }
    }
    return true;
}

}  // namespace shoal::tracker
