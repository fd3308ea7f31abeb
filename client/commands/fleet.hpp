#pragma once

namespace CLI {
class App;
}

namespace shoal::client {

void setup_fleet(CLI::App& app);

}  // namespace shoal::client
