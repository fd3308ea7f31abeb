#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "client/content/resume_record.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::client {

/// Notices by stat(2) that somebody writes to complete content, replaces or removes it, while it is served.
/// What it notices may be harmless (a new link to a file, other permissions): only reading tells.
class ContentWatch {
  public:
    /// As it is now is as it should be.
    /// @param path  the content's root
    ContentWatch(const manifest::Manifest& manifest, std::filesystem::path path);

    /// The first file that is not as it was, and what is seen of that ("/srv/model.bin was written to");
    /// empty: none. Goes on where the last call ended.
    /// @param most  files to look at
    std::string changed(std::size_t most);
    /// Of the names, sizes, inodes and times of modification as they were at the start: another one after a
    /// restart says that somebody was there meanwhile. Never 0.
    [[nodiscard]] std::uint64_t mark() const;
    [[nodiscard]] std::size_t files() const { return files_.size(); }

  private:
    struct File {
        std::string path;  ///< below the root; empty where that is the file
        std::optional<FileStamp> stamp;
    };
    [[nodiscard]] std::filesystem::path on_disk(const File& file) const;

    std::filesystem::path root_;
    std::vector<File> files_;
    std::size_t next_ = 0;
};

}  // namespace shoal::client
