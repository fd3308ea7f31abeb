#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "channel/head.hpp"
#include "channel/release.hpp"
#include "channel/root.hpp"

namespace shoal::channel {

/// A head with all that a follower needs to fetch its release: what a publisher sends and a tracker hands on.
struct Publication {
    SignedHead head;
    SignedRelease release;
    std::string
        manifest;  ///< a .torrent; the release's info-hashes are to be compared with it by who reads it
};

std::string write_publication(const Publication& publication);

/// Checks that head and release are signed by keys of the root, and that the head names this release. Throws
/// Error (kRefused). Expiry and sequence are the Ratchet's; the manifest is not looked at.
/// @param most_manifest  bytes
Publication read_publication(std::string_view bytes, const Root& root, std::size_t most_manifest,
                             std::string_view source);

}  // namespace shoal::channel
