#pragma once

#include <string>

/// Why a tracker is of no use. What asks it, and what examines the machine, say the same.
namespace shoal::client {

/// libtorrent's rule against forged requests, which holds where manifests are strangers' (--profile
/// internet).
inline constexpr const char* kForgedRequestRule =
    "not asked: with --profile internet a tracker of this machine may only be asked under /announce, and "
    "none "
    "with the parameters of an announce in its URL (libtorrent's rule against forged requests): put a key "
    "into "
    "the path, /announce/KEY, or choose the profile of your own network";

inline constexpr const char* kNoAnnounceThere =
    "its answer is not a tracker's (no bencoding): is this its announce URL?";

/// @param status  "404 Not Found"
inline std::string http_refusal(int code, const std::string& status) {
    const bool redirect = code >= 300 && code < 400;
    return "answers HTTP " + status + (redirect ? ": it redirects too often, or to nowhere" : "");
}

}  // namespace shoal::client
