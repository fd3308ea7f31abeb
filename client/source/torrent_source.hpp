#pragma once

#include <functional>
#include <string>

namespace shoal::client {

/// What the user named, before anything of it is believed.
struct TorrentSource {
    std::string label;     ///< as the user wrote it, for messages
    std::string manifest;  ///< bytes of a .torrent; empty for a magnet
    std::string magnet;    ///< a magnet link (BEP 9); empty for a manifest
};

/// The path that a file: URL (RFC 8089) names; anything else as it is. Throws Error (kUsage) for a file of
/// another machine.
std::string path_of(const std::string& torrent);

/// Throws Error (kUsage) for a URL of a kind that nothing is fetched by, as s3://BUCKET/KEY, with what to do.
void require_known_scheme(const std::string& torrent);

/// TORRENT is a file or a file: URL, "-" (standard input), an http(s) URL, or what as_magnet takes. Throws
/// Error as read_file and fetch_torrent do, kUsage for other URLs.
TorrentSource load_source(const std::string& torrent, const std::function<bool()>& stopped);

}  // namespace shoal::client
