#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// The primitives of a channel, from OpenSSL. Nothing of them is our own.
namespace shoal::channel {

using Ed25519Public = std::array<std::uint8_t, 32>;
using Ed25519Seed = std::array<std::uint8_t, 32>;  ///< the secret half (RFC 8032, "private key")
using Signature = std::array<std::uint8_t, 64>;
using Sha256 = std::array<std::uint8_t, 32>;

/// The bytes of an array as text functions take them.
template <std::size_t kSize>
std::string_view view(const std::array<std::uint8_t, kSize>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), kSize};
}

Ed25519Public public_of(const Ed25519Seed& seed);
Signature ed25519_sign(std::string_view message, const Ed25519Seed& seed);
/// RFC 8032, section 5.1.7. False also for a key that is no point of the curve.
bool ed25519_verify(std::string_view message, const Signature& signature, const Ed25519Public& key);

/// RFC 7693 with 64 bytes, without a key.
std::array<std::uint8_t, 64> blake2b(std::string_view bytes);
Sha256 sha256(std::string_view bytes);

/// From the system's source. Throws Error (kFailed) where that fails.
void fill_randomly(std::uint8_t* bytes, std::size_t size);
/// Overwrites a secret in a way that no compiler leaves out.
void forget(void* bytes, std::size_t size);

}  // namespace shoal::channel
