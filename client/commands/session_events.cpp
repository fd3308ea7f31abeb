#include "client/commands/session_events.hpp"

#include <variant>

namespace shoal::client {

void SessionEvents::handle(const Event& event) {
    if (const auto* listening = std::get_if<Listening>(&event)) {
        if (show_address_) report_.listening(listening->endpoint.to_string());
    } else if (const auto* failed = std::get_if<ListenFailed>(&event)) {
        if (!listen_asked_) return;  // the next port is tried, or this machine has no IPv6
        throw Error(ExitCode::kUsage, "--listen " + failed->address, failed->why,
                    "choose another port, or 0 for any free one");
    }
}

}  // namespace shoal::client
