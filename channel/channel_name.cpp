#include "channel/channel_name.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace shoal::channel {

std::string name_problem(std::string_view name) {
    if (name.empty()) return "is empty";
    if (name.size() > kMaxNameBytes) return fmt::format("is longer than {} bytes", kMaxNameBytes);
    char before = '/';
    for (const char c : name) {
        const bool letter =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        if (!letter && c != '.' && c != '-' && c != '/')
            return "holds something else than letters, digits, '.', '_', '-' and '/'";
        if (!letter && before == '/') return fmt::format("has a part that is empty or begins with '{}'", c);
        before = c;
    }
    return before == '/' ? "ends with '/'" : "";
}

std::string channel_file_name(std::string_view name) {
    std::string out(name);
    std::replace(out.begin(), out.end(), '/', '-');
    return out + ".channel";
}

}  // namespace shoal::channel
