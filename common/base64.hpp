#pragma once

#include <optional>
#include <string>
#include <string_view>

/// RFC 4648, section 4. White space between the characters is skipped; other strangers make it fail.
namespace shoal {

std::string encode_base64(std::string_view bytes);
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace shoal
