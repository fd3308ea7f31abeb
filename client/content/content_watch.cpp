#include "client/content/content_watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace shoal::client {
namespace {

const char* what_happened(const std::optional<FileStamp>& before, const std::optional<FileStamp>& now) {
    if (!now) return "is not there any more";
    if (!before) return "is there now";
    if (now->inode != before->inode) return "was replaced";
    if (now->size != before->size) return "has another size";
    if (now->modified_ns != before->modified_ns) return "was written to";
    return "was touched";
}

/// FNV-1a: stays the same from one version of the program to the next.
class Mark {
  public:
    void add(std::string_view bytes) {
        for (const char byte : bytes)
            value_ = (value_ ^ static_cast<unsigned char>(byte)) * 1'099'511'628'211u;
    }
    void add(std::uint64_t number) {
        for (int shift = 0; shift < 64; shift += 8)
            value_ = (value_ ^ (number >> shift & 0xff)) * 1'099'511'628'211u;
    }
    [[nodiscard]] std::uint64_t value() const { return value_ == 0 ? 1 : value_; }

  private:
    std::uint64_t value_ = 14'695'981'039'346'656'037u;
};

}  // namespace

ContentWatch::ContentWatch(const manifest::Manifest& manifest, std::filesystem::path path)
    : root_(std::move(path)) {
    for (const manifest::FileEntry& file : manifest.files) {
        if (file.pad || !file.symlink.empty()) continue;
        files_.push_back({manifest.single_file ? std::string() : file.path, {}});
        files_.back().stamp = stamp_of(on_disk(files_.back()));
    }
}

std::filesystem::path ContentWatch::on_disk(const File& file) const {
    return file.path.empty() ? root_ : root_ / file.path;
}

std::string ContentWatch::changed(std::size_t most) {
    for (std::size_t looks = std::min(most, files_.size()); looks > 0; --looks) {
        const File& file = files_[next_];
        next_ = (next_ + 1) % files_.size();
        const auto now = stamp_of(on_disk(file));
        if (now != file.stamp)
            return fmt::format("{} {}", on_disk(file).string(), what_happened(file.stamp, now));
    }
    return {};
}

std::uint64_t ContentWatch::mark() const {
    Mark mark;
    for (const File& file : files_) {
        mark.add(file.path);
        if (!file.stamp) continue;
        for (const std::uint64_t number :
             {file.stamp->size, file.stamp->inode, static_cast<std::uint64_t>(file.stamp->modified_ns)})
            mark.add(number);
    }
    return mark.value();
}

}  // namespace shoal::client
