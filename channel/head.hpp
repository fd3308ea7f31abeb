#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "channel/ed25519.hpp"
#include "channel/root.hpp"

namespace shoal::channel {

/// Which release of a channel is the current one. It is signed and written as a mutable item of BEP 44 with
/// the channel's name as salt, so that any way can carry it, the DHT too.
struct Head {
    std::string channel;
    std::int64_t sequence = 1;  ///< "seq" of BEP 44; the highest one wins
    std::int64_t release = 1;   ///< number of the release
    Sha256 digest{};            ///< of the release's bytes
    UnixSeconds expires = 0;

    bool operator==(const Head&) const = default;
};

struct SignedHead {
    Head head;
    Ed25519Public key{};
    Signature signature{};
};

/// The limit that BEP 44 sets to "v"; a head needs less than a fifth of it.
inline constexpr std::size_t kMaxHeadBytes = 1000;

/// What a mutable item's signature is over: "4:salt..3:seqi..e1:v.." of BEP 44.
/// @param value  bencoded
std::string signed_message(std::string_view salt, std::int64_t sequence, std::string_view value);

/// Throws Error (kUsage) for a head that read_head() would refuse.
SignedHead sign_head(const Head& head, const SecretKey& key);
/// A dictionary with the keys of BEP 44: k, salt, seq, sig, v. Less than 1,000 bytes.
std::string write_head(const SignedHead& head);
/// Its form only; see head_problem() and Ratchet. Throws Error (kRefused).
SignedHead read_head(std::string_view bytes, std::string_view source);

/// Why a head is not one that the root's head keys have signed for its channel; empty where it is. Expiry and
/// sequence are the Ratchet's.
std::string head_problem(const SignedHead& head, const Root& root);

}  // namespace shoal::channel
