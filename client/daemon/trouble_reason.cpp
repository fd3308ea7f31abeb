#include "client/daemon/trouble_reason.hpp"

#include <cerrno>
#include <system_error>

#include "common/error.hpp"

namespace shoal::daemon {

TroubleReason reason_of(int error_number) {
    switch (error_number) {
        case 0:
            return TroubleReason::kOther;
        case ENOSPC:
        case EDQUOT:
            return TroubleReason::kDiskFull;
        case EACCES:
        case EPERM:
        case EROFS:
            return TroubleReason::kNotPermitted;
        case ENOENT:
        case ENOTDIR:
            return TroubleReason::kMissing;
        case EEXIST:
        case EISDIR:
        case ENOTEMPTY:
            return TroubleReason::kPlaceTaken;
        default:
            return TroubleReason::kFileSystem;
    }
}

TroubleReason reason_of(const std::exception& failure) {
    if (const auto* const system = dynamic_cast<const std::system_error*>(&failure)) {
        const std::error_category& category = system->code().category();
        const bool of_system = category == std::generic_category() || category == std::system_category();
        return reason_of(of_system ? system->code().value() : 0);
    }
    const auto* const error = dynamic_cast<const Error*>(&failure);
    if (error == nullptr) return TroubleReason::kOther;
    if (error->error_number() != 0) return reason_of(error->error_number());
    switch (error->code()) {
        case ExitCode::kBadTorrent:
            return TroubleReason::kBadTorrent;
        case ExitCode::kFileSystem:
            return TroubleReason::kFileSystem;
        case ExitCode::kMismatch:
            return TroubleReason::kContentChanged;
        default:
            return TroubleReason::kOther;
    }
}

std::string_view name_of(TroubleReason reason) {
    switch (reason) {
        case TroubleReason::kNone:
            return "none";
        case TroubleReason::kTracker:
            return "tracker";
        case TroubleReason::kDiskFull:
            return "disk_full";
        case TroubleReason::kNotPermitted:
            return "not_permitted";
        case TroubleReason::kMissing:
            return "missing";
        case TroubleReason::kFileSystem:
            return "file_system";
        case TroubleReason::kContentChanged:
            return "content_changed";
        case TroubleReason::kPlaceTaken:
            return "place_taken";
        case TroubleReason::kBadTorrent:
            return "bad_torrent";
        case TroubleReason::kOther:
            return "other";
    }
    return "other";
}

}  // namespace shoal::daemon
