#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "client/daemon/control_server.hpp"
#include "client/daemon/torrents/swarm_engine.hpp"
#include "client/swarm/session_profile.hpp"

namespace shoal {
class StopSignal;
}

namespace shoal::daemon {

struct DaemonOptions {
    client::SessionProfile profile;
    EngineOptions engine;
    ControlOptions control;
    std::filesystem::path state_folder;
    std::filesystem::path watch_folder;  ///< empty: none
    bool watch_replace = false;          ///< its torrents replace other content of their name
    std::string done_hook;               ///< program and arguments; empty: none
    std::string error_hook;
    std::chrono::milliseconds hook_time_limit = std::chrono::seconds(60);
    std::size_t metrics_torrents = 25;  ///< with samples of their own in /metrics
    std::string notify_socket;          ///< of the service manager; empty: none
};

/// `shoal daemon`: the parts, started and stopped in order, and the loop that feeds them.
class Daemon {
  public:
    /// Reads the state and binds the control port. Throws Error.
    /// @param reload  the options as the configuration has them now; throws Error to keep the old ones
    Daemon(DaemonOptions options, std::function<DaemonOptions()> reload);
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;
    ~Daemon();

    /// Returns after a stop signal or a session-close, with the state saved.
    void run(const StopSignal& stop);

  private:
    class Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace shoal::daemon
