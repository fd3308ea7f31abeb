#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace shoal {

enum class Overwrite { kNo, kYes };

/// The whole file. Throws Error (kFileSystem) where it can't be read or is larger than `max_bytes`; "-" is
/// standard input.
std::string read_file(const std::filesystem::path& path, std::size_t max_bytes);

/// All of `content` or nothing: written to a temporary file beside `path`, flushed to disk, then renamed.
/// Throws Error (kFileSystem); with Overwrite::kNo also where `path` exists. Nothing is left behind on
/// failure.
/// @param mode  of the new file, less what the process's umask takes away
void write_file_atomically(const std::filesystem::path& path, std::string_view content, Overwrite overwrite,
                           unsigned mode = 0666);

/// Makes a finished rename or creation in `folder` durable. Failures are ignored on purpose: some file
/// systems cannot sync a folder, and the content itself is already safe.
void sync_folder(const std::filesystem::path& folder);

}  // namespace shoal
