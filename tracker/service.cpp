#include "tracker/service.hpp"

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>

#include "common/error.hpp"
#include "common/http/server.hpp"
#include "common/log.hpp"
#include "common/metrics/page.hpp"
#include "common/open_files.hpp"
#include "common/reload_signal.hpp"
#include "common/service_manager.hpp"
#include "common/stop_signal.hpp"
#include "tracker/access/access_control.hpp"
#include "tracker/certificate_watch.hpp"
#include "tracker/channels/channel_table.hpp"
#include "tracker/desk/announce_desk.hpp"
#include "tracker/options.hpp"
#include "tracker/sharing.hpp"
#include "tracker/store/journal.hpp"
#include "tracker/store/sqlite_store.hpp"
#include "tracker/swarm/swarm_table.hpp"
#include "tracker/udp/udp_responder.hpp"
#include "tracker/udp/udp_server.hpp"
#include "tracker/web/api.hpp"
#include "tracker/web/routes.hpp"
#include "tracker/web/status_routes.hpp"
#include "tracker/web/vitals.hpp"

namespace shoal::tracker {
namespace {

constexpr unsigned kTicksASecond = 4;
constexpr auto kTick = std::chrono::milliseconds(1000 / kTicksASecond);

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

/// For the status pages; each pointer is set before the first request.
struct Parts {
    const Routes* routes = nullptr;
    const http::Server* server = nullptr;
    const UdpResponder* responder = nullptr;
    Journal* journal = nullptr;  ///< none with --db :memory:
    Sharing* sharing = nullptr;  ///< none without --shared

    /// True when every change so far is on the disk, or where there is no store.
    [[nodiscard]] bool persist() const { return journal == nullptr || journal->flush(); }
    [[nodiscard]] Vitals vitals(const SwarmTable& swarms, UnixSeconds started) const;
};

Vitals Parts::vitals(const SwarmTable& swarms, UnixSeconds started) const {
    Vitals vitals;
    vitals.started = started;
    vitals.totals = swarms.totals();
    const HttpCounters& http = routes->counters();
    vitals.http_announces = http.announces;
    vitals.http_scrapes = http.scrapes;
    vitals.http_failures = http.failures;
    vitals.http_reasons = http.reasons.all();
    vitals.http_announce_times = http.announce_times.counts();
    const http::ServerCounters connections = server->counters();
    vitals.http_requests = connections.requests;
    vitals.connections = connections.open_connections;
    vitals.connections_accepted = connections.accepted;
    vitals.connections_refused = connections.refused;
    const UdpCounters& udp = responder->counters();
    vitals.udp_connects = udp.connects;
    vitals.udp_announces = udp.announces;
    vitals.udp_scrapes = udp.scrapes;
    vitals.udp_errors = udp.errors;
    vitals.udp_reasons = udp.reasons.all();
    vitals.udp_announce_times = udp.announce_times.counts();
    vitals.persistent = journal != nullptr;
    if (journal != nullptr) {
        const JournalState state = journal->state();
        vitals.store_healthy = state.healthy && !state.file_lost;
        vitals.store_file_lost = state.file_lost;
        vitals.store_transactions = state.transactions;
        vitals.store_records = state.records;
        vitals.store_failures = state.failures;
        vitals.store_written_at = state.written_at;
    }
    if (sharing != nullptr) sharing->add_to(vitals);
    if (const auto certificate = server->certificate()) vitals.certificate_expires = certificate->end;
    vitals.resident_bytes = metrics::resident_bytes();
    return vitals;
}

/// What one database keeps.
class AllChanges final : public ChangeSource {
  public:
    AllChanges(SwarmTable& swarms, ChannelTable& channels) : swarms_(swarms), channels_(channels) {}

    void take_changes(Changes& changes) override {
        swarms_.take_changes(changes);
        channels_.take_changes(changes);
    }

