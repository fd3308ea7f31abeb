#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "torrentgen/manifest/create.hpp"
#include "torrentgen/manifest/manifest.hpp"

/// Comparing what is on disk already with a manifest.
namespace shoal::client {

/// Is anything at all there, be it a dangling link?
bool is_there(const std::filesystem::path& path);

/// Empty where `path` is exactly the content; otherwise what differs, in a few words ("3 of 12 files differ,
/// first models/a.bin: is missing"). Sizes are looked at first, so that other content is told quickly.
/// `manifest` may name fewer files than `manifest_bytes`: then only they matter, and bytes that share a piece
/// with a file that is not there can't be told.
/// @param layers  receives the piece layers that the manifest lacks; may be null
std::string difference(const std::string& manifest_bytes, const manifest::Manifest& manifest,
                       const std::filesystem::path& path, const manifest::CreateProgressFunction& progress,
                       manifest::PieceLayers* layers = nullptr);

/// One element a piece: does it match? All false where nothing is there.
std::vector<bool> good_pieces(const std::string& manifest_bytes, const manifest::Manifest& manifest,
                              const std::filesystem::path& path,
                              const manifest::CreateProgressFunction& progress);

/// Bytes that the content will still take on its file system; sparse files count what they hold.
std::uint64_t missing_space(const manifest::Manifest& manifest, const std::filesystem::path& path);

/// The path on disk of a file of the manifest, `path` being where the content's root is.
std::filesystem::path file_path(const manifest::Manifest& manifest, const manifest::FileEntry& file,
                                const std::filesystem::path& path);

}  // namespace shoal::client
