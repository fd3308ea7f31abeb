#pragma once

namespace CLI {
class App;
}

namespace shoal::client {

void setup_status(CLI::App& app);

}  // namespace shoal::client
