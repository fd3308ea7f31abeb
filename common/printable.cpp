#include "common/printable.hpp"

#include <fmt/format.h>

#include <array>

namespace shoal {
namespace {

bool is_control(std::uint32_t c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

bool turns_direction(std::uint32_t c) {
    return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069);
}

/// U+2028 and U+2029.
bool breaks_line(std::uint32_t c) {
    return c == 0x2028 || c == 0x2029;
}

}  // namespace

std::uint32_t take_code_point(std::string_view& text) {
    const auto first = static_cast<unsigned char>(text.front());
    text.remove_prefix(1);
    if (first < 0x80) return first;
    const unsigned extra = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (first < 0xc2 || first > 0xf4 || text.size() < extra) return kNoCodePoint;
    std::uint32_t value = first & (0x3fu >> extra);
    for (unsigned i = 0; i < extra; ++i) {
        const auto next = static_cast<unsigned char>(text[i]);
        if ((next & 0xc0) != 0x80) return kNoCodePoint;
        value = value << 6 | (next & 0x3fu);
    }
    constexpr std::array<std::uint32_t, 4> kSmallest{0, 0x80, 0x800, 0x10000};
    if (value < kSmallest[extra] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return kNoCodePoint;
    text.remove_prefix(extra);
    return value;
}

std::string printable(std::string_view text, std::size_t most) {
    std::string out;
    for (std::size_t shown = 0; !text.empty(); ++shown) {
        if (shown == most) return out + "...";
        const std::string_view before = text;
        const std::uint32_t c = take_code_point(text);
        if (c == kNoCodePoint || is_control(c)) {
            for (const char byte : before.substr(0, before.size() - text.size()))
                out += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
        } else if (turns_direction(c) || breaks_line(c)) {
            out += fmt::format("\\u{:04x}", c);
        } else {
            out += before.substr(0, before.size() - text.size());
        }
    }
    return out;
}

}  // namespace shoal
