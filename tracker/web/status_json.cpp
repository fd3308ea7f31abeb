#include "tracker/web/status_json.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "common/ip_address.hpp"
#include "common/version.hpp"
#include "tracker/web/client_name.hpp"

namespace shoal::tracker {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostSwarms = 100;  // on the page
constexpr std::size_t kStragglers = 5;

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

Json address_of(const PeerContact& contact) {
    Json addresses = Json::array();
    if (contact.port4 != 0)
        addresses.push_back(Endpoint{IpAddress::v4(contact.ipv4), contact.port4}.to_string());
    if (contact.port6 != 0)
        addresses.push_back(Endpoint{IpAddress::v6(contact.ipv6), contact.port6}.to_string());
    return addresses;
}

const char* state_of(const PeerView& peer) {
    if (peer.lost) return "lost";
    if (peer.seed) return "seed";
    return peer.partial_seed ? "partial seed" : "leecher";
}

Json peer_object(const PeerView& peer, std::uint64_t size, UnixSeconds now) {
    Json out;
    out["addresses"] = address_of(peer.contact);
    out["client"] = client_name(peer.contact.peer_id);
    out["state"] = state_of(peer);
    const auto done = done_of(peer, size);
    out["percent"] = done ? Json(percent(*done)) : Json(nullptr);
    out["left"] = peer.left_known ? Json(peer.left) : Json(nullptr);
    out["bytes_per_second"] = static_cast<std::uint64_t>(peer.rate);
    out["site"] = peer.site.empty() ? Json(nullptr) : Json(peer.site);
    out["stalled"] = peer.stalled;
    out["seconds_since_seen"] = now > peer.last_seen ? now - peer.last_seen : 0;
    return out;
}

/// Of all peers: what half of them have at least, and what 99 % have at least.
Json progress_object(const SwarmView& swarm) {
    std::vector<double> done;
    for (const PeerView& peer : swarm.leechers) done.push_back(done_of(peer, swarm.size).value_or(0));
    if (swarm.size == 0 && !done.empty()) return nullptr;
    if (swarm.counts.complete + swarm.counts.incomplete == 0) return nullptr;
    std::sort(done.begin(), done.end());
    // The leechers may be a sample: each stands for as many as it has to.
    const double weight =
        done.empty() ? 0 : static_cast<double>(swarm.counts.incomplete) / static_cast<double>(done.size());
    const double all =
        static_cast<double>(swarm.counts.complete) + static_cast<double>(swarm.counts.incomplete);
    const auto reached = [&](double share) {
        const auto index = static_cast<std::size_t>((1 - share) * all / (weight > 0 ? weight : 1));
        return index < done.size() ? done[index] : 1.0;
    };
    double sum = static_cast<double>(swarm.counts.complete);
    for (const double one : done) sum += one * weight;
    return {{"mean", percent(all > 0 ? sum / all : 0)},
            {"p50", percent(reached(0.5))},
            {"p99", percent(reached(0.99))}};
}

Json swarm_object(const SwarmView& swarm) {
    Json out;
    out["info_hash"] = swarm.info_hash.hex();
    out["name"] = swarm.registered ? Json(swarm.name) : Json(nullptr);
    out["size"] = swarm.size == 0 ? Json(nullptr) : Json(swarm.size);
    out["size_known"] = swarm.registered;
    out["seeds"] = swarm.counts.complete;
    out["leechers"] = swarm.counts.incomplete;
    out["downloaders"] = swarm.counts.downloaders;
    out["completed"] = swarm.counts.downloaded;
    out["lost"] = swarm.lost;
    out["bytes_per_second"] = static_cast<std::uint64_t>(swarm.rate);
    out["stalled"] = std::count_if(swarm.leechers.begin(), swarm.leechers.end(),
                                   [](const PeerView& peer) { return peer.stalled; });
    out["percent"] = progress_object(swarm);
    out["created"] = swarm.created;
    out["last_active"] = swarm.last_active;
    return out;
}

/// The leechers that are furthest behind, the stalled ones first.
Json stragglers_array(const SwarmView& swarm, UnixSeconds now) {
    std::vector<const PeerView*> order;
    for (const PeerView& peer : swarm.leechers) {
        if (!peer.partial_seed) order.push_back(&peer);
    }
    const std::size_t count = std::min(order.size(), kStragglers);
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(),
                      [](const PeerView* a, const PeerView* b) {
                          return a->stalled != b->stalled ? a->stalled : a->left > b->left;
                      });
    Json out = Json::array();
    for (std::size_t i = 0; i < count; ++i) out.push_back(peer_object(*order[i], swarm.size, now));
    return out;
}

}  // namespace

std::string torrents_json(const std::vector<SwarmView>& swarms) {
    Json list = Json::array();
    for (const SwarmView& swarm : swarms) list.push_back(swarm_object(swarm));
    return dump({{"torrents", list}});
}

std::string torrent_json(const SwarmView& swarm, const std::vector<PeerView>& peers, UnixSeconds now) {
    Json out = swarm_object(swarm);
    out["peers"] = Json::array();
    for (const PeerView& peer : peers) out["peers"].push_back(peer_object(peer, swarm.size, now));
    return dump(out);
}

std::string fleet_json(std::vector<SwarmView> swarms, const Vitals& vitals, UnixSeconds now) {
    std::sort(swarms.begin(), swarms.end(), [](const SwarmView& a, const SwarmView& b) {
        const bool a_busy = a.counts.incomplete > 0;
        const bool b_busy = b.counts.incomplete > 0;
        if (a_busy != b_busy) return a_busy;
        if (a.created != b.created) return a.created > b.created;
        return a.info_hash < b.info_hash;
    });
    Json out;
    out["version"] = version();
    out["uptime"] = now > vitals.started ? now - vitals.started : 0;
    out["swarms"] = vitals.totals.swarms;
    out["seeds"] = vitals.totals.seeds;
    out["leechers"] = vitals.totals.leechers;
    out["announces"] = vitals.http_announces + vitals.udp_announces;
    out["store_healthy"] = vitals.store_healthy;
    out["torrents"] = Json::array();
    for (std::size_t i = 0; i < std::min(swarms.size(), kMostSwarms); ++i) {
        Json one = swarm_object(swarms[i]);
        one["stragglers"] = stragglers_array(swarms[i], now);
        out["torrents"].push_back(std::move(one));
    }
    return dump(out);
}

}  // namespace shoal::tracker
