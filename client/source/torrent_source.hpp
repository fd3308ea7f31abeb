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

/// TORRENT is a file, "-" (standard input), an http(s) URL, a magnet link or a bare info-hash of 40 hex
/// digits. Throws Error as read_file and http_fetch do.
TorrentSource load_source(const std::string& torrent, const std::function<bool()>& stopped);

}  // namespace shoal::client
