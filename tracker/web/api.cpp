#include "tracker/web/api.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <variant>

#include "channel/release.hpp"
#include "common/error.hpp"
#include "common/hex.hpp"
#include "torrentgen/manifest/manifest.hpp"
#include "tracker/access/access_control.hpp"
#include "tracker/swarm/swarm_table.hpp"
#include "tracker/web/api_query.hpp"
#include "tracker/web/json_answer.hpp"
#include "tracker/web/registration.hpp"
#include "tracker/web/status_json.hpp"

namespace shoal::tracker {
namespace {

constexpr std::string_view kTorrents = "/api/v1/torrents";
constexpr std::string_view kStatus = "/api/v1/status";
constexpr std::string_view kEvents = "/api/v1/events";

// On the page, which can ask for more. An event goes to every open page each second.
constexpr std::size_t kRegisteredShown = 50;
constexpr std::size_t kOthersShown = 10;
constexpr std::size_t kPeersNamed = 5;  // of each kind, of a torrent in a list

std::vector<SwarmView> part_of(std::vector<SwarmView> views, std::size_t offset, std::size_t most) {
    offset = std::min(offset, views.size());
    views.erase(views.begin(), views.begin() + static_cast<std::ptrdiff_t>(offset));
    if (views.size() > most) views.erase(views.begin() + static_cast<std::ptrdiff_t>(most), views.end());
    return views;
}

}  // namespace

Api::Api(SwarmTable& swarms, AccessControl& access, ChannelTable& channels, ApiOptions options,
         std::function<UnixSeconds()> now, std::function<Vitals()> vitals, std::function<bool()> persist)
    : swarms_(swarms),
      access_(access),
      options_(std::move(options)),
      now_(std::move(now)),
      vitals_(std::move(vitals)),
      persist_(std::move(persist)),
      channels_(channels, {[this](const http::Request& request, http::Response& response) {
                               return authorized(request, response);
                           },
                           [this] { return persist_(); }, now_,
                           [this](const channel::Release& release) { allow(release); }}) {}

bool Api::owns(std::string_view path) {
    return path == "/api" || path.starts_with("/api/");
}

void Api::handle(const http::Request& request, http::Response& response) {
    const std::string_view path = request.path;
    if (path == kTorrents) return torrents(request, response);
    if (path.starts_with(kTorrents) && path[kTorrents.size()] == '/')
        return torrent(request, path.substr(kTorrents.size() + 1), response);
    if (ChannelRoutes::owns(path)) return channels_.handle(request, response);
    if (path != kStatus && path != kEvents) {
        return answer_error(response, 404,
                            "there is nothing here: the API has /api/v1/torrents, /api/v1/torrents/HASH, "
                            "/api/v1/channels, /api/v1/channels/NAME, /api/v1/status and /api/v1/events");
    }
    if (!reads(request)) return answer_method_not_allowed(response, "GET, HEAD");
    if (path == kEvents) return events(response);
    answer_json(response, status_json(vitals_(), now_()));
}

std::size_t Api::body_limit(const http::Request& request) const {
    constexpr std::size_t kOthers = std::size_t{1} << 20;
    const bool manifest = request.method == "POST" && request.path == kTorrents;
    if (ChannelRoutes::owns(request.path) && knows_token(request)) return ChannelRoutes::kMaxBodyBytes;
    return manifest && knows_token(request) ? manifest::kMaxManifestBytes : kOthers;
}

void Api::refuse(const http::Request& request, http::Response& response) const {
    constexpr int kTooLarge = 413;
    if (!owns(request.path)) return;
    const bool manifest = request.method == "POST" && request.path == kTorrents;
    if (response.status == kTooLarge && manifest) {
        // Who has no token has the smaller limit, and is better told about the token.
        if (!authorized(request, response)) return;
        return answer_error(response, kTooLarge,
                            fmt::format("the body is larger than {} MiB, the most that a manifest may have",
                                        manifest::kMaxManifestBytes >> 20));
    }
    if (response.status == kTooLarge && ChannelRoutes::owns(request.path)) {
        return answer_error(
            response, kTooLarge,
            "the body is larger than 1 MiB: a release whose manifest is that large, up to 16 MiB, "
            "needs the admin token");
    }
    std::string text = response.body;
    while (text.ends_with('\n')) text.pop_back();
    answer_error(response, response.status, text);
}

void Api::publish() {
    channels_.remind();
    if (channel_->subscribers() > 0) channel_->publish("fleet", fleet());
}

std::vector<SwarmView> Api::registered(std::size_t most) const {
    TorrentFilter filter;
    filter.registered = true;
    return with_progress(part_of(select_torrents(swarms_.swarms(), filter), 0, most), 0);
}

std::vector<SwarmView> Api::with_progress(std::vector<SwarmView> views, std::size_t named) const {
    const UnixSeconds now = now_();
    for (SwarmView& view : views) {
        // A swarm that is gone by now is shown as it was.
        if (auto newer = swarms_.swarm(view.info_hash, now, named)) view = std::move(*newer);
    }
    return views;
}

std::string Api::fleet() const {
    TorrentFilter filter;
    filter.order = TorrentOrder::kActivity;
    std::vector<SwarmView> all = select_torrents(swarms_.swarms(), filter);
    const auto others =
        std::find_if(all.begin(), all.end(), [](const SwarmView& view) { return !view.registered; });
    std::vector<SwarmView> shown(std::make_move_iterator(all.begin()), std::make_move_iterator(others));
    shown = part_of(std::move(shown), 0, kRegisteredShown);
    for (auto other = others;
         other != all.end() && other - others < static_cast<std::ptrdiff_t>(kOthersShown); ++other)
        shown.push_back(std::move(*other));
    return fleet_json(with_progress(std::move(shown), kPeersNamed), vitals_(), now_());
}

void Api::events(http::Response& response) const {
    response.content_type = "text/event-stream";
    response.headers.emplace_back("Cache-Control", "no-store");
    response.body = http::event_frame("fleet", fleet());
    response.events = channel_;
}

void Api::torrents(const http::Request& request, http::Response& response) {
    if (reads(request)) return list_torrents(request, response);
    if (request.method == "POST") return add_torrent(request, response);
    answer_method_not_allowed(response, "GET, HEAD, POST");
}

void Api::list_torrents(const http::Request& request, http::Response& response) const {
    const auto parsed = parse_torrent_query(request.query);
    if (const auto* problem = std::get_if<std::string>(&parsed)) return answer_error(response, 400, *problem);
    const auto& query = std::get<TorrentQuery>(parsed);
    TorrentPage page;
    page.torrents = select_torrents(swarms_.swarms(), query.filter);
    page.total = page.torrents.size();
    page.offset = query.offset;
    page.torrents = with_progress(part_of(std::move(page.torrents), query.offset, query.limit),
                                  query.details ? kPeersNamed : 0);
    answer_json(response, torrents_json(page, query.details, now_()));
}

void Api::torrent(const http::Request& request, std::string_view hash, http::Response& response) {
    const auto info_hash = parse_info_hash(hash);
    if (!info_hash) return answer_error(response, 404, "an info-hash has 40 hex digits, or 64 of v2");
    if (request.method == "DELETE") return remove_torrent(request, *info_hash, response);
    if (!reads(request)) return answer_method_not_allowed(response, "GET, HEAD, DELETE");
    const auto parsed = parse_peer_query(request.query);
    if (const auto* problem = std::get_if<std::string>(&parsed)) return answer_error(response, 400, *problem);
    const auto& query = std::get<PeerQuery>(parsed);
    const UnixSeconds now = now_();
    const auto swarm = swarms_.swarm(*info_hash, now);
    if (!swarm) return answer_error(response, 404, "there is no such swarm");
    answer_json(response, torrent_json(*swarm, swarms_.peers(*info_hash, now, query), query.offset, now));
}

void Api::add_torrent(const http::Request& request, http::Response& response) {
    if (!authorized(request, response)) return;
    Registration torrent;
    try {
        torrent = read_registration(request.body);
    } catch (const Error& failure) {
        return answer_error(response, 400, failure.what());
    }
    nlohmann::ordered_json out{
        {"info_hashes", nlohmann::json::array()}, {"name", torrent.name}, {"size", torrent.size}};
    for (const InfoHash& info_hash : torrent.info_hashes) {
        swarms_.register_torrent(info_hash, torrent.name, torrent.size, now_());
        access_.allow(info_hash);
        out["info_hashes"].push_back(info_hash.hex());
    }
    if (!persist_()) {
        return answer_error(
            response, 503,
            "the torrent is served, but the database cannot be written: a restart would forget it; "
            "look at /healthz and the log, then send it again");
    }
    response.status = 201;
    answer_json(response, dump_json(out));
}

void Api::remove_torrent(const http::Request& request, const InfoHash& info_hash, http::Response& response) {
    if (!authorized(request, response)) return;
    if (!swarms_.unregister_torrent(info_hash, now_()))
        return answer_error(response, 404, "this torrent is not registered");
    access_.disallow(info_hash);
    if (!persist_()) {
        return answer_error(
            response, 503,
            "the torrent is no longer registered, but the database cannot be written: a restart would "
            "bring it back; look at /healthz and the log");
    }
    answer_json(response, "{}");
}

void Api::allow(const channel::Release& release) {
    const auto add = [&](const auto& hash) {
        if (!hash) return;
        const auto info_hash = parse_info_hash(hex(channel::view(*hash)));
        swarms_.register_torrent(*info_hash, fmt::format("{} {}", release.channel, release.number),
                                 static_cast<std::uint64_t>(release.size), now_());
        access_.allow(*info_hash);
    };
    add(release.info_hash_v1);
    add(release.info_hash_v2);
}

bool Api::knows_token(const http::Request& request) const {
    if (!options_.admin_token) return false;
    const std::string expected = "Bearer " + *options_.admin_token;
    const std::string_view given = request.header("Authorization");
    // In constant time, so that nobody can feel their way along the token.
    return given.size() == expected.size() && CRYPTO_memcmp(given.data(), expected.data(), given.size()) == 0;
}

bool Api::authorized(const http::Request& request, http::Response& response) const {
    if (knows_token(request)) return true;
    if (!options_.admin_token) {
        answer_error(response, 403, "this tracker was started without --admin-token");
        return false;
    }
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    answer_error(response, 401, "send the admin token as 'Authorization: Bearer TOKEN'");
    return false;
}

}  // namespace shoal::tracker
