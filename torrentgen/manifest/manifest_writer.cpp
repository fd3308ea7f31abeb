#include "torrentgen/manifest/manifest_writer.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <span>
#include <string_view>
#include <utility>

#include "common/bencode_writer.hpp"
#include "common/ip_address.hpp"
#include "torrentgen/hashing/merkle.hpp"
#include "torrentgen/manifest/path_rules.hpp"

namespace shoal::manifest {
namespace {

using hashing::Sha256Digest;

std::string_view as_text(const Sha256Digest& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// The root of every file (all zeros for none), and the piece layers of those larger than a piece.
struct Trees {
    std::vector<Sha256Digest> roots;
    std::map<Sha256Digest, std::string> layers;  // two equal files share one
};

Trees make_trees(const InfoFields& info, const std::vector<Sha256Digest>& piece_roots) {
    const hashing::LaneKernel& kernel = hashing::portable_kernel(hashing::Algorithm::kSha256);
    const Sha256Digest filler = hashing::merkle_filler(kernel, info.piece_size / hashing::kBlockBytes);
    Trees trees;
    trees.roots.resize(info.files.size());
    std::size_t piece = 0;
    for (std::size_t i = 0; i < info.files.size(); ++i) {
        const FileEntry& file = info.files[i];
        if (file.pad || file.size == 0) continue;
        const auto pieces = static_cast<std::size_t>((file.size + info.piece_size - 1) / info.piece_size);
        const auto layer = std::span(piece_roots).subspan(piece, pieces);
        piece += pieces;
        if (pieces == 1) {
            trees.roots[i] = layer.front();
            continue;
        }
        std::vector<Sha256Digest> leaves(layer.begin(), layer.end());
        trees.roots[i] = hashing::merkle_root(kernel, leaves, std::bit_ceil(pieces), filler);
        trees.layers.try_emplace(trees.roots[i], reinterpret_cast<const char*>(layer.data()),
                                 layer.size_bytes());
    }
    return trees;
}

std::string attributes(const FileEntry& file) {
    std::string attr;
    if (file.pad) attr += 'p';
    if (file.executable) attr += 'x';
    if (!file.symlink.empty()) attr += 'l';
    return attr;
}

void write_path(BencodeWriter& out, std::string_view key, std::string_view path) {
    out.key(key);
    out.begin_list();
    for (const std::string_view element : split_path(path)) out.string(element);
    out.end();
}

void write_attributes(BencodeWriter& out, const FileEntry& file) {
    if (const std::string attr = attributes(file); !attr.empty()) out.entry("attr", attr);
}

void write_v1_files(BencodeWriter& out, const std::vector<FileEntry>& files) {
    out.key("files");
    out.begin_list();
    for (const FileEntry& file : files) {
        out.begin_dict();
        write_attributes(out, file);
        out.entry("length", static_cast<std::int64_t>(file.size));
        write_path(out, "path", file.path);
        if (!file.symlink.empty()) write_path(out, "symlink path", file.symlink);
        out.end();
    }
    out.end();
}

void write_tree_leaf(BencodeWriter& out, const FileEntry& file, const Sha256Digest& root) {
    out.begin_dict();
    out.key("");
    out.begin_dict();
    write_attributes(out, file);
    if (file.symlink.empty()) {
        out.entry("length", static_cast<std::int64_t>(file.size));
        if (file.size > 0) out.entry("pieces root", as_text(root));
    } else {
        write_path(out, "symlink path", file.symlink);
    }
    out.end();
    out.end();
}

/// Files arrive in tree order, so folders open and close as in a walk.
void write_file_tree(BencodeWriter& out, const std::vector<FileEntry>& files,
                     const std::vector<Sha256Digest>& roots) {
    out.key("file tree");
    out.begin_dict();
    std::vector<std::string_view> open;
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (files[i].pad) continue;
        const std::vector<std::string_view> elements = split_path(files[i].path);
        const std::size_t folders = elements.size() - 1;
        std::size_t common = 0;
        while (common < open.size() && common < folders && open[common] == elements[common]) ++common;
        for (; open.size() > common; open.pop_back()) out.end();
        for (; open.size() < folders; open.push_back(elements[open.size()])) {
            out.key(elements[open.size()]);
            out.begin_dict();
        }
        out.key(elements.back());
        write_tree_leaf(out, files[i], roots[i]);
    }
    for (std::size_t i = 0; i < open.size(); ++i) out.end();
    out.end();
}

void write_strings(BencodeWriter& out, std::string_view key, const std::vector<std::string>& values) {
    if (values.empty()) return;
    out.key(key);
    out.begin_list();
    for (const std::string& value : values) out.string(value);
    out.end();
}

void write_info(BencodeWriter& out, const InfoFields& info, const hashing::PieceHashes& hashes,
                const Trees& trees) {
    const bool v1 = info.format != Format::kV2;
    const bool v2 = info.format != Format::kV1;
    out.begin_dict();
    if (v1 && info.single_file) write_attributes(out, info.files.front());
    write_strings(out, "collections", info.collections);
    if (v2) write_file_tree(out, info.files, trees.roots);
    if (v1 && !info.single_file) write_v1_files(out, info.files);
    if (v1 && info.single_file) out.entry("length", static_cast<std::int64_t>(info.files.front().size));
    if (v2) out.entry("meta version", 2);
    out.entry("name", info.name);
    out.entry("piece length", std::int64_t{info.piece_size});
    if (v1) {
        out.entry("pieces", std::string_view(reinterpret_cast<const char*>(hashes.sha1.data()),
                                             hashes.sha1.size() * sizeof(hashing::Sha1Digest)));
    }
    if (info.is_private) out.entry("private", 1);
    write_strings(out, "similar", info.similar);
    if (!info.source.empty()) out.entry("source", info.source);
    if (!info.ssl_ca.empty()) out.entry("ssl-cert", info.ssl_ca);
    out.end();
}

void write_trackers(BencodeWriter& out, const std::vector<std::vector<std::string>>& tiers) {
    std::size_t count = 0;
    for (const auto& tier : tiers) count += tier.size();
    if (count == 0) return;
    out.entry("announce", tiers.front().front());
    if (count == 1) return;
    out.key("announce-list");
    out.begin_list();
    for (const auto& tier : tiers) {
        out.begin_list();
        for (const std::string& url : tier) out.string(url);
        out.end();
    }
    out.end();
}

void write_nodes(BencodeWriter& out, const std::vector<std::string>& nodes) {
    if (nodes.empty()) return;
    out.key("nodes");
    out.begin_list();
    for (const std::string& node : nodes) {
        const auto parts = split_node(node);
        if (!parts) continue;
        out.begin_list();
        out.string(parts->first);
        out.integer(parts->second);
        out.end();
    }
    out.end();
}

}  // namespace

std::optional<std::pair<std::string, std::uint16_t>> split_node(std::string_view node) {
    const auto colon = node.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return std::nullopt;
    const auto port = parse_port(node.substr(colon + 1));
    if (!port || *port == 0) return std::nullopt;
    std::string_view host = node.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
        if (host.empty()) return std::nullopt;
    } else if (host.find(':') != std::string_view::npos) {
        return std::nullopt;
    }
    return std::pair{std::string(host), *port};
}

std::string write_manifest(const InfoFields& info, const hashing::PieceHashes& hashes,
                           const EnvelopeFields& envelope) {
    const Trees trees = info.format == Format::kV1 ? Trees{} : make_trees(info, hashes.sha256);
    std::string bytes;
    BencodeWriter out(bytes);
    out.begin_dict();
    write_trackers(out, envelope.trackers);
    if (!envelope.comment.empty()) out.entry("comment", envelope.comment);
    if (!envelope.created_by.empty()) out.entry("created by", envelope.created_by);
    if (envelope.created_at) out.entry("creation date", *envelope.created_at);
    out.key("info");
    write_info(out, info, hashes, trees);
    write_nodes(out, envelope.dht_nodes);
    if (info.format != Format::kV1) {
        out.key("piece layers");
        out.begin_dict();
        for (const auto& [root, layer] : trees.layers) out.entry(as_text(root), layer);
        out.end();
    }
    write_strings(out, "url-list", envelope.web_seeds);
    out.end();
    return bytes;
}

}  // namespace shoal::manifest
