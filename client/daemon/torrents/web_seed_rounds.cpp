#include "client/daemon/torrents/web_seed_rounds.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "client/daemon/torrents/torrent.hpp"
#include "client/daemon/torrents/torrent_facts.hpp"
#include "client/swarm/swarm.hpp"
#include "client/webseed/web_seeds.hpp"
#include "common/log.hpp"

namespace shoal::daemon {

using client::WebSeeds;

namespace {

WebSeeds::TimePoint moment(std::int64_t now) {
    return WebSeeds::TimePoint(std::chrono::seconds(now));
}

}  // namespace

WebSeedRounds::WebSeedRounds(TorrentTable& torrents, const StateStore& store, client::Swarm& swarm,
                             webseed::Rules rules, TorrentGuard guard, Clock clock)
    : torrents_(torrents),
      store_(store),
      swarm_(swarm),
      watch_(std::move(rules)),
      guard_(std::move(guard)),
      clock_(std::move(clock)) {}

void WebSeedRounds::begin(Torrent& torrent) {
    if (!torrent.has_web_seeds || torrent.web_seeds || torrent.complete()) return;
    const auto facts = facts_of(store_, torrent);
    const auto bytes = store_.manifest(torrent.record.number);
    if (!facts || !bytes) return;
    const client::TorrentId id = torrent.swarm_id;
    torrent.web_seeds = std::make_unique<WebSeeds>(
        id, watch_,
        WebSeeds::Actions{
            [this, id] { swarm_.remove_web_seeds(id); },
            [this, id](const std::string& url) { swarm_.add_web_seed(id, url); },
            [this, id](const std::string& url) { swarm_.remove_web_seed(id, url); },
            [name = torrent.record.name](const std::string& url, const webseed::Finding& finding) {
                log::warning("web seed fails", {{"torrent", name}, {"url", url}, {"why", finding.why}});
            }});
    torrent.web_seeds->begin(facts->web_seeds, torrent.single_file, *bytes, moment(clock_()));
}

void WebSeedRounds::tick() {
    for (const webseed::WebSeedWatch::Report& report : watch_.take()) {
        Torrent* const torrent = torrents_.of_swarm(static_cast<client::TorrentId>(report.torrent));
        if (torrent != nullptr && torrent->web_seeds)
            guard_(*torrent, [&] { torrent->web_seeds->take(report); });
    }
    for (auto& [number, one] : torrents_) {
        Torrent& torrent = *one;
        if (!torrent.web_seeds) continue;
        if (torrent.complete() || torrent.activity.paused) {
            torrent.web_seeds.reset();
            continue;
        }
        guard_(torrent, [&] { torrent.web_seeds->tick(moment(clock_()), torrent.activity.rate_down == 0); });
    }
}

void WebSeedRounds::failed(Torrent& torrent, const client::WebSeedFailed& failed) {
    if (torrent.web_seeds) torrent.web_seeds->failed(failed.url, failed.why, moment(clock_()));
}

}  // namespace shoal::daemon
