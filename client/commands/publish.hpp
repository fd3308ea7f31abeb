#pragma once

namespace CLI {
class App;
}

namespace shoal::client {

void setup_publish(CLI::App& app);

}  // namespace shoal::client
