#include "torrentgen/manifest/create.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "common/error.hpp"
#include "common/units.hpp"
#include "common/version.hpp"
#include "torrentgen/hashing/piece_hasher.hpp"
#include "torrentgen/manifest/manifest_writer.hpp"
#include "torrentgen/manifest/path_rules.hpp"

namespace shoal::manifest {
namespace {

constexpr std::uint64_t kSmallestPiece = hashing::kBlockBytes;
constexpr std::uint64_t kLargestPiece = 512u << 20;  // libtorrent's limit, rounded down to a power of two
constexpr std::uint64_t kMaxPieces = 1u << 21;       // libtorrent loads no manifest with more
constexpr std::uint64_t kMaxContent = (std::uint64_t{1} << 48) - 1;  // libtorrent's max_file_offset

Error bad_piece_size(std::uint64_t size, std::string_view why, std::uint64_t below, std::uint64_t above) {
    below = std::clamp(below, kSmallestPiece, kLargestPiece);
    above = std::clamp(above, kSmallestPiece, kLargestPiece);
    std::string nearest = format_exact_size(below);
    if (below != above) nearest += " or " + format_exact_size(above);
    return {ExitCode::kUsage, "--piece-size " + format_exact_size(size), why, "use " + nearest};
}

std::uint32_t choose_piece_size(const CreateOptions& options) {
    const bool v2 = options.format != Format::kV1;
    if (!options.piece_size) return v2 ? kDefaultV2PieceSize : kDefaultPieceSize;
    const std::uint64_t size = *options.piece_size;
    if (size < kSmallestPiece || size > kLargestPiece) {
        const std::uint64_t nearest = size < kSmallestPiece ? kSmallestPiece : kLargestPiece;
        throw bad_piece_size(size, "pieces are 16KiB to 512MiB", nearest, nearest);
    }
    if (v2 && !std::has_single_bit(size)) {
        throw bad_piece_size(size, "v2 and hybrid need a power of two", std::bit_floor(size),
                             std::bit_ceil(size));
    }
    if (!v2 && size % kSmallestPiece != 0) {
        const std::uint64_t below = size / kSmallestPiece * kSmallestPiece;
        throw bad_piece_size(size, "v1 needs a multiple of 16KiB", below, below + kSmallestPiece);
    }
    return static_cast<std::uint32_t>(size);
}

void check_text(std::string_view option, std::string_view text) {
    if (!is_utf8(text)) throw Error(ExitCode::kUsage, option, "is not UTF-8", "set a UTF-8 locale");
}

void check_url(std::string_view option, std::string_view url) {
    const auto colon = url.find("://");
    const bool has_space = std::any_of(url.begin(), url.end(), [](unsigned char c) { return c <= ' '; });
    if (colon == std::string_view::npos || colon == 0 || colon + 3 == url.size() || has_space) {
        throw Error(ExitCode::kUsage, fmt::format("{} {}", option, escaped(url)), "is not a URL",
                    "write it like http://tracker.example:6969/announce");
    }
    check_text(option, url);
}

/// The files as the manifest lists them. v2 lets every file start on a piece's edge; where v1 looks at the
/// same bytes (hybrid), padding fills the gaps. libtorrent also pads after the last file of several.
std::vector<FileEntry> lay_out(const Walk& walk, const CreateOptions& options, std::uint32_t piece_size) {
    const bool align = options.format != Format::kV1 && walk.files.size() > 1;
    std::vector<FileEntry> entries;
    entries.reserve(walk.files.size() * (align ? 2 : 1));
    for (const WalkedFile& file : walk.files) {
        FileEntry entry;
        entry.path = file.path;
        entry.size = file.size;
        entry.executable = options.executable && file.executable;
        entry.symlink = file.symlink;
        entries.push_back(std::move(entry));
        const std::uint64_t past_edge = file.size % piece_size;
        if (!align || past_edge == 0) continue;
        FileEntry pad;
        pad.size = piece_size - past_edge;
        pad.path = fmt::format(".pad/{}", pad.size);
        pad.pad = true;
        entries.push_back(std::move(pad));
    }
    return entries;
}

hashing::Content to_content(const Walk& walk, const std::vector<FileEntry>& entries) {
    std::vector<hashing::ContentFile> files;
    files.reserve(entries.size());
    auto walked = walk.files.begin();
    for (const FileEntry& entry : entries) {
        if (entry.pad) {
            files.push_back({"", entry.size, true});
        } else {
            files.push_back({walked->on_disk, entry.size, false});
            ++walked;
        }
    }
    return hashing::Content(std::move(files));
}

void check_limits(const CreatePlan& plan) {
    if (plan.total_size == 0) {
        throw Error(ExitCode::kFileSystem, plan.name, "there is nothing in it to share",
                    "name a file or folder with at least one byte, or widen --include");
    }
    if (plan.total_size + plan.pad_size > kMaxContent) {
        throw Error(ExitCode::kUsage, plan.name, "more than 256 TiB", "split it into several manifests");
    }
    if (plan.piece_count > kMaxPieces) {
        const std::uint64_t enough = std::bit_ceil(plan.total_size / kMaxPieces);
        throw Error(ExitCode::kUsage, plan.name,
                    fmt::format("{} pieces, more than clients load ({})", plan.piece_count, kMaxPieces),
                    fmt::format("use --piece-size {} or more", format_exact_size(enough)));
    }
}

PathFilter filter_of(const CreateOptions& options) {
    return {options.include, options.exclude, options.hidden};
}

Walk walk_for(const CreateOptions& options) {
    return walk_content(options.content, filter_of(options), options.symlinks, options.ignore);
}

CreatePlan make_plan(const CreateOptions& options, const Walk& walk) {
    CreatePlan plan;
    plan.piece_size = choose_piece_size(options);
    plan.format = options.format;
    plan.name = choose_name(options);
    plan.single_file = walk.single_file;
    plan.warnings = walk.warnings;
    plan.files = lay_out(walk, options, plan.piece_size);
    if (plan.single_file) plan.files.front().path = plan.name;
    for (const FileEntry& file : plan.files) (file.pad ? plan.pad_size : plan.total_size) += file.size;
    plan.piece_count = (plan.total_size + plan.pad_size + plan.piece_size - 1) / plan.piece_size;
    if (plan.format == Format::kV2) plan.pad_size = 0;  // only a gap, not in the manifest
    check_limits(plan);
    return plan;
}

/// What a second look at the folder finds different: the hashes would be of no moment's content.
void check_unchanged(const CreateOptions& options, const Walk& before) {
    const Walk after = walk_for(options);
    const auto fail = [](const std::string& path, std::string_view what) {
        throw Error(ExitCode::kFileSystem, escaped(path), what,
                    "run again when nothing writes to the content");
    };
    auto old_file = before.files.begin();
    for (const WalkedFile& file : after.files) {
        if (old_file == before.files.end() || path_less(file.path, old_file->path)) {
            fail(file.on_disk, "the file appeared while the content was hashed");
        }
        if (file.path != old_file->path) break;
        if (file != *old_file) fail(file.on_disk, "the file changed while it was hashed");
        ++old_file;
    }
    if (old_file != before.files.end()) {
        fail(old_file->on_disk, "the file disappeared while the content was hashed");
    }
}

}  // namespace

void check_options(const CreateOptions& options) {
    for (const auto& tier : options.trackers) {
        for (const std::string& url : tier) check_url("--announce", url);
    }
    for (const std::string& url : options.web_seeds) check_url("--web-seed", url);
    for (const std::string& node : options.dht_nodes) {
        if (!split_node(node)) {
            throw Error(ExitCode::kUsage, "--dht-node " + escaped(node), "is not HOST:PORT",
                        "write it like router.example:6881");
        }
    }
    check_text("--comment", options.comment);
    check_text("--source", options.source);
    if (options.date && *options.date < 0) {
        throw Error(ExitCode::kUsage, "--date", "is before 1970", "give seconds since 1970, or 'now'");
    }
    choose_piece_size(options);
}

std::string choose_name(const CreateOptions& options) {
    std::string name = options.name;
    if (name.empty()) {
        std::error_code ignored;
        // "." and "dir/.." have a name only as an absolute path.
        auto path = std::filesystem::absolute(options.content, ignored).lexically_normal();
        if (!path.has_filename()) path = path.parent_path();
        name = path.filename().string();
    }
    if (const auto problem = name_problem(name)) {
        throw Error(ExitCode::kUsage, fmt::format("the name '{}'", escaped(name)), *problem,
                    "choose another one with --name");
    }
    return name;
}

CreatePlan plan_manifest(const CreateOptions& options) {
    check_options(options);
    return make_plan(options, walk_for(options));
}

CreatedManifest create_manifest(const CreateOptions& options, const CreateProgressFunction& progress) {
    check_options(options);
    const Walk walk = walk_for(options);
    CreatePlan plan = make_plan(options, walk);
    const hashing::Content content = to_content(walk, plan.files);

    hashing::HashOptions hash_options;
    hash_options.piece_size = plan.piece_size;
    hash_options.sha1 = plan.format != Format::kV2;
    hash_options.sha256 = plan.format != Format::kV1;
    hash_options.threads = options.threads;
    const auto report = [&](std::uint64_t bytes_done) {
        return !progress || progress({bytes_done, content.size()});
    };
    const hashing::PieceHashes hashes = hashing::hash_pieces(content, hash_options, report);
    check_unchanged(options, walk);

    InfoFields info;
    info.name = plan.name;
    info.single_file = plan.single_file;
    info.format = plan.format;
    info.piece_size = plan.piece_size;
    info.files = std::move(plan.files);
    info.is_private = options.is_private;
    info.source = options.source;
    EnvelopeFields envelope{options.trackers,
                            options.web_seeds,
                            options.dht_nodes,
                            options.comment,
                            fmt::format("shoal {}", version()),
                            options.date};
    return {write_manifest(info, hashes, envelope), std::move(plan.warnings)};
}

}  // namespace shoal::manifest
