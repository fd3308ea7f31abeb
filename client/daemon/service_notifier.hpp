#pragma once

#include <string>
#include <string_view>

namespace shoal::daemon {

/// Tells the service manager how we are (the protocol of sd_notify(3)). Does nothing where nobody listens.
class ServiceNotifier {
  public:
    /// @param address  of NOTIFY_SOCKET: a path, or "@name" for an abstract socket; empty: nobody listens
    explicit ServiceNotifier(std::string address) : address_(std::move(address)) {}

    /// @param state  "READY=1", "RELOADING=1", "STOPPING=1", "WATCHDOG=1", "STATUS=..."; several in lines
    /// @return whether it was delivered
    bool send(std::string_view state) const;

  private:
    std::string address_;
};

}  // namespace shoal::daemon
