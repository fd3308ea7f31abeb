#pragma once

namespace shoal::client {

/// Why a tracker is not asked though it is there. What asks it, and what examines the machine, say the same.
inline constexpr const char* kLocalTrackerRule =
    "not asked: a tracker of this machine may only be asked under /announce, and none with a query "
    "(libtorrent's "
    "rule against forged requests): put a key into the path, /announce/KEY";

}  // namespace shoal::client
