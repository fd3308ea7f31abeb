#include "common/ip_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace shoal {
namespace {

IpAddress masked(const IpAddress& address, unsigned prefix_bits) {
    std::array<std::uint8_t, 16> bytes{};
    const auto raw = address.bytes();
    std::memcpy(bytes.data(), raw.data(), raw.size());
    for (unsigned bit = prefix_bits; bit < raw.size() * 8; ++bit)
        bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] & ~(0x80u >> (bit % 8)));
    if (address.is_v6()) return IpAddress::v6(bytes);
    return IpAddress::v4({bytes[0], bytes[1], bytes[2], bytes[3]});
}

}  // namespace

std::optional<IpNetwork> IpNetwork::parse(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address) return std::nullopt;
    const auto most = static_cast<unsigned>(address->bytes().size() * 8);
    unsigned bits = most;
    if (slash != std::string_view::npos) {
        const auto number = text.substr(slash + 1);
        const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), bits);
        if (error != std::errc{} || end != number.data() + number.size() || bits > most) return std::nullopt;
    }
    return IpNetwork{masked(*address, bits), bits};
}

bool IpNetwork::contains(const IpAddress& other) const {
    return other.is_v6() == address.is_v6() && masked(other, prefix_bits) == address;
}

std::string IpNetwork::to_string() const {
    return fmt::format("{}/{}", address.to_string(), prefix_bits);
}

}  // namespace shoal
