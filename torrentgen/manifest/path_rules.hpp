#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Which names a manifest may hold. libtorrent (`sanitize_append_path_element`) quietly renames what fails
/// here, so that content would not be found where the manifest says it is.
namespace shoal::manifest {

/// Longer names are cut by libtorrent; most file systems end at 255 bytes.
inline constexpr std::size_t kMaxNameBytes = 239;

/// Why `name` cannot be one element of a path ("is empty", "is '..'", ...); nothing where it can.
std::optional<std::string> name_problem(std::string_view name);

/// The elements of a '/'-separated path.
std::vector<std::string_view> split_path(std::string_view path);

/// Byte order of the elements, the order of the v2 file tree: "a/b" is before "a.txt".
bool path_less(std::string_view left, std::string_view right);

bool is_utf8(std::string_view text);

/// For a message: see printable.
std::string escaped(std::string_view name);

}  // namespace shoal::manifest
