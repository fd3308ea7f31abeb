#pragma once

namespace CLI {
class App;
}

namespace shoal::client {

void setup_doctor(CLI::App& app);

}  // namespace shoal::client
