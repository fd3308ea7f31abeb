#pragma once

namespace CLI {
class App;
}

/// One function a command: adds its options to the app and what to run to its callback.
namespace shoal::torrentgen {

void setup_create(CLI::App& app);
void setup_show(CLI::App& app);
void setup_verify(CLI::App& app);
void setup_edit(CLI::App& app);
void setup_magnet(CLI::App& app);

}  // namespace shoal::torrentgen
