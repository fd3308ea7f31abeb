#pragma once

namespace CLI {
class App;
}

namespace shoal::client {

void setup_add(CLI::App& app);

}  // namespace shoal::client