  private:
    SwarmTable& swarms_;
    ChannelTable& channels_;
};

/// One that is damaged stays in the file, for who can mend it.
void load_channels(SqliteStore& store, ChannelTable& channels) {
    store.load_channels([&](const ChannelRecord& record) {
        try {
            channels.restore(record);
        } catch (const Error& failure) {
            log::error("a channel cannot be restored", {{"channel", record.name}, {"error", failure.what()}});
        }
    });
}

void load(Store& store, SwarmTable& swarms, AccessControl& access, UnixSeconds now, UnixSeconds max_age) {
    const auto start = std::chrono::steady_clock::now();
    store.load(
        now, max_age,
        [&](const SwarmRecord& record) {
            swarms.restore(record);
            if (record.registered) access.allow(record.info_hash);
        },
        [&](const PeerRecord& record) { swarms.restore(record, now); });
    swarms.finish_restore();
    const SwarmTotals totals = swarms.totals();
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
    log::info("swarms restored", {{"swarms", std::to_string(totals.swarms)},
                                  {"peers", std::to_string(totals.seeds + totals.leechers)},
                                  {"milliseconds", std::to_string(took.count())}});
}

/// An empty list is no mistake of form, and yet rarely what was meant.
void warn_of_empty_lists(const Config& config, const ListCounts& counts) {
    if (counts.allowed == 0)
        log::warning("the allow list is empty: only torrents registered through the API are served",
                     {{"file", config.allow_list->native()}});
    if (counts.keys == 0)
        log::warning("the key file is empty: every announce is refused",
                     {{"file", config.key_file->native()}});
}

void report_files(std::string_view message, const Config& config, const AccessControl& access,
                  const std::optional<http::CertificateValidity>& certificate) {
    const ListCounts counts = access.counts();
    const auto entries = [](const auto& count) {
        return count ? std::to_string(*count) : std::string("none");
    };
    log::info(message, {{"allow_list", entries(counts.allowed)},
                        {"keys", entries(counts.keys)},
                        {"certificate_until", certificate ? http::utc_text(certificate->end) : "none"}});
    warn_of_empty_lists(config, counts);
}

void reload(const Config& config, AccessControl& access, http::Server& server) {
    try {
        access.reload();
        server.reload_tls();
        report_files("lists and certificate read again", config, access, server.certificate());
    } catch (const Error& failure) {
        log::error("reload failed, going on with what was there", {{"error", failure.what()}});
    }
}

}  // namespace

void check_service(const Config& config) {
    check_values(config);
    swarm_options_of(config);
    route_options_of(config);
    const AccessControl access(access_options_of(config));
    warn_of_empty_lists(config, access.counts());
    if (const auto certificate = http::check(server_options_of(config)))
        CertificateWatch(*config.tls_certificate).look(*certificate, std::time(nullptr));
}

void run_service(const Config& config) {
    // glibc raises this bound whenever a large block is freed, and then keeps the batches of a herd for ever.
    constexpr int kLargeBlock = 256 * 1024;
    ::mallopt(M_MMAP_THRESHOLD, kLargeBlock);
    allow_many_open_files();
    const StopSignal stop;
    ReloadSignal hang_up;
    const Clock clock;
    const auto now = [&clock] { return clock.now(); };
    const bool persistent = config.database != ":memory:";

    check_values(config);
    SwarmOptions swarm_options = swarm_options_of(config);
    while (config.shared && swarm_options.tracker == 0) swarm_options.tracker = random_bits();
    SwarmTable swarms(swarm_options, random_bits);
    ChannelTable channels;
    AllChanges changes(swarms, channels);
    AccessControl access(access_options_of(config));

    // The status pages tell about parts that are made after them.
    Parts parts;
    const auto vitals = [&parts, &swarms, started = clock.now()] { return parts.vitals(swarms, started); };
    Api api(swarms, access, channels, {config.admin_token}, now, vitals,
            [&parts] { return parts.persist(); });
    StatusRoutes status(api, vitals);
    AnnounceDesk desk(swarms, access, now);
    Routes routes(desk, status, route_options_of(config));
    parts.routes = &routes;
    http::ServerOptions server_options = server_options_of(config);
    server_options.body_limit_of = [&api](const http::Request& request) { return api.body_limit(request); };
    server_options.on_refusal = [&api](const http::Request& request, http::Response& response) {
        api.refuse(request, response);
    };
    http::Server server(std::move(server_options),
                        [&routes](const http::Request& request, http::Response& response) {
                            routes.handle(request, response);
                        });
    parts.server = &server;
    UdpResponder responder(desk, now, {random_bits(), random_bits()});
    parts.responder = &responder;
    UdpServer udp(config.no_udp ? std::vector<Endpoint>{} : server.addresses(), threads_of(config),
                  [&responder](std::string_view datagram, const Endpoint& from, std::string& answer) {
                      responder.respond(datagram, from, answer);
                  });

    std::unique_ptr<SqliteStore> store;
    std::unique_ptr<Journal> journal;
    if (persistent) {
        store = std::make_unique<SqliteStore>(config.database);
        load(*store, swarms, access, clock.now(), peer_lifetime(swarm_options.interval));
        load_channels(*store, channels);
        journal = std::make_unique<Journal>(changes, *store, now);
        parts.journal = journal.get();
        journal->start();
    }
    std::unique_ptr<Sharing> sharing;
    if (config.shared) {
        sharing = std::make_unique<Sharing>(*config.shared, swarm_options.tracker, swarms, access, now);
        sharing->start(config.shared_optional);
        parts.sharing = sharing.get();
    }
    server.start();
    udp.start();
    for (const Endpoint& address : server.addresses())
        log::info("listening", {{"address", address.to_string()}});

    if (config.allow_list || config.key_file || config.tls_certificate)
        report_files("lists and certificate read", config, access, server.certificate());
    CertificateWatch certificates(config.tls_certificate.value_or(std::filesystem::path()));
    const auto look_at_certificate = [&server, &certificates] {
        if (const auto certificate = server.certificate())
            certificates.look(*certificate, std::time(nullptr));
    };
    look_at_certificate();

    notify_service_manager("READY=1");

    for (unsigned tick = 1; !stop.wait_for(kTick); ++tick) {
        swarms.sweep(clock.now());
        if (tick % kTicksASecond != 0) continue;
        if (hang_up.take()) reload(config, access, server);
        look_at_certificate();
        api.publish();
    }

    log::info("stopping");
    notify_service_manager("STOPPING=1");
    udp.stop();
    server.stop();
    if (sharing) sharing->stop();
    const bool written = !journal || journal->stop();
    log::info("stopped");
    if (!written)
        throw Error(ExitCode::kFileSystem, config.database, "the last changes could not be written",
                    journal->state().error);
}

}  // namespace shoal::tracker
