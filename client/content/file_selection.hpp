#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "client/source/magnet.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::client {

/// The files of a manifest that a download takes.
struct FileSelection {
    std::vector<bool> wanted;          ///< one element a file of the manifest, padding is never wanted
    std::uint64_t bytes = 0;           ///< of the wanted files
    std::uint32_t pieces = 0;          ///< that hold bytes of wanted files
    std::size_t files = 0;             ///< wanted ones
    bool all = true;                   ///< everything but padding is wanted
    std::vector<std::int8_t> choices;  ///< as TorrentSpec::file_choices; empty where all are wanted

    /// Of the wanted files alone; everything else as in `manifest`.
    [[nodiscard]] manifest::Manifest restrict(const manifest::Manifest& manifest) const;
};

/// The files that at least one glob matches; without globs all. A glob without '/' is matched against each
/// element of the path, one with '/' against the whole path below the content's root or with the root's name
/// before it. Throws Error (kUsage) for a glob that matches nothing, and names what there is.
FileSelection select_files(const manifest::Manifest& manifest, const std::vector<std::string>& globs);

/// The files in these places of the manifest's list (BEP 53), in which padding counts too. Throws Error
/// (kBadTorrent) for a place that is not there, and names how many there are.
FileSelection select_places(const manifest::Manifest& manifest, const std::vector<Magnet::FileRange>& places);

/// One element a file, padding left out: is every piece there that holds bytes of it? A file without bytes is
/// whole.
std::vector<bool> whole_files(const manifest::Manifest& manifest, const std::vector<bool>& have);

/// Counts again after `wanted` was changed.
FileSelection selection_of(const manifest::Manifest& manifest, std::vector<bool> wanted);

}  // namespace shoal::client
