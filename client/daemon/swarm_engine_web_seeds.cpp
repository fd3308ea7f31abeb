#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "client/daemon/swarm_engine.hpp"
#include "client/daemon/swarm_engine_entry.hpp"
#include "client/swarm/swarm.hpp"
#include "client/webseed/web_seed_watch.hpp"
#include "client/webseed/web_seeds.hpp"
#include "common/log.hpp"

namespace shoal::daemon {

using client::WebSeeds;

namespace {

/// Only differences count, so that any clock in seconds will do.
WebSeeds::TimePoint moment(std::int64_t now) {
    return WebSeeds::TimePoint(std::chrono::seconds(now));
}

}  // namespace

void SwarmEngine::begin_web_seeds(Entry& entry) {
    if (!entry.has_web_seeds || entry.web_seeds || entry.complete()) return;
    const auto facts = facts_of(entry);
    const auto bytes = store_.manifest(entry.record.number);
    if (!facts || !bytes) return;
    const client::TorrentId id = entry.swarm_id;
    entry.web_seeds = std::make_unique<WebSeeds>(
        id, web_seed_watch_,
        WebSeeds::Actions{
            [this, id] { swarm_.remove_web_seeds(id); },
            [this, id](const std::string& url) { swarm_.add_web_seed(id, url); },
            [this, id](const std::string& url) { swarm_.remove_web_seed(id, url); },
            [name = entry.record.name](const std::string& url, const webseed::Finding& finding) {
                log::warning("web seed fails", {{"torrent", name}, {"url", url}, {"why", finding.why}});
            }});
    entry.web_seeds->begin(facts->web_seeds, entry.single_file, *bytes, moment(clock_()));
}

void SwarmEngine::tick_web_seeds() {
    for (const webseed::WebSeedWatch::Report& report : web_seed_watch_.take()) {
        Entry* const entry = of_swarm(static_cast<client::TorrentId>(report.torrent));
        if (entry != nullptr && entry->web_seeds) guarded(*entry, [&] { entry->web_seeds->take(report); });
    }
    for (auto& [number, one] : entries_) {
        Entry& entry = *one;
        if (!entry.web_seeds) continue;
        if (entry.complete() || entry.activity.paused) {
            entry.web_seeds.reset();
            continue;
        }
        guarded(entry, [&] { entry.web_seeds->tick(moment(clock_()), entry.activity.rate_down == 0); });
    }
}

void SwarmEngine::on(Entry& entry, const client::WebSeedFailed& failed) {
    if (entry.web_seeds) entry.web_seeds->failed(failed.url, failed.why, moment(clock_()));
}

}  // namespace shoal::daemon
