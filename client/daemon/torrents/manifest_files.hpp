#pragma once

#include <cstdint>
#include <vector>

#include "torrentgen/manifest/manifest.hpp"

/// The files of a manifest as the daemon counts them: padding has no number.
namespace shoal::daemon {

/// Calls `visit` with the number and the entry of each.
template <typename Visit>
void for_each_file(const manifest::Manifest& facts, const Visit& visit) {
    std::uint32_t number = 0;
    for (const manifest::FileEntry& file : facts.files)
        if (!file.pad) visit(number++, file);
}

std::uint32_t count_files(const manifest::Manifest& facts);

/// Of TorrentRecord::file_choices.
bool is_unwanted(std::int8_t choice);

/// Leaves the files that are wanted.
void keep_wanted(manifest::Manifest& facts, const std::vector<std::int8_t>& choices);

}  // namespace shoal::daemon
