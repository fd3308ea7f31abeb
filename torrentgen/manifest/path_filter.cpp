#include "torrentgen/manifest/path_filter.hpp"

#include <fnmatch.h>

#include <algorithm>

#include "torrentgen/manifest/path_rules.hpp"

namespace shoal::manifest {
namespace {

bool any_matches(const std::vector<std::string>& patterns, std::string_view path) {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const std::string& pattern) { return glob_matches(pattern, path); });
}

bool is_hidden(std::string_view path) {
    return path.substr(path.rfind('/') + 1).starts_with('.');
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view path) {
    while (pattern.size() > 1 && pattern.ends_with('/')) pattern.remove_suffix(1);
    const std::string glob(pattern);
    const auto matches = [&](std::string_view text) {
        return ::fnmatch(glob.c_str(), std::string(text).c_str(), 0) == 0;
    };
    if (glob.find('/') == std::string::npos) {
        const auto elements = split_path(path);
        return std::any_of(elements.begin(), elements.end(), matches);
    }
    for (auto end = path.find('/'); end != std::string_view::npos; end = path.find('/', end + 1)) {
        if (matches(path.substr(0, end))) return true;
    }
    return matches(path);
}

bool PathFilter::takes_file(std::string_view path) const {
    if (!hidden && is_hidden(path)) return false;
    if (any_matches(exclude, path)) return false;
    return include.empty() || any_matches(include, path);
}

bool PathFilter::enters_folder(std::string_view path) const {
    return (hidden || !is_hidden(path)) && !any_matches(exclude, path);
}

}  // namespace shoal::manifest
