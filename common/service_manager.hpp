#pragma once

#include <string_view>

namespace shoal {

/// Tells systemd about this process as sd_notify(3) does: "READY=1", "STOPPING=1", "STATUS=...", several with
/// a line end between them. Does nothing where no service manager listens.
void notify_service_manager(std::string_view state);

}  // namespace shoal
