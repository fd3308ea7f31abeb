#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "torrentgen/manifest/create.hpp"
#include "torrentgen/manifest/manifest.hpp"

/// Comparing content on disk with a manifest.
namespace shoal::manifest {

/// Neighbouring pieces, both ends included.
struct PieceRange {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    bool operator==(const PieceRange&) const = default;
};

enum class FileState {
    kMissing,
    kUnreadable,
    kWrongSize,  ///< its pieces are compared as far as they go
    kDiffers,    ///< of the right size, but not these bytes
    kUncertain   ///< right as far as can be told: its bad pieces are shared with a file of the states above
};

struct FileDifference {
    std::string path;  ///< as in the manifest
    FileState state = FileState::kDiffers;
    std::string detail;              ///< "is 10 bytes, should be 12"; may be empty
    std::vector<PieceRange> pieces;  ///< the bad ones that hold bytes of this file
};

struct VerifyReport {
    Manifest manifest;
    std::uint32_t pieces_good = 0;
    std::vector<PieceRange> bad_pieces;
    std::vector<FileDifference> files;  ///< only those that differ
    /// Of files whose layer the manifest lacks: as the content has it, where it matches the file's root.
    PieceLayers found_layers;
    [[nodiscard]] bool matches() const { return files.empty() && bad_pieces.empty(); }
};

/// Hashes `path` as `manifest_bytes` says: the file itself, the folder itself, or the folder that it is in.
/// A hybrid is checked against both its v1 and its v2 hashes. A v2 file without a piece layer is right or
/// wrong as a whole. Throws Error: kBadTorrent for the manifest, kFileSystem where `path` is not there at
/// all. Content that differs is the report's matter, no error.
VerifyReport verify_content(std::string_view manifest_bytes, std::string_view source_name,
                            const std::filesystem::path& path, unsigned threads,
                            const CreateProgressFunction& progress);

}  // namespace shoal::manifest
