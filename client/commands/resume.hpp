#pragma once

namespace CLI {
class App;
}

namespace shoal::client {

void setup_resume(CLI::App& app);

}  // namespace shoal::client
