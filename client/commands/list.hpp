#pragma once

namespace CLI {
class App;
}

namespace shoal::client {

void setup_list(CLI::App& app);

}  // namespace shoal::client
