#pragma once

namespace CLI {
class App;
}

namespace shoal::client {

void setup_pause(CLI::App& app);

}  // namespace shoal::client
