#pragma once

namespace CLI {
class App;
}

namespace shoal::client {

void setup_key(CLI::App& app);

}  // namespace shoal::client
