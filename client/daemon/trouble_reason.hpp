#pragma once

#include <exception>
#include <string_view>

#include "client/daemon/torrent_view.hpp"

namespace shoal::daemon {

/// @param error_number  errno; 0: not the system's error
TroubleReason reason_of(int error_number);
TroubleReason reason_of(const std::exception& failure);

/// One word for a label, "disk_full"; "none" for kNone.
std::string_view name_of(TroubleReason reason);

}  // namespace shoal::daemon
