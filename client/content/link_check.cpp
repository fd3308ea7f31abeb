#include "client/content/link_check.hpp"

#include <string>
#include <system_error>
#include <unordered_set>

#include "torrentgen/manifest/manifest.hpp"

namespace shoal::client {
namespace {

namespace fs = std::filesystem;

bool is_link(const fs::path& path) {
    std::error_code error;
    return fs::symlink_status(path, error).type() == fs::file_type::symlink;
}

/// Looks at every folder once, however many files are in it.
class Walk {
  public:
    /// The first link on the way from `folder` to `relative`.
    std::optional<fs::path> find(const fs::path& folder, const fs::path& relative) {
        fs::path path = folder;
        for (const fs::path& element : relative) {
            path /= element;
            if (seen_.insert(path.string()).second && is_link(path)) return path;
        }
        return std::nullopt;
    }

  private:
    std::unordered_set<std::string> seen_;
};

}  // namespace

std::optional<fs::path> link_in_the_way(const fs::path& folder, const fs::path& inside,
                                        const manifest::Manifest& facts) {
    Walk walk;
    const fs::path root = inside / facts.name;
    if (auto link = walk.find(folder, root)) return link;
    std::error_code error;
    if (facts.single_file || !fs::is_directory(folder / root, error)) return std::nullopt;
    for (const manifest::FileEntry& file : facts.files) {
        if (file.pad) continue;
        const fs::path path = root / file.path;
        // Of a link that the manifest names only the way to it matters: nothing is ever written to it.
        if (auto link = walk.find(folder, file.symlink.empty() ? path : path.parent_path())) return link;
    }
    return std::nullopt;
}

Error link_error(const fs::path& link) {
    return {ExitCode::kFileSystem, link.string(),
            "is a symbolic link, and content is not written through links",
            "remove it, or put what it points to in its place"};
}

}  // namespace shoal::client
