#include "common/base64.hpp"

#include <array>
#include <cstdint>

namespace shoal {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNoDigit = 0xff;

constexpr std::array<std::uint8_t, 256> digit_values() {
    std::array<std::uint8_t, 256> values{};
    values.fill(kNoDigit);
    for (std::size_t i = 0; i < kAlphabet.size(); ++i)
        values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
    return values;
}

constexpr auto kDigits = digit_values();

}  // namespace

std::string encode_base64(std::string_view bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            const std::uint32_t byte = at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0;
            group = group << 8 | byte;
        }
        const std::size_t digits = std::min<std::size_t>(3, bytes.size() - at) + 1;
        for (std::size_t i = 0; i < 4; ++i) text += i < digits ? kAlphabet[group >> (18 - 6 * i) & 63] : '=';
    }
    return text;
}

std::optional<std::string> decode_base64(std::string_view text) {
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3);
    std::uint32_t bits = 0;
    int bit_count = 0;
    std::size_t digits = 0;
    std::size_t padding = 0;
    for (const char c : text) {
        if (c == '\n' || c == '\r' || c == ' ' || c == '\t') continue;
        if (c == '=') {
            ++padding;
            continue;
        }
        const auto value = kDigits.at(static_cast<unsigned char>(c));
        if (value == kNoDigit || padding > 0) return std::nullopt;
        ++digits;
        bits = (bits << 6 | value) & 0xffffff;
        bit_count += 6;
        if (bit_count >= 8) {
            bit_count -= 8;
            bytes += static_cast<char>(bits >> bit_count & 0xff);
        }
    }
    // One digit left over holds no byte; padding may be missing but not wrong.
    if (digits % 4 == 1 || padding > 2 || (padding > 0 && (digits + padding) % 4 != 0)) return std::nullopt;
    return bytes;
}

}  // namespace shoal
