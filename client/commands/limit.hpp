#pragma once

namespace CLI {
class App;
}

namespace shoal::client {

void setup_limit(CLI::App& app);

}  // namespace shoal::client
