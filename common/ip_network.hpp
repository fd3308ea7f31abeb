#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/ip_address.hpp"

namespace shoal {

/// A block of addresses of one family, written "10.1.0.0/16" or "2001:db8::/32"; a bare address is itself
/// alone.
struct IpNetwork {
    IpAddress address;
    unsigned prefix_bits = 0;

    /// Nothing for anything else, or where the prefix is longer than the address. Bits behind the prefix are
    /// cleared.
    static std::optional<IpNetwork> parse(std::string_view text);

    [[nodiscard]] bool contains(const IpAddress& other) const;
    [[nodiscard]] std::string to_string() const;

    auto operator<=>(const IpNetwork&) const = default;
};

}  // namespace shoal
