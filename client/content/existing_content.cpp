#include "client/content/existing_content.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <set>

#include "torrentgen/manifest/verify.hpp"

namespace shoal::client {

namespace fs = std::filesystem;

namespace {

constexpr unsigned kAllCores = 0;

std::string describe(const manifest::FileDifference& file) {
    switch (file.state) {
        case manifest::FileState::kMissing:
            return "is missing";
        case manifest::FileState::kUnreadable:
            return "can't be read";
        case manifest::FileState::kWrongSize:
            return file.detail.empty() ? "has another size" : file.detail;
        case manifest::FileState::kDiffers:
        case manifest::FileState::kUncertain:
            break;
    }
    return "has other content";
}

/// What stat(2) alone can tell; empty where it sees no difference.
std::string different_shape(const manifest::Manifest& manifest, const fs::path& path) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) return "it can't be read";
    if (manifest.single_file == S_ISDIR(info.st_mode)) {
        return manifest.single_file ? "it is a folder, not a file" : "it is not a folder";
    }
    for (const manifest::FileEntry& file : manifest.files) {
        if (file.pad || !file.symlink.empty()) continue;
        const fs::path on_disk = file_path(manifest, file, path);
        if (::stat(on_disk.c_str(), &info) != 0) return fmt::format("{} is missing", file.path);
        if (static_cast<std::uint64_t>(info.st_size) != file.size) {
            return fmt::format("{} is {} bytes, should be {}", file.path, info.st_size, file.size);
        }
    }
    return {};
}

}  // namespace

bool is_there(const fs::path& path) {
    struct stat info {};
    return ::lstat(path.c_str(), &info) == 0;
}

fs::path file_path(const manifest::Manifest& manifest, const manifest::FileEntry& file,
                   const fs::path& path) {
    return manifest.single_file ? path : path / file.path;
}

std::string difference(const std::string& manifest_bytes, const manifest::Manifest& manifest,
                       const fs::path& path, const manifest::CreateProgressFunction& progress,
                       manifest::PieceLayers* layers) {
    if (std::string shape = different_shape(manifest, path); !shape.empty()) return shape;
    const auto report = manifest::verify_content(manifest_bytes, manifest.name, path, kAllCores, progress);
    if (layers != nullptr) *layers = report.found_layers;
    if (report.matches()) return {};
    std::set<std::string_view> named;
    for (const manifest::FileEntry& file : manifest.files) named.insert(file.path);
    const bool some = manifest.files.size() < report.manifest.files.size();
    const manifest::FileDifference* first = nullptr;
    std::size_t count = 0;
    for (const manifest::FileDifference& file : report.files) {
        if (some && (named.count(file.path) == 0 || file.state == manifest::FileState::kUncertain)) continue;
        if (++count == 1) first = &file;
    }
    if (first == nullptr) return some ? "" : fmt::format("{} pieces differ", report.bad_pieces.size());
    return fmt::format("{} of {} files differ, first {}: {}", count, manifest.files.size(), first->path,
                       describe(*first));
}

std::vector<bool> good_pieces(const std::string& manifest_bytes, const manifest::Manifest& manifest,
                              const fs::path& path, const manifest::CreateProgressFunction& progress) {
    std::vector<bool> good(manifest.piece_count, false);
    if (!is_there(path)) return good;
    const auto report = manifest::verify_content(manifest_bytes, manifest.name, path, kAllCores, progress);
    std::fill(good.begin(), good.end(), true);
    for (const manifest::PieceRange& range : report.bad_pieces) {
        for (std::uint32_t piece = range.first; piece <= range.last && piece < good.size(); ++piece) {
            good[piece] = false;
        }
    }
    return good;
}

std::uint64_t missing_space(const manifest::Manifest& manifest, const fs::path& path) {
    constexpr std::uint64_t kStatBlock = 512;  // the unit of st_blocks, whatever the file system's own
    std::uint64_t missing = 0;
    for (const manifest::FileEntry& file : manifest.files) {
        if (file.pad || !file.symlink.empty()) continue;
        struct stat info {};
        std::uint64_t held = 0;
        if (::stat(file_path(manifest, file, path).c_str(), &info) == 0) {
            held = static_cast<std::uint64_t>(info.st_blocks) * kStatBlock;
        }
        missing += file.size - std::min(file.size, held);
    }
    return missing;
}

}  // namespace shoal::client
