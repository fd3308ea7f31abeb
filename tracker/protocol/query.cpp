#include "tracker/protocol/query.hpp"

#include <array>
#include <cstdint>

namespace shoal::tracker {
namespace {

/// The value of each hex digit, by character; -1 for all others.
constexpr auto kHexValues = [] {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (std::int8_t i = 0; i < 10; ++i) values[static_cast<std::size_t>('0' + i)] = i;
    for (std::int8_t i = 0; i < 6; ++i) {
        values[static_cast<std::size_t>('a' + i)] = values[static_cast<std::size_t>('A' + i)] =
            static_cast<std::int8_t>(10 + i);
    }
    return values;
}();

int hex_value(char c) {
    return kHexValues[static_cast<unsigned char>(c)];
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
    out.assign(escaped);
    char* at = out.data();
    const char* const end = escaped.data() + escaped.size();
    for (const char* c = escaped.data(); c != end; ++c) {
        if (*c == '%') {
            if (end - c < 3) return false;
            const int value = hex_value(c[1]) * 16 + hex_value(c[2]);
            if (hex_value(c[1]) < 0 || hex_value(c[2]) < 0) return false;
            *at++ = static_cast<char>(value);
            c += 2;
        } else {
            *at++ = *c == '+' ? ' ' : *c;
        }
    }
    out.resize(static_cast<std::size_t>(at - out.data()));
    return true;
}

}  // namespace shoal::tracker
