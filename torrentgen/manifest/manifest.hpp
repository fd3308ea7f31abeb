#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Reading a manifest (.torrent, BEP 3 and BEP 52) without trusting it.
namespace shoal::manifest {

/// No manifest of ours is larger: 1 TB in 5 MiB pieces is 4 MB of hashes, a million file names are 100 MB.
inline constexpr std::size_t kMaxManifestBytes = 256u << 20;
/// No torrent is larger: 256 TiB, libtorrent's max_file_offset.
inline constexpr std::uint64_t kMaxTorrentBytes = (std::uint64_t{1} << 48) - 1;

struct FileEntry {
    std::string path;         ///< below the content's root, '/'-separated; for a single file its name
    std::uint64_t size = 0;   ///< bytes
    bool pad = false;         ///< a padding file (BEP 47): zeros, never written to disk
    bool executable = false;  ///< BEP 47 attribute "x"
    std::string symlink;      ///< BEP 47 attribute "l": the target, below the root; empty for none
};

struct Manifest {
    std::string name;          ///< of the file or folder that a download creates
    bool single_file = false;  ///< `name` is the file itself
    std::string info_hash_v1;  ///< 40 hex digits; empty for v2-only
    std::string info_hash_v2;  ///< 64 hex digits; empty for v1-only
    std::uint32_t piece_size = 0;
    std::uint32_t piece_count = 0;
    std::uint64_t total_size = 0;  ///< bytes of content, padding left out
    std::vector<FileEntry> files;
    std::vector<std::vector<std::string>> trackers;  ///< tiers (BEP 12)
    std::vector<std::string> web_seeds;              ///< BEP 19
    std::vector<std::string> dht_nodes;              ///< "HOST:PORT" (BEP 5)
    bool is_private = false;                         ///< BEP 27
    std::string comment;
    std::string created_by;
    std::string source;
    std::string ssl_ca;  ///< PEM: the authority that signs its peers' certificates; empty: none
    std::optional<std::int64_t> created_at;  ///< seconds since 1970
    std::vector<std::string> similar;        ///< info-hashes, 40 hex digits each (BEP 38)
    std::vector<std::string> collections;    ///< BEP 38
    /// Files of v2 that are longer than a piece and have no piece layer: only peers can tell the hashes of
    /// their pieces (BEP 52). What comes of a magnet link begins like that.
    std::size_t files_without_layer = 0;
    std::size_t blanks_after_end = 0;  ///< bytes of line breaks and blanks that follow it, and mean nothing
};

/// Throws Error (kBadTorrent), naming `source_name`, on anything that is not a complete and safe manifest:
/// truncated or followed by more than blanks, a wrong piece count, a path that is absolute, holds "..", an
/// empty element or a NUL, two files of one path, sizes that overflow. libtorrent alone would quietly rename
/// such files. A piece layer may be missing (see files_without_layer), but not be wrong.
Manifest parse_manifest(std::string_view bytes, std::string_view source_name);

/// A remark for who reads a manifest that has something to be ignored; empty: nothing.
std::string remark_on(const Manifest& manifest);

/// The same checks on an info dictionary alone, as peers send it for a magnet link (BEP 9). It holds no piece
/// layers: files_without_layer stays 0.
Manifest parse_info(std::string_view info_dictionary, std::string_view source_name);

/// What the content of a manifest must hash to.
struct ExpectedHashes {
    using V2Digest = std::array<std::uint8_t, 32>;

    std::vector<std::array<std::uint8_t, 20>> v1;  ///< of every piece; empty for v2-only
    /// Root of every piece, in the order of the files, each of which starts a new piece; empty for v1-only.
    /// Nothing where no layer tells it.
    std::vector<std::optional<V2Digest>> v2;
    /// What is known of a file without a piece layer: the root over all its pieces.
    struct Unlayered {
        std::size_t first_piece = 0;
        std::size_t pieces = 0;
        V2Digest root{};
    };
    std::vector<Unlayered> unlayered;
};

/// Checks as parse_manifest does.
ExpectedHashes read_hashes(std::string_view bytes, std::string_view source_name);

/// Piece layers (BEP 52) by the root of their file, both as raw bytes: 32 for the root, 32 a piece.
using PieceLayers = std::map<std::string, std::string>;

/// The manifest with these layers beside those that it has; the info dictionary stays byte for byte. Throws
/// as parse_manifest does, also where a layer does not match its root.
std::string add_piece_layers(std::string_view bytes, const PieceLayers& layers, std::string_view source_name);

/// read_file and parse_manifest in one; "-" is standard input. `bytes` receives the file where it is not
/// null.
Manifest load_manifest(const std::string& path, std::string* bytes = nullptr);

/// "magnet:?xt=urn:btih:...&dn=...&tr=...&ws=...&x.pe=..." with every tracker and web seed.
/// @param peers  "HOST:PORT" each, to be asked before any tracker
std::string magnet_link(const Manifest& manifest, const std::vector<std::string>& peers = {});

}  // namespace shoal::manifest
