#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace shoal {

/// An IPv4 or IPv6 address as plain bytes, so that protocol code needs no socket library. IPv4-mapped IPv6
/// addresses (::ffff:a.b.c.d) are stored as the IPv4 address they stand for.
class IpAddress {
  public:
    IpAddress() = default;

    static IpAddress v4(std::array<std::uint8_t, 4> network_order);
    static IpAddress v6(const std::array<std::uint8_t, 16>& network_order);
    /// Literals only; a host name is never resolved here.
    static std::optional<IpAddress> parse(std::string_view text);

    [[nodiscard]] bool is_v6() const { return is_v6_; }
    [[nodiscard]] bool is_loopback() const;
    /// 0.0.0.0 or ::
    [[nodiscard]] bool is_unspecified() const;
    /// Network order: 4 bytes (IPv4) or 16 (IPv6).
    [[nodiscard]] std::string_view bytes() const;
    [[nodiscard]] std::string to_string() const;

    auto operator<=>(const IpAddress&) const = default;

  private:
    std::array<std::uint8_t, 16> bytes_{};
    bool is_v6_ = false;
};

/// An address and a port in host order; written "10.0.0.1:6969" or "[2001:db8::1]:6969".
struct Endpoint {
    IpAddress address;
    std::uint16_t port = 0;

    /// "ADDR:PORT", "[ADDR6]:PORT"; ":PORT" and "*:PORT" are all IPv4 addresses.
    static std::optional<Endpoint> parse(std::string_view text);
    [[nodiscard]] std::string to_string() const;

    auto operator<=>(const Endpoint&) const = default;
};

/// A decimal port, 0 to 65535.
std::optional<std::uint16_t> parse_port(std::string_view text);

}  // namespace shoal

template <>
struct std::hash<shoal::IpAddress> {
    std::size_t operator()(const shoal::IpAddress& address) const noexcept {
        return std::hash<std::string_view>{}(address.bytes());
    }
};
