#include "client/content/remove_content.hpp"

#include <unistd.h>

#include <set>

#include "client/content/existing_content.hpp"

namespace shoal::client {

void remove_content(const manifest::Manifest& manifest, const std::filesystem::path& path) {
    std::set<std::filesystem::path> folders;
    for (const manifest::FileEntry& file : manifest.files) {
        if (file.pad) continue;
        const std::filesystem::path on_disk = file_path(manifest, file, path);
        ::unlink(on_disk.c_str());
        if (manifest.single_file) continue;
        for (std::filesystem::path folder = on_disk.parent_path(); folder != path;
             folder = folder.parent_path()) {
            folders.insert(folder);
        }
        folders.insert(path);
    }
    // Those inside of others come after them.
    for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder) ::rmdir(folder->c_str());
}

}  // namespace shoal::client
