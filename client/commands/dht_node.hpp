#pragma once

#include "client/commands/common_options.hpp"

namespace CLI {
class App;
}

namespace shoal::client {

/// A node of a private DHT (BEP 5) without any content: where the others meet.
struct DhtNodeOptions {
    CommonOptions common;
};

void setup_dht_node(CLI::App& app);
void run_dht_node(const DhtNodeOptions& options);

}  // namespace shoal::client
