#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "channel/minisign.hpp"
#include "channel/root.hpp"

namespace shoal::channel {

inline constexpr std::size_t kMaxNoteBytes = 500;
inline constexpr std::size_t kMaxReleaseBytes = 4096;

/// One version of a channel's content. It never changes once it is signed.
struct Release {
    std::string channel;
    std::int64_t number = 1;  ///< counts up from 1
    std::optional<std::array<std::uint8_t, 20>> info_hash_v1;
    std::optional<std::array<std::uint8_t, 32>> info_hash_v2;  ///< at least one of the two
    std::int64_t size = 0;                                     ///< bytes of content
    std::optional<Sha256> previous;  ///< digest of the release before; none: the first one
    std::string note;                ///< for people; one line, may be empty

    bool operator==(const Release&) const = default;
};

/// The bytes that are signed: those of a release have one form only. Throws Error (kUsage) for what
/// read_release() would refuse.
std::string write_release(const Release& release);
/// Throws Error (kRefused).
Release read_release(std::string_view bytes, std::string_view source);

struct SignedRelease {
    Release release;
    std::string bytes;
    FileSignature signature;
};

SignedRelease sign_release(const Release& release, const SecretKey& key);
/// Throws Error (kRefused) unless it is a release of the root's channel, signed by one of its publish keys.
SignedRelease read_signed_release(std::string_view bytes, std::string_view signature, const Root& root,
                                  std::string_view source);

}  // namespace shoal::channel
