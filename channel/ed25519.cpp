#include "channel/ed25519.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <memory>

#include "common/error.hpp"

namespace shoal::channel {
namespace {

using KeyPointer = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using ContextPointer = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

/// Only memory that ran out, or a library built without the algorithm, leads here.
void require(bool worked, std::string_view what) {
    if (!worked)
        throw Error(ExitCode::kFailed, what, "OpenSSL cannot do it", "install OpenSSL 3 from Debian");
}

KeyPointer secret_key(const Ed25519Seed& seed) {
    KeyPointer key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()),
                   &EVP_PKEY_free);
    require(key != nullptr, "Ed25519");
    return key;
}

template <std::size_t kSize>
std::array<std::uint8_t, kSize> digest(std::string_view bytes, const EVP_MD* algorithm,
                                       std::string_view name) {
    std::array<std::uint8_t, kSize> out{};
    unsigned size = 0;
    require(
        EVP_Digest(bytes.data(), bytes.size(), out.data(), &size, algorithm, nullptr) == 1 && size == kSize,
        name);
    return out;
}

}  // namespace

Ed25519Public public_of(const Ed25519Seed& seed) {
    const KeyPointer key = secret_key(seed);
    Ed25519Public out{};
    std::size_t size = out.size();
    require(EVP_PKEY_get_raw_public_key(key.get(), out.data(), &size) == 1 && size == out.size(), "Ed25519");
    return out;
}

Signature ed25519_sign(std::string_view message, const Ed25519Seed& seed) {
    const KeyPointer key = secret_key(seed);
    const ContextPointer context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    Signature out{};
    std::size_t size = out.size();
    require(context != nullptr &&
                EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
                EVP_DigestSign(context.get(), out.data(), &size, bytes_of(message), message.size()) == 1 &&
                size == out.size(),
            "Ed25519");
    return out;
}

bool ed25519_verify(std::string_view message, const Signature& signature, const Ed25519Public& key) {
    const KeyPointer loaded(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()),
                            &EVP_PKEY_free);
    const ContextPointer context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    require(loaded != nullptr && context != nullptr &&
                EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, loaded.get()) == 1,
            "Ed25519");
    return EVP_DigestVerify(context.get(), signature.data(), signature.size(), bytes_of(message),
                            message.size()) == 1;
}

std::array<std::uint8_t, 64> blake2b(std::string_view bytes) {
    return digest<64>(bytes, EVP_blake2b512(), "BLAKE2b");
}

Sha256 sha256(std::string_view bytes) {
    return digest<32>(bytes, EVP_sha256(), "SHA-256");
}

void fill_randomly(std::uint8_t* bytes, std::size_t size) {
    require(RAND_bytes(bytes, static_cast<int>(size)) == 1, "random numbers");
}

void forget(void* bytes, std::size_t size) {
    OPENSSL_cleanse(bytes, size);
}

}  // namespace shoal::channel
