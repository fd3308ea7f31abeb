#include "torrentgen/manifest/create.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "common/error.hpp"
#include "common/units.hpp"
#include "common/version.hpp"
#include "torrentgen/hashing/piece_hasher.hpp"
#include "torrentgen/hashing/stream_hasher.hpp"
#include "torrentgen/manifest/create_options.hpp"
#include "torrentgen/manifest/lint.hpp"
#include "torrentgen/manifest/manifest_writer.hpp"
#include "torrentgen/manifest/path_rules.hpp"

namespace shoal::manifest {
namespace {
constexpr std::uint64_t kMaxPieces = 1u << 21;                       // libtorrent loads no manifest with more
constexpr std::uint64_t kMaxContent = (std::uint64_t{1} << 48) - 1;  // libtorrent's max_file_offset

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
        const std::uint64_t enough = std::bit_ceil((plan.total_size + kMaxPieces - 1) / kMaxPieces);
        throw Error(ExitCode::kUsage, plan.name,
                    fmt::format("{} pieces, more than clients load ({})", plan.piece_count, kMaxPieces),
                    fmt::format("use --piece-size {} or more", format_exact_size(enough)));
    }
}

Walk walk_for(const CreateOptions& options) {
    return walk_content(
        options.content,
        {{options.include, options.exclude, options.hidden}, options.symlinks, options.ignore, options.only});
}

CreatePlan make_plan(const CreateOptions& options, const Walk& walk) {
    CreatePlan plan;
    plan.piece_size = choose_piece_size(options);
    plan.format = options.format;
    plan.name = choose_name(options);
    plan.single_file = walk.single_file;
    plan.warnings = walk.warnings;
    plan.files = lay_out(walk, options, plan.piece_size);
    const bool flat =
        !plan.single_file && walk.files.size() == 1 && walk.files[0].path.find('/') == std::string::npos;
    if (plan.format == Format::kV2 && flat) {
        plan.warnings.push_back(
            "v2 cannot tell a folder with one file from that file: the folder will be gone");
    }
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

hashing::HashOptions hash_options(const CreateOptions& options, const CreatePlan& plan) {
    hashing::HashOptions out;
    out.piece_size = plan.piece_size;
    out.sha1 = plan.format != Format::kV2;
    out.sha256 = plan.format != Format::kV1;
    out.threads = options.threads;
    return out;
}

/// The bytes, read back by the parser that will judge them at their receivers.
CreatedManifest finish(const CreateOptions& options, CreatePlan plan, const hashing::PieceHashes& hashes) {
    InfoFields info;
    info.name = plan.name;
    info.single_file = plan.single_file;
    info.format = plan.format;
    info.piece_size = plan.piece_size;
    info.files = std::move(plan.files);
    info.is_private = options.is_private;
    info.source = options.source;
    info.ssl_ca = options.ssl_ca;
    info.similar = options.similar;
    info.collections = options.collections;
    const EnvelopeFields envelope{options.trackers,
                                  options.web_seeds,
                                  options.dht_nodes,
                                  options.comment,
                                  fmt::format("shoal {}", version()),
                                  options.date};
    CreatedManifest created{write_manifest(info, hashes, envelope), std::move(plan.warnings)};
    if (created.bytes.size() > kMaxManifestBytes) {
        throw Error(ExitCode::kUsage, plan.name, "the manifest would be larger than clients load",
                    "choose larger pieces, or split the content");
    }
    const std::vector<std::string> findings = lint(parse_manifest(created.bytes, plan.name));
    created.warnings.insert(created.warnings.end(), findings.begin(), findings.end());
    return created;
}

}  // namespace

CreatePlan plan_manifest(const CreateOptions& options) {
    check_options(options);
    return make_plan(options, walk_for(options));
}

CreatedManifest create_manifest(const CreateOptions& options, const CreateProgressFunction& progress) {
    check_options(options);
    const Walk walk = walk_for(options);
    CreatePlan plan = make_plan(options, walk);
    const hashing::Content content = to_content(walk, plan.files);
    const hashing::PieceHashes hashes =
        hashing::hash_pieces(content, hash_options(options, plan), [&](std::uint64_t bytes_done) {
            return !progress || progress({bytes_done, content.size()});
        });
    check_unchanged(options, walk);
    return finish(options, std::move(plan), hashes);
}

CreatedManifest create_manifest_from_stream(const CreateOptions& options, int file_descriptor,
                                            const CreateProgressFunction& progress) {
    check_options(options);
    if (options.name.empty()) {
        throw Error(ExitCode::kUsage, "standard input", "has no name", "give one with --name");
    }
    CreatePlan plan;
    plan.name = choose_name(options);
    plan.single_file = true;
    plan.format = options.format;
    plan.piece_size = choose_piece_size(options);
    const hashing::StreamHashes stream = hashing::hash_stream(
        file_descriptor, "standard input", hash_options(options, plan), [&](std::uint64_t bytes_done) {
            return !progress || progress({bytes_done, 0});
        });
    plan.total_size = stream.size;
    plan.piece_count = (plan.total_size + plan.piece_size - 1) / plan.piece_size;
    check_limits(plan);
    FileEntry file;
    file.path = plan.name;
    file.size = stream.size;
    plan.files.push_back(std::move(file));
    return finish(options, std::move(plan), stream.hashes);
}

}  // namespace shoal::manifest
