#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace shoal::tracker {

/// Twenty bytes; the tag keeps an info-hash from being passed for a peer id.
template <class Tag>
struct Id20 {
    static constexpr std::size_t kSize = 20;
    std::array<std::uint8_t, kSize> bytes{};

    static std::optional<Id20> from_bytes(std::string_view raw) {
        if (raw.size() != kSize) return std::nullopt;
        Id20 id;
        std::memcpy(id.bytes.data(), raw.data(), kSize);
        return id;
    }
    static std::optional<Id20> from_hex(std::string_view hex) {
        if (hex.size() != 2 * kSize) return std::nullopt;
        Id20 id;
        for (std::size_t i = 0; i < hex.size(); ++i) {
            const int value = hex_digit(hex[i]);
            if (value < 0) return std::nullopt;
            id.bytes[i / 2] = static_cast<std::uint8_t>((id.bytes[i / 2] << 4) | value);
        }
        return id;
    }
    [[nodiscard]] std::string_view view() const {
        return {reinterpret_cast<const char*>(bytes.data()), kSize};
    }
    [[nodiscard]] std::string hex() const {
        std::string text;
        for (const std::uint8_t byte : bytes) {
            text += "0123456789abcdef"[byte >> 4];
            text += "0123456789abcdef"[byte & 15];
        }
        return text;
    }
    auto operator<=>(const Id20&) const = default;
    // Three loads inline: an announce compares ids at each step, and for twenty bytes g++ calls memcmp.
    bool operator==(const Id20& other) const {
        return word<std::uint64_t>(0) == other.template word<std::uint64_t>(0) &&
               word<std::uint64_t>(8) == other.template word<std::uint64_t>(8) &&
               word<std::uint32_t>(16) == other.template word<std::uint32_t>(16);
    }

  private:
    template <class Word>
    [[nodiscard]] Word word(std::size_t at) const {
        Word value = 0;
        std::memcpy(&value, bytes.data() + at, sizeof value);
        return value;
    }
    static int hex_digit(char c) {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        if (c >= 'A' && c <= 'F') return c - 'A' + 10;
        return -1;
    }
};

/// SHA-1 of the info dictionary, or the first 20 bytes of its SHA-256 (BEP 52).
using InfoHash = Id20<struct InfoHashTag>;
using PeerId = Id20<struct PeerIdTag>;

/// An info-hash as people write it: 40 hex digits, or the 64 of a v2 torrent, of which peers announce the
/// first 20 bytes (BEP 52).
inline std::optional<InfoHash> parse_info_hash(std::string_view hex) {
    constexpr std::size_t kDigits = 2 * InfoHash::kSize;
    constexpr std::size_t kV2Digits = 64;
    if (hex.size() != kV2Digits) return InfoHash::from_hex(hex);
    // The last 40 digits only have to be some.
    if (!InfoHash::from_hex(hex.substr(kV2Digits - kDigits))) return std::nullopt;
    return InfoHash::from_hex(hex.substr(0, kDigits));
}

}  // namespace shoal::tracker

template <class Tag>
struct std::hash<shoal::tracker::Id20<Tag>> {
    std::size_t operator()(const shoal::tracker::Id20<Tag>& id) const noexcept {
        return std::hash<std::string_view>{}(id.view());
    }
};
