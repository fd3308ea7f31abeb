#include "torrentgen/manifest/verify.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include "common/error.hpp"
#include "torrentgen/hashing/merkle.hpp"
#include "torrentgen/hashing/piece_hasher.hpp"
#include "torrentgen/manifest/path_rules.hpp"

namespace shoal::manifest {
namespace {

namespace fs = std::filesystem;

/// Where the content is: at `path`, or in it under the manifest's name.
fs::path find_root(const Manifest& manifest, const fs::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) throw file_error(escaped(path.string()), errno);
    if (!S_ISDIR(status.st_mode)) {
        if (manifest.single_file) return path;
        throw Error(ExitCode::kFileSystem, escaped(path.string()),
                    "a file, but the manifest describes a folder", "name the folder");
    }
    std::error_code ignored;
    const fs::path inside = path / manifest.name;
    if (manifest.single_file) return inside;
    const bool is_the_folder =
        fs::exists(path / manifest.files.front().path, ignored) || !fs::is_directory(inside, ignored);
    return is_the_folder ? path : inside;
}

/// What is wrong with a file before a byte of it is read.
std::optional<FileDifference> check_entry(const FileEntry& file, const fs::path& on_disk) {
    FileDifference difference{file.path, FileState::kMissing, "", {}};
    struct stat status {};
    if (::lstat(on_disk.c_str(), &status) != 0) {
        if (errno != ENOENT && errno != ENOTDIR) {
            difference.state = FileState::kUnreadable;
            difference.detail = std::generic_category().message(errno);
        }
        return difference;
    }
    if (!file.symlink.empty()) {
        if (S_ISLNK(status.st_mode)) return std::nullopt;
        difference.state = FileState::kDiffers;
        difference.detail = "should be a symbolic link to " + file.symlink;
        return difference;
    }
    if (::stat(on_disk.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
        difference.state = FileState::kUnreadable;
        difference.detail = "not a regular file";
        return difference;
    }
    if (static_cast<std::uint64_t>(status.st_size) != file.size) {
        difference.state = FileState::kWrongSize;
        difference.detail = fmt::format("is {} bytes, should be {}", status.st_size, file.size);
        return difference;
    }
    if (::access(on_disk.c_str(), R_OK) != 0) {
        difference.state = FileState::kUnreadable;
        difference.detail = std::generic_category().message(errno);
        return difference;
    }
    return std::nullopt;
}

/// The content as the hashes see it. v2 alone lists no padding, yet each of its files starts a piece.
hashing::Content lay_out(const Manifest& manifest, const fs::path& root, std::vector<std::size_t>& entry_of) {
    const bool add_padding = manifest.info_hash_v1.empty();
    std::vector<hashing::ContentFile> files;
    for (std::size_t i = 0; i < manifest.files.size(); ++i) {
        const FileEntry& file = manifest.files[i];
        const fs::path on_disk = manifest.single_file ? root : root / file.path;
        files.push_back({on_disk.string(), file.size, file.pad});
        entry_of.push_back(i);
        const std::uint64_t past_edge = file.size % manifest.piece_size;
        if (!add_padding || past_edge == 0 || i + 1 == manifest.files.size()) continue;
        files.push_back({"", manifest.piece_size - past_edge, true});
        entry_of.push_back(i);
    }
    return hashing::Content(std::move(files));
}

std::vector<bool> compare(const ExpectedHashes& expected, const hashing::PieceHashes& actual) {
    std::vector<bool> bad = actual.unreadable;
    for (std::size_t i = 0; i < bad.size(); ++i) {
        if (!expected.v1.empty() && expected.v1[i] != actual.sha1[i]) bad[i] = true;
        // v1 may count a last piece of nothing but padding, which v2 knows nothing of.
        if (i < expected.v2.size() && expected.v2[i] && *expected.v2[i] != actual.sha256[i]) bad[i] = true;
    }
    return bad;
}

std::string as_bytes(const hashing::Sha256Digest& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// Files of which only the root is known. Where v1 hashes the pieces too, those say which of them are bad.
PieceLayers compare_unlayered(const ExpectedHashes& expected, const hashing::PieceHashes& actual,
                              std::uint32_t piece_size, std::vector<bool>& bad) {
    PieceLayers found;
    const hashing::LaneKernel& kernel = hashing::portable_kernel(hashing::Algorithm::kSha256);
    for (const ExpectedHashes::Unlayered& file : expected.unlayered) {
        const auto first = actual.sha256.begin() + static_cast<std::ptrdiff_t>(file.first_piece);
        std::vector<hashing::Sha256Digest> leaves(first, first + static_cast<std::ptrdiff_t>(file.pieces));
        std::string layer;
        for (const hashing::Sha256Digest& leaf : leaves) layer += as_bytes(leaf);
        const auto filler = hashing::merkle_filler(kernel, piece_size / hashing::kBlockBytes);
        const bool right =
            hashing::merkle_root(kernel, leaves, std::bit_ceil(file.pieces), filler) == file.root;
        if (right) found[as_bytes(file.root)] = std::move(layer);
        if (right || !expected.v1.empty()) continue;
        for (std::size_t i = 0; i < file.pieces; ++i) bad[file.first_piece + i] = true;
    }
    return found;
}

std::vector<PieceRange> ranges(const std::vector<bool>& bad, std::size_t begin, std::size_t end) {
    std::vector<PieceRange> out;
    for (std::size_t i = begin; i < end; ++i) {
        if (!bad[i]) continue;
        const auto piece = static_cast<std::uint32_t>(i);
        if (!out.empty() && out.back().last + 1 == piece) {
            out.back().last = piece;
        } else {
            out.push_back({piece, piece});
        }
    }
    return out;
}

/// The pieces that hold bytes of file `index`: first and one past the last.
std::pair<std::size_t, std::size_t> pieces_of(const hashing::Content& content, std::size_t index,
                                              std::uint32_t piece_size) {
    if (content.files()[index].size == 0) return {0, 0};
    return {static_cast<std::size_t>(content.offset(index) / piece_size),
            static_cast<std::size_t>((content.offset(index + 1) - 1) / piece_size) + 1};
}

std::vector<FileDifference> find_differences(const Manifest& manifest, const hashing::Content& content,
                                             const std::vector<std::size_t>& entry_of,
                                             const std::vector<bool>& bad) {
    std::vector<std::optional<FileDifference>> found(content.files().size());
    std::vector<bool> explained(bad.size());  // pieces that a missing or unfit file makes bad
    for (std::size_t i = 0; i < found.size(); ++i) {
        const hashing::ContentFile& file = content.files()[i];
        if (file.pad) continue;
        found[i] = check_entry(manifest.files[entry_of[i]], file.path);
        if (!found[i]) continue;
        const auto [begin, end] = pieces_of(content, i, manifest.piece_size);
        for (std::size_t piece = begin; piece < end; ++piece) explained[piece] = true;
    }
    std::vector<FileDifference> differences;
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (content.files()[i].pad) continue;
        const auto [begin, end] = pieces_of(content, i, manifest.piece_size);
        std::vector<PieceRange> pieces = ranges(bad, begin, end);
        if (!found[i] && pieces.empty()) continue;
        if (!found[i]) {
            bool certain = false;
            for (std::size_t piece = begin; piece < end; ++piece) certain |= bad[piece] && !explained[piece];
            found[i] = FileDifference{manifest.files[entry_of[i]].path,
                                      certain ? FileState::kDiffers : FileState::kUncertain,
                                      "",
                                      {}};
        }
        found[i]->pieces = std::move(pieces);
        differences.push_back(std::move(*found[i]));
    }
    return differences;
}

}  // namespace

VerifyReport verify_content(std::string_view manifest_bytes, std::string_view source_name,
                            const fs::path& path, unsigned threads, const CreateProgressFunction& progress) {
    VerifyReport report;
    report.manifest = parse_manifest(manifest_bytes, source_name);
    const Manifest& manifest = report.manifest;
    const ExpectedHashes expected = read_hashes(manifest_bytes, source_name);
    const fs::path root = find_root(manifest, path);
    std::vector<std::size_t> entry_of;
    const hashing::Content content = lay_out(manifest, root, entry_of);

    hashing::HashOptions options;
    options.piece_size = manifest.piece_size;
    options.sha1 = !expected.v1.empty();
    options.sha256 = !expected.v2.empty();
    options.threads = threads;
    options.on_unreadable = hashing::OnUnreadable::kMark;
    const auto report_progress = [&](std::uint64_t bytes_done) {
        return !progress || progress({bytes_done, content.size()});
    };
    const hashing::PieceHashes actual = hashing::hash_pieces(content, options, report_progress);
    std::vector<bool> bad = compare(expected, actual);
    report.found_layers = compare_unlayered(expected, actual, manifest.piece_size, bad);

    report.bad_pieces = ranges(bad, 0, bad.size());
    report.pieces_good = static_cast<std::uint32_t>(std::count(bad.begin(), bad.end(), false));
    report.files = find_differences(manifest, content, entry_of, bad);
    return report;
}

}  // namespace shoal::manifest
