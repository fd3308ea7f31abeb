#include "client/content/overlap.hpp"

#include <algorithm>
#include <system_error>

namespace shoal::client {
namespace {

namespace fs = std::filesystem;

/// Cheap, and true wherever the places can meet: most pairs of thousands of torrents have nothing in common.
bool may_meet(const ContentPlace& one, const ContentPlace& other) {
    const auto inside = [](const ContentPlace& lower, const ContentPlace& upper) {
        return lower.folder.native().find(upper.name) != std::string::npos;
    };
    return one.name == other.name || inside(one, other) || inside(other, one);
}

fs::path root_of(const ContentPlace& place) {
    std::error_code error;
    fs::path folder = fs::weakly_canonical(place.folder, error);
    if (error) folder = place.folder.lexically_normal();
    return folder / place.name;
}

bool is_within(const fs::path& path, const fs::path& folder) {
    return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
}

/// @param inner  below `outer`
bool reaches(const fs::path& outer, const ContentPlace& place, const fs::path& inner) {
    const std::vector<std::string> files = place.files();
    return std::any_of(files.begin(), files.end(), [&](const std::string& file) {
        const fs::path path = outer / file;
        return is_within(path, inner) || is_within(inner, path);
    });
}

}  // namespace

bool overlap(const ContentPlace& one, const ContentPlace& other) {
    if (!may_meet(one, other)) return false;
    const fs::path here = root_of(one);
    const fs::path there = root_of(other);
    if (here == there) return true;
    if (is_within(there, here)) return reaches(here, one, there);
    return is_within(here, there) && reaches(there, other, here);
}

fs::path first_missing(const fs::path& folder) {
    fs::path path;
    std::error_code error;
    for (const fs::path& part : folder) {
        if (part.empty()) continue;  // behind a slash at the end
        path /= part;
        if (!fs::exists(fs::symlink_status(path, error))) return path;
    }
    return {};
}

std::vector<fs::path> folders_up_to(const fs::path& folder, const fs::path& top) {
    std::vector<fs::path> folders;
    if (top.empty() || !is_within(folder, top)) return folders;
    for (fs::path path = folder; is_within(path, top); path = path.parent_path())
        if (path.has_filename()) folders.push_back(path);
    return folders;
}

}  // namespace shoal::client
