#pragma once

namespace CLI {
class App;
}

namespace shoal::client {

void setup_remove(CLI::App& app);

}  // namespace shoal::client
