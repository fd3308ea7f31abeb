#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "torrentgen/manifest/manifest.hpp"

/// Where a web seed (BEP 19) has which bytes; no network here.
namespace shoal::webseed {

/// Bytes of one file, as one request asks for them.
struct FilePart {
    std::string url;
    std::string path;  ///< of it, what is below the seed's own URL; may be empty
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    std::uint64_t file_size = 0;
    bool pad = false;  ///< zeros, never asked for (BEP 47)
};

/// "dir/a b.dat" below the seed's URL, escaped as a path; empty for a single file whose URL names it.
std::string path_below(const std::string& web_seed, const manifest::Manifest& manifest,
                       const manifest::FileEntry& file);

/// The URL of a file, as clients build it.
std::string url_of(const std::string& web_seed, const manifest::Manifest& manifest,
                   const manifest::FileEntry& file);

/// The beginnings of the first and the last file that have bytes; one where there is only one.
std::vector<FilePart> samples(const std::string& web_seed, const manifest::Manifest& manifest);

/// The parts of a piece: as v1 counts pieces over the ends of files, padding included; of a manifest without
/// v1 one part, since each file begins a piece (BEP 52).
std::vector<FilePart> parts_of_piece(const std::string& web_seed, const manifest::Manifest& manifest,
                                     std::uint32_t piece);

/// The web seed that `landed` belongs to, where `asked` for the file of this path was redirected: the same
/// files in the same order of folders, somewhere else. Nothing where the file alone was sent elsewhere.
std::optional<std::string> moved_base(const std::string& landed, const std::string& path);

}  // namespace shoal::webseed
