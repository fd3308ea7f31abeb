#pragma once

#include <string>
#include <string_view>

namespace shoal {

/// Two lower-case digits a byte.
std::string hex(std::string_view bytes);

}  // namespace shoal
