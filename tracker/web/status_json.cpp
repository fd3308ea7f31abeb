#include "tracker/web/status_json.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "common/ip_address.hpp"
#include "common/version.hpp"
#include "tracker/web/client_name.hpp"

namespace shoal::tracker {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
    // Names come from strangers: bytes that are no UTF-8 are replaced.
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// How much of the torrent a peer has, 0 to 1; nothing where that is not known.
std::optional<double> done_of(const PeerView& peer, std::uint64_t size) {
    if (peer.seed) return 1.0;
    if (!peer.left_known || size == 0 || peer.left > size) return std::nullopt;
    return static_cast<double>(size - peer.left) / static_cast<double>(size);
}

/// With one digit, rounded down: 100 means all of it.
double percent(double fraction) {
    constexpr double kRoundingError = 1e-6;
    return std::floor(fraction * 1000 + kRoundingError) / 10;
}

/// With its port where the peer can be dialled there.
std::string address_text(const IpAddress& address, std::uint16_t port) {
    return port == 0 ? address.to_string() : Endpoint{address, port}.to_string();
}

Json address_of(const PeerContact& contact) {
    Json addresses = Json::array();
    if (contact.has_ipv4()) addresses.push_back(address_text(IpAddress::v4(contact.ipv4), contact.port4));
    if (contact.has_ipv6()) addresses.push_back(address_text(IpAddress::v6(contact.ipv6), contact.port6));
    return addresses;
}

const char* state_of(const PeerView& peer) {
    if (peer.lost) return "lost";
    if (peer.seed) return "seed";
    return peer.partial_seed ? "partial seed" : "leecher";
}

/// At that rate; null where it is not known, or where nothing comes.
Json seconds_left(std::uint64_t left, bool known, double rate) {
    if (known && left == 0) return 0;
    if (!known || rate < 1) return nullptr;
    return static_cast<std::uint64_t>(std::ceil(static_cast<double>(left) / rate));
}

Json peer_object(const PeerView& peer, std::uint64_t size, UnixSeconds now) {
    Json out;
    out["host"] = peer.contact.address().to_string();
    out["addresses"] = address_of(peer.contact);
    out["client"] = client_name(peer.contact.peer_id);
    out["state"] = state_of(peer);
    const auto done = done_of(peer, size);
    out["percent"] = done ? Json(percent(*done)) : Json(nullptr);
    out["left"] = peer.left_known ? Json(peer.left) : Json(nullptr);
    out["bytes_per_second"] = static_cast<std::uint64_t>(peer.rate);
    out["site"] = peer.site.empty() ? Json(nullptr) : Json(peer.site);
    out["stalled"] = peer.stalled;
    out["seconds_left"] =
        seconds_left(peer.seed || peer.partial_seed ? 0 : peer.left, peer.left_known, peer.rate);
    out["seconds_since_seen"] = now > peer.last_seen ? now - peer.last_seen : 0;
    return out;
}

Json text_or_null(const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
}

Json progress_object(const SwarmView& swarm) {
    const auto& shares = swarm.progress->shares;
    if (!shares) return nullptr;
    return {
        {"mean", percent(shares->mean)}, {"p50", percent(shares->half)}, {"p99", percent(shares->slowest)}};
}

Json sites_array(const ProgressView& progress) {
    Json out = Json::array();
    for (const SitePart& site : progress.sites) {
        out.push_back({{"site", text_or_null(site.name)},
                       {"seeds", site.seeds},
                       {"downloaders", site.leechers},
                       {"partial_seeds", site.partial_seeds},
                       {"lost", site.lost},
                       {"stalled", site.stalled},
                       {"bytes_per_second", static_cast<std::uint64_t>(site.rate)},
                       {"percent", site.mean ? Json(percent(*site.mean)) : Json(nullptr)}});
    }
    return out;
}

Json peers_array(const std::vector<PeerView>& peers, std::uint64_t size, UnixSeconds now) {
    Json out = Json::array();
    for (const PeerView& peer : peers) out.push_back(peer_object(peer, size, now));
    return out;
}

Json swarm_object(const SwarmView& swarm) {
    Json out;
    out["info_hash"] = swarm.info_hash.hex();
    out["registered"] = swarm.registered;
    out["name"] = swarm.registered ? Json(swarm.name) : Json(nullptr);
    out["size"] = swarm.size == 0 ? Json(nullptr) : Json(swarm.size);
    out["size_known"] = swarm.registered;
    out["seeds"] = swarm.counts.complete;
    out["leechers"] = swarm.counts.incomplete;
    out["downloaders"] = swarm.counts.downloaders;
    out["partial_seeds"] = swarm.partial_seeds();
    out["completed"] = swarm.counts.downloaded;
    out["lost"] = swarm.lost;
    if (swarm.progress) {
        const ProgressView& progress = *swarm.progress;
        out["bytes_per_second"] = static_cast<std::uint64_t>(progress.rate);
        out["seconds_left"] = progress.seconds_left ? Json(*progress.seconds_left) : Json(nullptr);
        out["stalled"] = progress.stalled;
        out["percent"] = progress_object(swarm);
        out["sites"] = sites_array(progress);
    }
    out["created"] = swarm.created;
    out["last_active"] = swarm.last_active;
    return out;
}

Json detailed_object(const SwarmView& swarm, UnixSeconds now) {
    Json out = swarm_object(swarm);
    if (!swarm.progress) return out;
    out["stragglers"] = peers_array(swarm.progress->behind, swarm.size, now);
    out["lost_peers"] = peers_array(swarm.progress->lost, swarm.size, now);
    return out;
}

Json next_of(std::size_t offset, std::size_t shown, std::size_t total) {
    return offset + shown < total ? Json(offset + shown) : Json(nullptr);
}

Json reasons_array(const Vitals& vitals) {
    FailureCounts::Map all = vitals.http_reasons;
    for (const auto& [reason, count] : vitals.udp_reasons) all[reason] += count;
    std::vector<std::pair<std::string_view, std::uint64_t>> order(all.begin(), all.end());
    std::stable_sort(order.begin(), order.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    Json out = Json::array();
    for (const auto& [reason, count] : order) out.push_back({{"reason", reason}, {"count", count}});
    return out;
}

Json store_object(const Vitals& vitals, UnixSeconds now) {
    const bool written = vitals.persistent && vitals.store_written_at != 0;
    return {
        {"persistent", vitals.persistent},
        {"healthy", vitals.store_healthy},
        {"problem", text_or_null(std::string(store_problem(vitals)))},
        {"written_at", written ? Json(vitals.store_written_at) : Json(nullptr)},
        {"seconds_since_written",
         written ? Json(now > vitals.store_written_at ? now - vitals.store_written_at : 0) : Json(nullptr)},
        {"transactions", vitals.store_transactions},
        {"records", vitals.store_records},
        {"failures", vitals.store_failures}};
}

/// What the page's event and the status have in common.
Json program_object(const Vitals& vitals, UnixSeconds now) {
    Json out;
    out["version"] = version();
    out["uptime"] = now > vitals.started ? now - vitals.started : 0;
    out["swarms"] = vitals.totals.swarms;
    out["registered"] = vitals.totals.registered;
    out["seeds"] = vitals.totals.seeds;
    out["leechers"] = vitals.totals.leechers;
    out["lost"] = vitals.totals.lost;
    out["announces"] = vitals.http_announces + vitals.udp_announces;
    out["refused"] = vitals.http_failures + vitals.udp_errors;
    out["refused_by_reason"] = reasons_array(vitals);
    out["store_healthy"] = vitals.store_healthy;
    out["store"] = store_object(vitals, now);
    return out;
}

}  // namespace

std::string torrents_json(const TorrentPage& page, bool details, UnixSeconds now) {
    Json out{{"torrents", Json::array()},
             {"total", page.total},
             {"offset", page.offset},
             {"next", next_of(page.offset, page.torrents.size(), page.total)}};
    for (const SwarmView& swarm : page.torrents)
        out["torrents"].push_back(details ? detailed_object(swarm, now) : swarm_object(swarm));
    return dump(out);
}

std::string torrent_json(const SwarmView& swarm, const PeerPage& peers, std::size_t offset, UnixSeconds now) {
    Json out = swarm_object(swarm);
    out["peers"] = peers_array(peers.peers, swarm.size, now);
    out["total"] = peers.total;
    out["offset"] = offset;
    out["next"] = next_of(offset, peers.peers.size(), peers.total);
    return dump(out);
}

std::string fleet_json(const std::vector<SwarmView>& torrents, const Vitals& vitals, UnixSeconds now) {
    Json out = program_object(vitals, now);
    out["torrents"] = Json::array();
    std::uint64_t registered = 0;
    for (const SwarmView& swarm : torrents) {
        registered += swarm.registered ? 1u : 0u;
        out["torrents"].push_back(detailed_object(swarm, now));
    }
    const std::uint64_t others = torrents.size() - registered;
    const auto more = [](std::uint64_t all, std::uint64_t shown) { return all > shown ? all - shown : 0; };
    out["more"] = {{"registered", more(vitals.totals.registered, registered)},
                   {"others", more(vitals.totals.swarms - vitals.totals.registered, others)}};
    return dump(out);
}

std::string status_json(const Vitals& vitals, UnixSeconds now) {
    Json out = program_object(vitals, now);
    out["started"] = vitals.started;
    out["completed"] = vitals.totals.completed;
    out["http"] = {{"announces", vitals.http_announces},
                   {"scrapes", vitals.http_scrapes},
                   {"refused", vitals.http_failures},
                   {"requests", vitals.http_requests},
                   {"connections", vitals.connections},
                   {"connections_accepted", vitals.connections_accepted},
                   {"connections_refused", vitals.connections_refused}};
    out["udp"] = {{"connects", vitals.udp_connects},
                  {"announces", vitals.udp_announces},
                  {"scrapes", vitals.udp_scrapes},
                  {"refused", vitals.udp_errors}};
    out["resident_bytes"] = vitals.resident_bytes;
    return dump(out);
}

}  // namespace shoal::tracker
