#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "channel/ed25519.hpp"

/// Keys and signatures in the files of minisign 0.11, which reads what is written here and the reverse.
/// Signed is the BLAKE2b digest of a file ("prehashed", minisign's default since 0.9).
namespace shoal::channel {

/// Chosen at random when a key is made; tells which of several keys made a signature. It proves nothing.
using KeyId = std::array<std::uint8_t, 8>;

struct PublicKey {
    KeyId id{};
    Ed25519Public key{};

    auto operator<=>(const PublicKey&) const = default;
};

/// Overwrites its secret when it goes.
class SecretKey {
  public:
    SecretKey(const KeyId& id, const Ed25519Seed& seed);
    SecretKey(const SecretKey&) = default;
    SecretKey& operator=(const SecretKey&) = default;
    ~SecretKey() { forget(seed_.data(), seed_.size()); }

    [[nodiscard]] static SecretKey random();

    [[nodiscard]] const PublicKey& public_key() const { return public_; }
    [[nodiscard]] const Ed25519Seed& seed() const { return seed_; }

  private:
    Ed25519Seed seed_;
    PublicKey public_;
};

/// The content of a `.minisig` file.
struct FileSignature {
    KeyId id{};
    Signature signature{};
    std::string trusted_comment;  ///< one line; signed as well
    Signature comment_signature{};
};

/// As people name a key: the 16 upper-case digits that minisign prints.
std::string key_name(const KeyId& id);

FileSignature sign_file(std::string_view bytes, std::string_view trusted_comment, const SecretKey& key);
/// Both the bytes and the trusted comment are this key's.
bool verifies(std::string_view bytes, const FileSignature& signature, const PublicKey& key);

// What the files hold. Readers take only what the writers, or minisign, would write. They throw Error that
// names `source`: kUsage for keys, kRefused for signatures.

std::string write_public_key(const PublicKey& key);
PublicKey read_public_key(std::string_view text, std::string_view source);
/// Without a password, as `minisign -G -W`.
std::string write_secret_key(const SecretKey& key);
SecretKey read_secret_key(std::string_view text, std::string_view source);
std::string write_signature(const FileSignature& signature);
FileSignature read_signature(std::string_view text, std::string_view source);

}  // namespace shoal::channel
