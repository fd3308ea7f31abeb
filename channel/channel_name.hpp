#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace shoal::channel {

/// The name is the salt of a mutable item, which BEP 44 limits.
inline constexpr std::size_t kMaxNameBytes = 64;

/// Empty for a name like "camera/latest": letters, digits, '.', '_' and '-', in parts between '/', none of
/// which begins with a '.' or a '-'. Else what is wrong with it, to stand behind "the name ".
std::string name_problem(std::string_view name);

/// "camera/latest" -> "camera-latest.channel"
std::string channel_file_name(std::string_view name);

}  // namespace shoal::channel
