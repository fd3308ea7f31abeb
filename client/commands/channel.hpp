#pragma once

namespace CLI {
class App;
}

namespace shoal::client {

/// What the commands around channels share in the program's --help.
inline constexpr const char* kChannelCommands = "Publish releases that machines follow";

void setup_channel(CLI::App& app);

}  // namespace shoal::client
