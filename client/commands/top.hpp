#pragma once

namespace CLI {
class App;
}

namespace shoal::client {

void setup_top(CLI::App& app);

}  // namespace shoal::client
