#include "channel/release_manifest.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

#include "common/error.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::channel {
namespace {

/// Nothing for the empty text of a hash that a manifest does not have.
template <std::size_t kSize>
std::optional<std::array<std::uint8_t, kSize>> from_hex(const std::string& digits) {
    if (digits.size() != 2 * kSize) return std::nullopt;
    std::array<std::uint8_t, kSize> out{};
    for (std::size_t i = 0; i < kSize; ++i) {
        const char* const pair = digits.data() + 2 * i;
        constexpr int kBase = 16;
        std::from_chars(pair, pair + 2, out[i], kBase);
    }
    return out;
}

}  // namespace

void describe(std::string_view manifest, Release& release) {
    const manifest::Manifest parsed = manifest::parse_manifest(manifest, "the manifest");
    release.info_hash_v1 = from_hex<20>(parsed.info_hash_v1);
    release.info_hash_v2 = from_hex<32>(parsed.info_hash_v2);
    release.size = static_cast<std::int64_t>(parsed.total_size);
}

std::string manifest_problem(const Release& release, std::string_view manifest) {
    Release described = release;
    try {
        describe(manifest, described);
    } catch (const Error& failure) {
        return failure.what();
    }
    if (described.info_hash_v1 != release.info_hash_v1 || described.info_hash_v2 != release.info_hash_v2)
        return "its manifest has another info-hash than its release";
    if (described.size != release.size) return "its manifest has another size than its release";
    return {};
}

}  // namespace shoal::channel
