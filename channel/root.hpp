#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "channel/minisign.hpp"

namespace shoal::channel {

using UnixSeconds = std::int64_t;

/// Whom a channel's followers believe. Signed by offline keys, as the root role of The Update Framework.
struct Root {
    std::string name;           ///< of the channel; see name_problem()
    std::int64_t version = 1;   ///< each root of a channel has one more than the last
    UnixSeconds expires = 0;    ///< of the root itself
    std::int64_t lifetime = 0;  ///< seconds for which a head is good, unless its publisher says otherwise
    std::int64_t keep =
        3;  ///< releases that a follower keeps; at least 2, the current one and the one before
    std::vector<std::string> trackers;  ///< where heads are found, in the order in which they are tried
    // Sorted by key, each key once.
    std::vector<PublicKey> root_keys;     ///< sign roots
    std::vector<PublicKey> publish_keys;  ///< sign releases
    std::vector<PublicKey> head_keys;     ///< sign heads: which release is the current one
    std::int64_t threshold = 1;           ///< how many of `root_keys` a root needs
};

/// A root and who signed it: the content of a `.channel` file.
struct SignedRoot {
    Root root;
    std::string bytes;  ///< of the root, as they are signed
    std::vector<FileSignature> signatures;
};

inline constexpr std::size_t kMaxRootBytes = 64 * 1024;

/// Signs with each of the keys. Throws Error (kUsage) for a root that read_root() would refuse, or where the
/// keys are fewer than its threshold.
SignedRoot sign_root(Root root, const std::vector<SecretKey>& keys);
std::string write_signed_root(const SignedRoot& root);

/// Reads a `.channel` file and checks that as many of its own keys as it asks for have signed it. That is all
/// that can be known of a first root: who follows it trusts the way by which it came. Its expiry is not
/// looked at. Throws Error (kRefused).
SignedRoot read_signed_root(std::string_view bytes, std::string_view source);

/// Throws Error (kRefused) unless `next` may take the place of `root`: the same channel, the next version,
/// and signed by as many of the old root's keys as that one asks for.
void check_successor(const SignedRoot& root, const SignedRoot& next);

bool holds_key(const std::vector<PublicKey>& keys, const Ed25519Public& key);

}  // namespace shoal::channel
