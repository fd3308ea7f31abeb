#include "common/hex.hpp"

#include <fmt/format.h>

namespace shoal {

std::string hex(std::string_view bytes) {
    std::string text;
    for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    return text;
}

}  // namespace shoal
