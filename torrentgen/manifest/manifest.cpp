#include "torrentgen/manifest/manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>
#include <libtorrent/bencode.hpp>
#include <libtorrent/entry.hpp>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "common/file_io.hpp"
#include "torrentgen/hashing/merkle.hpp"
#include "torrentgen/manifest/decode.hpp"
#include "torrentgen/manifest/parse_info.hpp"
#include "torrentgen/manifest/path_rules.hpp"

namespace shoal::manifest {
namespace {

std::vector<std::vector<std::string>> parse_trackers(const lt::bdecode_node& top) {
    std::vector<std::vector<std::string>> tiers;
    const lt::bdecode_node list = top.dict_find_list("announce-list");
    for (int i = 0; list && i < list.list_size(); ++i) {
        const lt::bdecode_node tier_node = list.list_at(i);
        if (tier_node.type() != lt::bdecode_node::list_t) continue;
        std::vector<std::string> tier;
        for (int j = 0; j < tier_node.list_size(); ++j) {
            const std::string_view url = view(tier_node.list_string_value_at(j));
            if (!url.empty()) tier.emplace_back(url);
        }
        if (!tier.empty()) tiers.push_back(std::move(tier));
    }
    // BEP 12: with a list, "announce" is only there for clients that know no list.
    if (tiers.empty()) {
        const std::string_view url = view(top.dict_find_string_value("announce"));
        if (!url.empty()) tiers.push_back({std::string(url)});
    }
    return tiers;
}

std::vector<std::string> parse_web_seeds(const lt::bdecode_node& top) {
    std::vector<std::string> seeds;
    const lt::bdecode_node node = top.dict_find("url-list");
    if (!node) return seeds;
    if (node.type() == lt::bdecode_node::string_t && node.string_length() > 0) {
        seeds.emplace_back(text_of(node));
    }
    for (int i = 0; node.type() == lt::bdecode_node::list_t && i < node.list_size(); ++i) {
        const std::string_view url = view(node.list_string_value_at(i));
        if (!url.empty()) seeds.emplace_back(url);
    }
    return seeds;
}

std::vector<std::string> parse_nodes(const lt::bdecode_node& top) {
    std::vector<std::string> nodes;
    const lt::bdecode_node list = top.dict_find_list("nodes");
    for (int i = 0; list && i < list.list_size(); ++i) {
        const lt::bdecode_node pair = list.list_at(i);
        if (pair.type() != lt::bdecode_node::list_t || pair.list_size() != 2) continue;
        const std::string_view host = view(pair.list_string_value_at(0));
        const std::int64_t port = pair.list_int_value_at(1);
        if (host.empty() || port < 1 || port > 65535) continue;
        nodes.push_back(host.find(':') == std::string_view::npos ? fmt::format("{}:{}", host, port)
                                                                 : fmt::format("[{}]:{}", host, port));
    }
    return nodes;
}

using Layers = std::unordered_map<std::string_view, std::string_view>;

Layers find_layers(const lt::bdecode_node& top, std::string_view source_name) {
    const lt::bdecode_node dict = StrictDict(top, source_name).dict("piece layers");
    Layers layers;
    for (int i = 0; dict && i < dict.dict_size(); ++i) {
        const auto [root, layer] = dict.dict_at(i);
        if (layer.type() != lt::bdecode_node::string_t)
            throw bad_torrent(source_name, "a piece layer is not a string");
        layers.emplace(view(root), text_of(layer));
    }
    return layers;
}

hashing::Sha256Digest to_digest(std::string_view bytes) {
    hashing::Sha256Digest digest;
    std::memcpy(digest.data(), bytes.data(), digest.size());
    return digest;
}

struct PieceRoots {
    std::vector<std::optional<hashing::Sha256Digest>> of_pieces;
    std::vector<ExpectedHashes::Unlayered> unlayered;
};

/// libtorrent takes no torrent that has one.
void refuse_foreign_layers(const Layers& layers, const ParsedInfo& parsed, std::string_view source_name) {
    const std::unordered_set<std::string_view> roots(parsed.roots.begin(), parsed.roots.end());
    for (const auto& [root, layer] : layers) {
        if (roots.count(root) == 0)
            throw bad_torrent(source_name, "a piece layer belongs to none of its files");
    }
}

/// The root of each piece. Every layer is checked against its file's root.
PieceRoots piece_roots(const ParsedInfo& parsed, const lt::bdecode_node& top, std::string_view source_name) {
    const Manifest& manifest = parsed.manifest;
    const hashing::LaneKernel& kernel = hashing::portable_kernel(hashing::Algorithm::kSha256);
    const auto filler = hashing::merkle_filler(kernel, manifest.piece_size / hashing::kBlockBytes);
    const Layers layers = find_layers(top, source_name);
    PieceRoots roots;
    auto& of_pieces = roots.of_pieces;
    for (std::size_t i = 0; i < manifest.files.size(); ++i) {
        const FileEntry& file = manifest.files[i];
        if (file.pad || file.size == 0) continue;
        const hashing::Sha256Digest root = to_digest(parsed.roots[i]);
        if (file.size <= manifest.piece_size) {
            of_pieces.emplace_back(root);
            continue;
        }
        const std::uint64_t pieces = (file.size + manifest.piece_size - 1) / manifest.piece_size;
        const auto layer = layers.find(parsed.roots[i]);
        if (layer == layers.end()) {
            roots.unlayered.push_back({of_pieces.size(), static_cast<std::size_t>(pieces), root});
            of_pieces.resize(of_pieces.size() + pieces);
            continue;
        }
        if (layer->second.size() != pieces * sizeof root) {
            throw bad_torrent(source_name,
                              fmt::format("the piece layer of '{}' has {} bytes, should have {}",
                                          escaped(file.path), layer->second.size(), pieces * sizeof root));
        }
        std::vector<hashing::Sha256Digest> leaves;
        for (std::size_t at = 0; at < layer->second.size(); at += sizeof root) {
            leaves.push_back(to_digest(layer->second.substr(at, sizeof root)));
        }
        of_pieces.insert(of_pieces.end(), leaves.begin(), leaves.end());
        if (hashing::merkle_root(kernel, leaves, std::bit_ceil(pieces), filler) != root) {
            throw bad_torrent(source_name, fmt::format("the piece layer of '{}' does not match its root",
                                                       escaped(file.path)));
        }
    }
    refuse_foreign_layers(layers, parsed, source_name);
    return roots;
}

struct Parsed {
    ParsedInfo info;
    PieceRoots roots;
};

Parsed parse(std::string_view bytes, std::string_view source_name) {
    const lt::bdecode_node top = decode(bytes, source_name);
    const lt::bdecode_node info = StrictDict(top, source_name).dict("info");
    if (!info) throw bad_torrent(source_name, "it has no info dictionary");
    Parsed out{parse_info_node(info, source_name), {}};
    Manifest& manifest = out.info.manifest;
    if (!manifest.info_hash_v2.empty()) out.roots = piece_roots(out.info, top, source_name);
    manifest.files_without_layer = out.roots.unlayered.size();
    manifest.blanks_after_end = bytes.size() - raw_bytes(top).size();
    manifest.trackers = parse_trackers(top);
    manifest.web_seeds = parse_web_seeds(top);
    manifest.dht_nodes = parse_nodes(top);
    manifest.comment = view(top.dict_find_string_value("comment"));
    manifest.created_by = view(top.dict_find_string_value("created by"));
    const std::int64_t date = top.dict_find_int_value("creation date", -1);
    if (date >= 0) manifest.created_at = date;
    return out;
}

}  // namespace

Manifest parse_manifest(std::string_view bytes, std::string_view source_name) {
    return parse(bytes, source_name).info.manifest;
}

std::string remark_on(const Manifest& manifest) {
    if (manifest.blanks_after_end == 0) return {};
    return fmt::format(
        "the torrent file of {} goes on after its end with {}: ignored", escaped(manifest.name),
        manifest.blanks_after_end == 1 ? "a line break or blank"
                                       : fmt::format("{} line breaks or blanks", manifest.blanks_after_end));
}

Manifest parse_info(std::string_view info_dictionary, std::string_view source_name) {
    return parse_info_node(decode(info_dictionary, source_name), source_name).manifest;
}

ExpectedHashes read_hashes(std::string_view bytes, std::string_view source_name) {
    Parsed parsed = parse(bytes, source_name);
    ExpectedHashes hashes;
    hashes.v1.resize(parsed.info.pieces.size() / sizeof(hashing::Sha1Digest));
    if (!hashes.v1.empty())
        std::memcpy(hashes.v1.data(), parsed.info.pieces.data(), parsed.info.pieces.size());
    hashes.v2 = std::move(parsed.roots.of_pieces);
    hashes.unlayered = std::move(parsed.roots.unlayered);
    return hashes;
}

std::string add_piece_layers(std::string_view bytes, const PieceLayers& layers,
                             std::string_view source_name) {
    const lt::bdecode_node node = decode(bytes, source_name);
    lt::entry root(node);
    lt::entry::dictionary_type& top = root.dict();
    const std::string_view info = raw_bytes(node.dict_find_dict("info"));
    lt::entry raw(lt::entry::preformatted_t);
    raw.preformatted().assign(info.begin(), info.end());
    top["info"] = std::move(raw);
    for (const auto& [of_file, layer] : layers) top["piece layers"][of_file] = layer;
    std::string out;
    lt::bencode(std::back_inserter(out), root);
    parse_manifest(out, source_name);
    return out;
}

Manifest load_manifest(const std::string& path, std::string* bytes) {
    std::string content = read_file(path, kMaxManifestBytes);
    Manifest manifest = parse_manifest(content, path == "-" ? "standard input" : path);
    if (bytes != nullptr) *bytes = std::move(content);
    return manifest;
}

}  // namespace shoal::manifest
