#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace shoal {

inline constexpr std::uint32_t kNoCodePoint = 0xffffffff;

/// The code point at the front of `text`, which is advanced past it: by one byte and kNoCodePoint for
/// overlong forms, surrogates and what is above U+10FFFF (RFC 3629). `text` must not be empty.
std::uint32_t take_code_point(std::string_view& text);

/// Words that a stranger chose, for one line of a terminal, a log or a page. Control characters and bytes
/// that are not UTF-8 stand as "\x1b", characters that turn the direction of writing as "\u202e".
/// @param most  of the characters that are shown; what is longer is cut and ends with "..."
std::string printable(std::string_view text, std::size_t most = std::numeric_limits<std::size_t>::max());

}  // namespace shoal
