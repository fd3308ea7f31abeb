#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace shoal::client {

/// The torrent behind an http or https URL, redirects followed (to http and https only). What is none is not
/// downloaded any further: a URL may be that of the content itself.
/// Throws Error: kNoPeer where the server can't be reached or stops sending, kBadTorrent for what is no
/// torrent or larger than `max_bytes`, kFailed for an HTTP error status, kInterrupted once `stopped` returns
/// true.
std::string fetch_torrent(const std::string& url, std::size_t max_bytes,
                          const std::function<bool()>& stopped);

}  // namespace shoal::client
