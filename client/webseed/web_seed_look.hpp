#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/ip_network.hpp"
#include "torrentgen/manifest/manifest.hpp"

/// Asks a web seed as a download would, and says what is wrong with it.
namespace shoal::webseed {

/// Where requests may go.
struct Rules {
    std::vector<IpNetwork> networks;  ///< nowhere else; empty: anywhere
    /// The manifest is a stranger's: no request with a query to a private address (forged requests).
    bool strangers = false;
};

struct Finding {
    enum class State {
        kGood,
        kUnclear,  ///< it answered, and not in a way that tells
        kBad
    };
    State state = State::kGood;
    std::string why;           ///< "answers HTTP 403 Forbidden"
    std::string advice;        ///< what to do about it; may be empty
    std::string url;           ///< of the seed; another where it redirects a whole folder
    bool wrong_bytes = false;  ///< a piece was compared, and differs

    [[nodiscard]] bool bad() const { return state == State::kBad; }
};

/// What a web seed answers for the beginning of its first and its last file, and, with `piece`, whether that
/// piece of it is right (where the manifest tells: a v2 file without a piece layer has no hashes of its
/// pieces). Some seconds at most.
/// @param stopped  asked now and then; true ends it, as kUnclear
Finding look_at(const std::string& web_seed, std::string_view manifest_bytes,
                std::optional<std::uint32_t> piece, const Rules& rules, const std::function<bool()>& stopped);

}  // namespace shoal::webseed
