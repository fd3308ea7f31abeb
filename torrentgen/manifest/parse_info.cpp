#include "torrentgen/manifest/parse_info.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <utility>

#include "common/hex.hpp"
#include "torrentgen/hashing/lane_hasher.hpp"
#include "torrentgen/manifest/decode.hpp"
#include "torrentgen/manifest/parse_files.hpp"
#include "torrentgen/manifest/path_rules.hpp"

namespace shoal::manifest {
namespace {

std::string hash_of(hashing::Algorithm algorithm, std::string_view bytes) {
    std::array<std::uint8_t, 32> digest{};
    const hashing::Message message{reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()};
    hashing::hash_messages(hashing::portable_kernel(algorithm), std::span(&message, 1), digest.data());
    return hex({reinterpret_cast<const char*>(digest.data()), hashing::digest_bytes(algorithm)});
}

/// Two values for one key: clients take different ones.
void check_keys_differ(const lt::bdecode_node& dict, std::string_view source_name) {
    std::vector<std::string_view> keys;
    for (int i = 0; i < dict.dict_size(); ++i) keys.push_back(view(dict.dict_at(i).first));
    std::sort(keys.begin(), keys.end());
    const auto twice = std::adjacent_find(keys.begin(), keys.end());
    if (twice != keys.end()) {
        throw bad_torrent(source_name, fmt::format("'{}' is there twice", escaped(*twice)));
    }
}

std::uint32_t parse_piece_size(const StrictDict& info, bool v2, std::string_view source_name) {
    const std::int64_t size = info.integer("piece length").value_or(0);
    // libtorrent's own limit, which keeps block counts inside an int.
    if (size <= 0 || size > std::numeric_limits<std::int32_t>::max() / 2) {
        throw bad_torrent(source_name, "its piece length is missing or impossible");
    }
    const auto bytes = static_cast<std::uint32_t>(size);
    if (v2 && (bytes < hashing::kBlockBytes || !std::has_single_bit(bytes))) {
        throw bad_torrent(source_name, "its piece length is not a power of two (v2)");
    }
    return bytes;
}

/// Bytes of all files, padding included.
std::uint64_t checked_total(const std::vector<FileEntry>& files, std::string_view source_name) {
    std::uint64_t total = 0;
    for (const FileEntry& file : files) {
        total += file.size;  // each is below 2^48, so one addition cannot wrap
        if (total > kMaxTorrentBytes) throw bad_torrent(source_name, "larger than 256 TiB");
    }
    if (total == 0) throw bad_torrent(source_name, "it has no content");
    return total;
}

/// The v1 and the v2 list of a hybrid must describe the same bytes (BEP 52).
void check_hybrid(const std::vector<FileEntry>& v1, const std::vector<FileEntry>& v2,
                  std::uint32_t piece_size, std::string_view source_name) {
    const auto inconsistent = [&] { return bad_torrent(source_name, "its v1 and v2 file lists differ"); };
    auto other = v2.begin();
    std::uint64_t offset = 0;
    for (const FileEntry& file : v1) {
        if (!file.pad) {
            if (other == v2.end() || other->path != file.path || other->size != file.size ||
                other->symlink != file.symlink) {
                throw inconsistent();
            }
            if (file.size > 0 && offset % piece_size != 0) {
                throw bad_torrent(source_name,
                                  fmt::format("'{}' does not start a piece", escaped(file.path)));
            }
            ++other;
        }
        offset += file.size;
    }
    if (other != v2.end()) throw inconsistent();
}

/// v2 alone: each file has pieces of its own.
std::uint64_t aligned_pieces(const std::vector<FileEntry>& files, std::uint32_t piece_size) {
    std::uint64_t pieces = 0;
    for (const FileEntry& file : files) pieces += (file.size + piece_size - 1) / piece_size;
    return pieces;
}

std::string parse_name(const StrictDict& info, std::string_view source_name) {
    auto name = info.string("name.utf-8");
    if (!name) name = info.string("name");
    if (!name) throw bad_torrent(source_name, "it has no name");
    check_element(*name, source_name);
    return std::string(*name);
}

void parse_bep38(const StrictDict& info, Manifest& manifest) {
    if (const auto similar = info.list("similar")) {
        for (int i = 0; i < similar.list_size(); ++i) {
            const std::string_view hash = view(similar.list_string_value_at(i));
            if (hash.size() == 20) manifest.similar.push_back(hex(hash));
        }
    }
    if (const auto collections = info.list("collections")) {
        for (int i = 0; i < collections.list_size(); ++i) {
            manifest.collections.emplace_back(view(collections.list_string_value_at(i)));
        }
    }
}

}  // namespace

ParsedInfo parse_info_node(const lt::bdecode_node& node, std::string_view source_name) {
    check_keys_differ(node, source_name);
    const StrictDict info(node, source_name);
    const std::int64_t version = info.integer("meta version").value_or(1);
    if (version != 1 && version != 2) {
        throw bad_torrent(source_name, fmt::format("meta version {} is unknown", version));
    }
    const bool v2 = version == 2;
    const lt::bdecode_node file_list = info.list("files");
    const bool has_length = info.integer("length").has_value();
    const bool v1 = !v2 || file_list || has_length;
    if (file_list && has_length) throw bad_torrent(source_name, "both a single file and a list of files");

    ParsedInfo out;
    Manifest& manifest = out.manifest;
    manifest.name = parse_name(info, source_name);
    manifest.piece_size = parse_piece_size(info, v2, source_name);
    manifest.is_private = info.integer("private").value_or(0) != 0;
    manifest.source = info.string("source").value_or("");
    manifest.ssl_ca = info.string("ssl-cert").value_or("");
    parse_bep38(info, manifest);

    ParsedFiles files;
    if (v1) {
        files = file_list ? parse_v1_files(file_list, source_name)
                          : parse_v1_single(node, manifest.name, source_name);
        manifest.single_file = !file_list;
        check_paths_differ(files.files, source_name);
    }
    if (v2) {
        const lt::bdecode_node tree = info.dict("file tree");
        if (!tree) throw bad_torrent(source_name, "it has no file tree");
        ParsedFiles of_tree = parse_file_tree(tree, source_name);
        // libtorrent refuses these too: two programs could read two different torrents.
        std::array<char, 200> soft_error{};
        if (node.has_soft_error(soft_error)) throw bad_torrent(source_name, soft_error.data());
        if (v1) {
            check_hybrid(files.files, of_tree.files, manifest.piece_size, source_name);
            auto root = of_tree.roots.begin();
            for (const FileEntry& file : files.files) {
                files.roots.push_back(file.pad ? std::string_view() : *root++);
            }
        } else {
            files = std::move(of_tree);
            // One file directly below the root is that file alone, whatever the name says (BEP 52).
            manifest.single_file =
                files.files.size() == 1 && files.files[0].path.find('/') == std::string::npos;
            if (manifest.single_file) manifest.name = files.files[0].path;
            check_paths_differ(files.files, source_name);
        }
    }
    const std::uint64_t total = checked_total(files.files, source_name);
    const std::uint64_t pieces = v1 ? (total + manifest.piece_size - 1) / manifest.piece_size
                                    : aligned_pieces(files.files, manifest.piece_size);
    if (v1) {
        out.pieces = info.string("pieces").value_or("");
        if (out.pieces.size() % 20 != 0) {
            throw bad_torrent(source_name, fmt::format("its piece hashes have {} bytes, {} pieces need {}",
                                                       out.pieces.size(), pieces, pieces * 20));
        }
        if (out.pieces.size() / 20 != pieces) {
            throw bad_torrent(source_name,
                              fmt::format("{} piece hashes for {} pieces", out.pieces.size() / 20, pieces));
        }
        manifest.info_hash_v1 = hash_of(hashing::Algorithm::kSha1, raw_bytes(node));
    }
    if (v2) manifest.info_hash_v2 = hash_of(hashing::Algorithm::kSha256, raw_bytes(node));
    if (pieces > std::numeric_limits<std::int32_t>::max()) throw bad_torrent(source_name, "too many pieces");
    manifest.piece_count = static_cast<std::uint32_t>(pieces);
    for (const FileEntry& file : files.files) {
        if (!file.pad) manifest.total_size += file.size;
    }
    if (manifest.total_size == 0) throw bad_torrent(source_name, "it has no content");
    manifest.files = std::move(files.files);
    out.roots = std::move(files.roots);
    return out;
}

}  // namespace shoal::manifest
