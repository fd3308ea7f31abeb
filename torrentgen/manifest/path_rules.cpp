#include "torrentgen/manifest/path_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace shoal::manifest {
namespace {

constexpr std::uint32_t kInvalid = 0xffffffff;

/// The code point at the front of `text`, which is advanced past it; kInvalid for overlong forms, surrogates
/// and what is above U+10FFFF (RFC 3629).
std::uint32_t take_code_point(std::string_view& text) {
    const auto first = static_cast<unsigned char>(text.front());
    text.remove_prefix(1);
    if (first < 0x80) return first;
    const unsigned extra = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (first < 0xc2 || first > 0xf4 || text.size() < extra) return kInvalid;
    std::uint32_t value = first & (0x3fu >> extra);
    for (unsigned i = 0; i < extra; ++i) {
        const auto next = static_cast<unsigned char>(text[i]);
        if ((next & 0xc0) != 0x80) return kInvalid;
        value = value << 6 | (next & 0x3fu);
    }
    constexpr std::array<std::uint32_t, 4> kSmallest{0, 0x80, 0x800, 0x10000};
    if (value < kSmallest[extra] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return kInvalid;
    text.remove_prefix(extra);
    return value;
}

/// They turn the direction of writing, so that "exe.txt" can be a program.
bool is_direction_mark(std::uint32_t c) {
    return (c >= 0x202a && c <= 0x202e) || c == 0x200e || c == 0x200f;
}

}  // namespace

std::optional<std::string> name_problem(std::string_view name) {
    if (name.empty()) return "is empty";
    if (name == "." || name == "..") return fmt::format("is '{}'", name);
    if (name.size() > kMaxNameBytes) return fmt::format("is longer than {} bytes", kMaxNameBytes);
    while (!name.empty()) {
        const std::uint32_t c = take_code_point(name);
        if (c == kInvalid) return "is not UTF-8";
        if (c == 0) return "holds a NUL";
        if (c < 0x20) return "holds a control character";
        if (c == '/' || c == '\\') return fmt::format("holds a '{}'", static_cast<char>(c));
        if (is_direction_mark(c)) return "holds a character that changes the direction of writing";
    }
    return std::nullopt;
}

std::vector<std::string_view> split_path(std::string_view path) {
    std::vector<std::string_view> elements;
    while (true) {
        const auto slash = path.find('/');
        elements.push_back(path.substr(0, slash));
        if (slash == std::string_view::npos) return elements;
        path.remove_prefix(slash + 1);
    }
}

bool path_less(std::string_view left, std::string_view right) {
    // Comparing as if '/' were below every other byte is comparing element by element.
    const auto rank = [](char c) { return c == '/' ? 0 : static_cast<unsigned char>(c) + 1; };
    return std::lexicographical_compare(left.begin(), left.end(), right.begin(), right.end(),
                                        [&](char a, char b) { return rank(a) < rank(b); });
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        if (take_code_point(text) == kInvalid) return false;
    }
    return true;
}

std::string escaped(std::string_view name) {
    std::string out;
    while (!name.empty()) {
        const std::string_view before = name;
        const std::uint32_t c = take_code_point(name);
        const auto first = static_cast<unsigned char>(before.front());
        if (c == kInvalid || c < 0x20 || c == 0x7f) {
            out += fmt::format("\\x{:02x}", first);
        } else if (is_direction_mark(c)) {
            out += fmt::format("\\u{:04x}", c);
        } else {
            out += before.substr(0, before.size() - name.size());
        }
    }
    return out;
}

}  // namespace shoal::manifest
