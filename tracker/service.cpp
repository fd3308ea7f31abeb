#include "tracker/service.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <random>
#include <string>
#include <thread>

#include "common/http/server.hpp"
#include "common/log.hpp"
#include "common/stop_signal.hpp"
#include "tracker/store/journal.hpp"
#include "tracker/store/store.hpp"
#include "tracker/swarm/swarm_table.hpp"
#include "tracker/web/routes.hpp"

namespace shoal::tracker {
namespace {

constexpr std::uint16_t kDefaultPort = 6969;

/// Wall time at the start plus steady time since: a clock that is set must not expire a fleet.
class Clock {
  public:
    [[nodiscard]] UnixSeconds now() const {
        const auto passed = std::chrono::steady_clock::now() - steady_;
        return static_cast<UnixSeconds>(
            std::chrono::duration_cast<std::chrono::seconds>(wall_.time_since_epoch() + passed).count());
    }

  private:
    std::chrono::system_clock::time_point wall_ = std::chrono::system_clock::now();
    std::chrono::steady_clock::time_point steady_ = std::chrono::steady_clock::now();
};

std::uint64_t random_bits() {
    thread_local std::mt19937_64 generator{std::random_device{}()};
    return generator();
}

std::vector<Endpoint> listen_addresses(const Config& config) {
    if (!config.listen.empty()) return config.listen;
    std::vector<Endpoint> addresses{{IpAddress::v4({}), kDefaultPort}};
    if (http::ipv6_available()) addresses.push_back({IpAddress::v6({}), kDefaultPort});
    return addresses;
}

UnixSeconds to_seconds(std::chrono::milliseconds duration) {
    return std::max<UnixSeconds>(1, static_cast<UnixSeconds>(duration.count() / 1000));
}

void load(Store& store, SwarmTable& swarms, UnixSeconds now, UnixSeconds max_age) {
    const auto start = std::chrono::steady_clock::now();
    store.load(
        now, max_age, [&](const SwarmRecord& record) { swarms.restore(record); },
        [&](const PeerRecord& record) { swarms.restore(record, now); });
    swarms.finish_restore();
    const SwarmTotals totals = swarms.totals();
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
    log::info("swarms restored", {{"swarms", std::to_string(totals.swarms)},
                                  {"peers", std::to_string(totals.seeds + totals.leechers)},
                                  {"milliseconds", std::to_string(took.count())}});
}

}  // namespace

void run_service(const Config& config) {
    const StopSignal stop;
    const Clock clock;
    const auto now = [&clock] { return clock.now(); };
    const bool persistent = config.database != ":memory:";

    SwarmOptions swarm_options;
    swarm_options.interval = to_seconds(config.interval);
    swarm_options.record_changes = persistent;
    SwarmTable swarms(swarm_options, random_bits);

    RouteOptions route_options;
    route_options.external_address = config.external_address;
    const Routes routes(swarms, route_options, now);

    http::ServerOptions server_options;
    server_options.listen = listen_addresses(config);
    server_options.threads =
        config.threads != 0 ? config.threads : std::max(1u, std::thread::hardware_concurrency());
    http::Server server(server_options, [&routes](const http::Request& request, http::Response& response) {
        routes.handle(request, response);
    });

    std::unique_ptr<Store> store;
    std::unique_ptr<Journal> journal;
    if (persistent) {
        store = std::make_unique<Store>(config.database);
        load(*store, swarms, clock.now(), peer_lifetime(swarm_options.interval));
        journal = std::make_unique<Journal>(swarms, *store, now);
        journal->start();
    }
    server.start();
    for (const Endpoint& address : server.addresses())
        log::info("listening", {{"address", address.to_string()}});

    while (!stop.wait_for(std::chrono::seconds(1))) swarms.sweep(clock.now());

    log::info("stopping");
    server.stop();
    if (journal && !journal->stop()) log::error("the last changes could not be written to the database");
    log::info("stopped");
}

}  // namespace shoal::tracker
