#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "channel/head.hpp"
#include "channel/root.hpp"

namespace shoal::channel {

enum class Verdict {
    kNew,       ///< it is the current head from now on
    kKnown,     ///< it has been all along
    kForeign,   ///< another channel, a key that may not sign heads, a wrong signature
    kOlder,     ///< a higher sequence was seen
    kConflict,  ///< another head had the same sequence
    kExpired    ///< or its root has
};

struct Decision {
    Verdict verdict = Verdict::kForeign;
    std::string why;  ///< for people; empty where the head is the current one
};

/// Turns one way only: of all heads that come, by whatever way, the highest sequence wins. It is kept a key,
/// so that a new root without a stolen key also takes away the high sequence that its thief has signed.
class Ratchet {
  public:
    /// From the state that write() gave; empty: nothing was seen. Throws Error (kRefused) where it is damaged
    /// or of another channel, or has seen a later version of the root.
    Ratchet(const Root& root, std::string_view state, std::string_view source);

    /// What offer() would say, without a change.
    [[nodiscard]] Decision judge(const SignedHead& head, UnixSeconds now) const;
    /// Remembers a head that is new. The caller writes the state before it acts on the head.
    Decision offer(const SignedHead& head, UnixSeconds now);

    /// The highest sequence that a key of the root has signed; 0: none was seen.
    [[nodiscard]] std::int64_t highest() const;
    [[nodiscard]] std::string write() const;

  private:
    struct Seen {
        std::int64_t sequence = 0;
        Sha256 digest{};  ///< of the head's bytes
    };
    void read(std::string_view state, std::string_view source);

    Root root_;
    std::map<Ed25519Public, Seen> seen_;  ///< also of keys that have lost their role: they may get it again
};

}  // namespace shoal::channel
