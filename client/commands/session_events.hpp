#pragma once

#include "client/commands/report.hpp"
#include "client/swarm/events.hpp"

namespace shoal::client {

/// What concerns the whole session rather than one torrent.
class SessionEvents {
  public:
    /// @param listen_asked  the user named an address: one that can't be had is an error then
    SessionEvents(Report& report, bool listen_asked, bool show_address = false)
        : report_(report), listen_asked_(listen_asked), show_address_(show_address) {}

    /// Throws Error (kUsage) where an address that was asked for can't be listened on.
    void handle(const Event& event);

  private:
    Report& report_;
    bool listen_asked_;
    bool show_address_;
};

}  // namespace shoal::client
