#pragma once

namespace CLI {
class App;
}

namespace shoal::client {

void setup_verify(CLI::App& app);

}  // namespace shoal::client
