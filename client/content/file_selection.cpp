#include "client/content/file_selection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/error.hpp"
#include "torrentgen/manifest/path_filter.hpp"

namespace shoal::client {
namespace {

constexpr std::int8_t kUnwanted = -2;     // see Swarm::choose_files
constexpr std::size_t kListedFiles = 10;  // in an error: enough to see a typing mistake

bool matches(const std::string& glob, const manifest::Manifest& manifest, const manifest::FileEntry& file) {
    if (manifest::glob_matches(glob, file.path)) return true;
    const bool with_root = glob.find('/') != std::string::npos && !manifest.single_file;
    return with_root && manifest::glob_matches(glob, manifest.name + "/" + file.path);
}

std::string what_is_there(const manifest::Manifest& manifest) {
    std::vector<std::string> paths;
    std::size_t files = 0;
    for (const manifest::FileEntry& file : manifest.files) {
        if (!file.pad && ++files <= kListedFiles) paths.push_back(file.path);
    }
    std::string text = fmt::format("{}", fmt::join(paths, ", "));
    if (files > kListedFiles)
        text += fmt::format(" and {} more ('torrentgen show' lists them)", files - kListedFiles);
    return text;
}

/// Pieces that hold bytes of a file; none where it has none.
struct PieceSpan {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

std::vector<PieceSpan> pieces_of_files(const manifest::Manifest& manifest) {
    const bool files_start_pieces = manifest.info_hash_v1.empty();  // BEP 52
    const std::uint64_t size = manifest.piece_size;
    std::vector<PieceSpan> spans;
    std::uint64_t offset = 0;
    for (const manifest::FileEntry& file : manifest.files) {
        if (files_start_pieces) offset = (offset + size - 1) / size * size;
        spans.emplace_back();
        if (file.size > 0) spans.back() = {offset / size, (offset + file.size + size - 1) / size};
        offset += file.size;
    }
    return spans;
}

}  // namespace

std::vector<bool> whole_files(const manifest::Manifest& manifest, const std::vector<bool>& have) {
    const std::vector<PieceSpan> spans = pieces_of_files(manifest);
    std::vector<bool> whole;
    for (std::size_t i = 0; i < manifest.files.size(); ++i) {
        if (manifest.files[i].pad) continue;
        bool all = true;
        for (std::uint64_t piece = spans[i].begin; all && piece < spans[i].end; ++piece)
            all = piece < have.size() && have[piece];
        whole.push_back(all);
    }
    return whole;
}

FileSelection selection_of(const manifest::Manifest& manifest, std::vector<bool> wanted) {
    FileSelection selection;
    std::vector<bool> pieces(manifest.piece_count, false);
    const std::vector<PieceSpan> spans = pieces_of_files(manifest);
    for (std::size_t i = 0; i < manifest.files.size(); ++i) {
        const manifest::FileEntry& file = manifest.files[i];
        if (file.pad) wanted[i] = false;
        if (!file.pad) selection.choices.push_back(wanted[i] ? 0 : kUnwanted);
        if (!file.pad && !wanted[i]) selection.all = false;
        if (wanted[i]) {
            ++selection.files;
            selection.bytes += file.size;
            for (std::uint64_t piece = spans[i].begin; piece < spans[i].end; ++piece) pieces.at(piece) = true;
        }
    }
    selection.pieces = static_cast<std::uint32_t>(std::count(pieces.begin(), pieces.end(), true));
    if (selection.all) {
        selection.choices.clear();
        selection.pieces = manifest.piece_count;
    }
    selection.wanted = std::move(wanted);
    return selection;
}

FileSelection select_files(const manifest::Manifest& manifest, const std::vector<std::string>& globs) {
    std::vector<bool> wanted(manifest.files.size(), globs.empty());
    for (const std::string& glob : globs) {
        bool found = false;
        for (std::size_t i = 0; i < manifest.files.size(); ++i) {
            if (manifest.files[i].pad || !matches(glob, manifest, manifest.files[i])) continue;
            wanted[i] = found = true;
        }
        if (!found) {
            throw Error(ExitCode::kUsage, fmt::format("--files '{}'", glob),
                        fmt::format("no file of {} is called that", manifest.name),
                        "there are: " + what_is_there(manifest));
        }
    }
    return selection_of(manifest, std::move(wanted));
}

FileSelection select_places(const manifest::Manifest& manifest,
                            const std::vector<Magnet::FileRange>& places) {
    std::vector<bool> wanted(manifest.files.size(), places.empty());
    for (const Magnet::FileRange& range : places) {
        if (range.last >= wanted.size()) {
            throw Error(ExitCode::kBadTorrent, fmt::format("so={}", range.last),
                        wanted.size() == 1 ? fmt::format("{} has one file, so=0", manifest.name)
                                           : fmt::format("{} has {} files, so=0 to so={}", manifest.name,
                                                         wanted.size(), wanted.size() - 1),
                        "correct the magnet link, or choose with --files");
        }
        for (std::uint32_t place = range.first; place <= range.last; ++place) wanted[place] = true;
    }
    FileSelection selection = selection_of(manifest, std::move(wanted));
    if (selection.files == 0)
        throw Error(ExitCode::kBadTorrent, manifest.name, "so= of the magnet link names nothing but padding");
    return selection;
}

manifest::Manifest FileSelection::restrict(const manifest::Manifest& manifest) const {
    manifest::Manifest restricted = manifest;
    restricted.files.clear();
    for (std::size_t i = 0; i < manifest.files.size(); ++i) {
        if (wanted[i]) restricted.files.push_back(manifest.files[i]);
    }
    restricted.total_size = bytes;
    return restricted;
}

}  // namespace shoal::client
