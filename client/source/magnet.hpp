#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::client {

/// A magnet link (BEP 9, BEP 52, BEP 53).
struct Magnet {
    /// Files by their place in the torrent's list, both ends included.
    struct FileRange {
        std::uint32_t first = 0;
        std::uint32_t last = 0;
        bool operator==(const FileRange&) const = default;
    };

    std::string info_hash_v1;  ///< 40 hex digits in small letters; empty where the link has none
    std::string info_hash_v2;  ///< 64 hex digits in small letters; empty where the link has none
    std::string name;          ///< what the link calls the content, as its author liked; may be empty
    std::vector<std::string> trackers;
    std::vector<std::string> web_seeds;
    std::vector<std::string> peers;      ///< "HOST:PORT", "10.0.0.1:6881" or "[::1]:6881", from x.pe
    std::vector<std::string> dht_nodes;  ///< the same, from dht
    std::vector<FileRange> files;        ///< the only ones to download, from so; empty: all

    /// The one that names the download: v1 where there is one.
    [[nodiscard]] const std::string& info_hash() const {
        return info_hash_v1.empty() ? info_hash_v2 : info_hash_v1;
    }
};

/// The link that `text` is, or that it stands for where it is a bare info-hash: 40 or 64 hex digits, or 32
/// characters of base32. Blanks around it are left out. Empty: neither.
std::string as_magnet(std::string_view text);

/// With every %XX as the byte that it stands for (RFC 3986); nothing where a % begins none.
std::optional<std::string> unescaped(std::string_view text);

/// Reads scheme, `urn:` and names of parameters in any letter case (RFC 3986, RFC 8141), escapes in every
/// value, and hashes in hex or base32. Blanks around the link are no part of it. What only helps to find
/// peers and cannot be understood is left out. Throws Error (kBadTorrent) for anything but a link with an
/// info-hash, and for a selection of files that is none.
Magnet parse_magnet(const std::string& link);

}  // namespace shoal::client
