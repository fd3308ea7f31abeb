#include "torrentgen/manifest/path_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "common/printable.hpp"

namespace shoal::manifest {
namespace {

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
        if (c == kNoCodePoint) return "is not UTF-8";
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
        if (take_code_point(text) == kNoCodePoint) return false;
    }
    return true;
}

std::string escaped(std::string_view name) {
    return printable(name);
}

}  // namespace shoal::manifest
