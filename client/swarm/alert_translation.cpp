#include "client/swarm/alert_translation.hpp"

#include <fmt/format.h>

#include <iterator>
#include <libtorrent/alert_types.hpp>
#include <libtorrent/announce_entry.hpp>
#include <libtorrent/bencode.hpp>
#include <libtorrent/entry.hpp>
#include <libtorrent/torrent_handle.hpp>
#include <libtorrent/torrent_info.hpp>
#include <libtorrent/write_resume_data.hpp>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/source/tracker_words.hpp"
#include "client/swarm/plugin/endpoint.hpp"
#include "client/swarm/torrent_control.hpp"

namespace shoal::client {
namespace {

std::string as_text(const std::vector<char>& bytes) {
    return {bytes.begin(), bytes.end()};
}

/// lt::create_torrent would do, but for v2: it refuses what has no piece layers (BEP 52), and peers send
/// those later. The info dictionary is carried over byte for byte, so that the info-hash stays.
std::string manifest_of(std::string_view info, const std::vector<lt::announce_entry>& trackers,
                        const std::set<std::string>& web_seeds) {
    lt::entry::dictionary_type top;
    lt::entry raw(lt::entry::preformatted_t);
    raw.preformatted().assign(info.begin(), info.end());
    top["info"] = std::move(raw);
    if (!trackers.empty()) top["announce"] = trackers.front().url;
    if (trackers.size() > 1) {
        lt::entry::list_type tiers;
        for (const lt::announce_entry& tracker : trackers)
            tiers.emplace_back(lt::entry::list_type{lt::entry(tracker.url)});
        top["announce-list"] = std::move(tiers);
    }
    if (!web_seeds.empty()) {
        lt::entry::list_type urls;
        for (const std::string& url : web_seeds) urls.emplace_back(url);
        top["url-list"] = std::move(urls);
    }
    std::string manifest;
    lt::bencode(std::back_inserter(manifest), lt::entry(std::move(top)));
    return manifest;
}

std::optional<Event> metadata_received(const lt::metadata_received_alert& alert, TorrentId id) {
    const auto info = alert.handle.torrent_file();
    if (!info) return std::nullopt;
    const auto section = info->info_section();
    std::string bytes(section.begin(), section.end());
    std::string manifest = manifest_of(bytes, alert.handle.trackers(), alert.handle.url_seeds());
    return MetadataReceived{id, std::move(bytes), std::move(manifest)};
}

Event resume_data_ready(const lt::save_resume_data_alert& alert, TorrentId id) {
    ResumeDataReady event;
    event.torrent = id;
    for (const bool have : alert.params.have_pieces) event.have.push_back(have);
    event.swarm_state = as_text(lt::write_resume_data_buf(alert.params));
    return event;
}

/// Of TorrentFailed and MoveFailed.
int system_error_number(const lt::error_code& error) {
    const bool of_system =
        error.category() == lt::system_category() || error.category() == lt::generic_category();
    return of_system ? error.value() : 0;
}

TorrentFailed failed(TorrentId id, const lt::error_code& error, std::string path) {
    const bool cut = error == lt::errors::file_too_short || error == boost::asio::error::eof;
    const bool written = error == lt::errors::mismatching_file_timestamp;
    return {id, std::move(path), system_error_number(error),
            cut       ? "is shorter than the torrent says"
            : written ? "was written to"
                      : error.message(),
            cut || written};
}

/// Every local address announces by itself, and those that can't reach this tracker fail. That matters only
/// where none of the others works.
bool another_address_works(const lt::tracker_error_alert& alert) {
    for (const lt::announce_entry& tracker : alert.handle.trackers()) {
        if (tracker.url != alert.tracker_url()) continue;
        for (const lt::announce_endpoint& endpoint : tracker.endpoints) {
            for (const lt::announce_infohash& announce : endpoint.info_hashes) {
                if (announce.start_sent && announce.fails == 0) return true;
            }
        }
    }
    return false;
}

std::string tracker_reason(const lt::tracker_error_alert& alert) {
    if (alert.error == lt::errors::ssrf_mitigation) return kForgedRequestRule;
    // Its words are then those of HTTP alone: "Found" says nothing.
    if (alert.error.category() == lt::http_category())
        return http_refusal(alert.error.value(), alert.error.message());
    if (alert.error.category() == lt::bdecode_category()) return kNoAnnounceThere;
    const std::string own_words = alert.failure_reason();
    return own_words.empty() ? alert.error.message() : own_words;
}

std::optional<Event> tracker_failed(const lt::tracker_error_alert& alert, TorrentId id) {
    if (alert.error == lt::errors::announce_skipped || another_address_works(alert)) return std::nullopt;
    return TrackerFailed{id, alert.tracker_url(), tracker_reason(alert)};
}

bool takes_peers(lt::socket_type_t type) {
    return type == lt::socket_type_t::tcp || type == lt::socket_type_t::tcp_ssl;
}

Event listening(const lt::listen_succeeded_alert& alert) {
    return Listening{from_libtorrent(alert.address, alert.port)};
}

std::optional<Event> translate_torrent_alert(const lt::alert& alert, TorrentId id) {
    if (const auto* a = lt::alert_cast<lt::metadata_received_alert>(&alert)) return metadata_received(*a, id);
    if (lt::alert_cast<lt::torrent_finished_alert>(&alert) != nullptr) return Finished{id};
    if (lt::alert_cast<lt::torrent_checked_alert>(&alert) != nullptr) return ContentChecked{id};
    if (lt::alert_cast<lt::cache_flushed_alert>(&alert) != nullptr) return Flushed{id};
    if (const auto* a = lt::alert_cast<lt::save_resume_data_alert>(&alert)) return resume_data_ready(*a, id);
    if (const auto* a = lt::alert_cast<lt::save_resume_data_failed_alert>(&alert))
        return ResumeDataFailed{id, a->error.message()};
    if (const auto* a = lt::alert_cast<lt::file_error_alert>(&alert))
        return failed(id, a->error, a->filename());
    if (const auto* a = lt::alert_cast<lt::torrent_error_alert>(&alert)) {
        return failed(id, a->error, a->filename());
    }
    if (const auto* a = lt::alert_cast<lt::metadata_failed_alert>(&alert)) {
        // Any peer can send anything: that is no reason to give the torrent up.
        if (a->error == lt::errors::mismatching_info_hash) return MetadataRejected{id};
        return failed(id, a->error, {});
    }
    if (const auto* a = lt::alert_cast<lt::tracker_reply_alert>(&alert)) {
        return TrackerAnswered{id, a->tracker_url(), a->num_peers};
    }
    if (const auto* a = lt::alert_cast<lt::tracker_error_alert>(&alert)) {
        return tracker_failed(*a, id);
    }
    if (const auto* a = lt::alert_cast<lt::storage_moved_alert>(&alert))
        return ContentMoved{id, a->storage_path()};
    if (const auto* a = lt::alert_cast<lt::storage_moved_failed_alert>(&alert))
        return MoveFailed{id, a->message(), system_error_number(a->error)};
    if (const auto* a = lt::alert_cast<lt::file_renamed_alert>(&alert)) return FilePlaced{id, a->new_name()};
    if (const auto* a = lt::alert_cast<lt::file_rename_failed_alert>(&alert))
        return FilePlaceFailed{id, a->error.message(), system_error_number(a->error)};
    if (const auto* a = lt::alert_cast<lt::url_seed_alert>(&alert)) {
        const std::string words = a->error_message();
        return WebSeedFailed{id, a->server_url(), words.empty() ? a->error.message() : words};
    }
    return std::nullopt;
}

}  // namespace

std::optional<Event> translate(const lt::alert& alert, const FindTorrent& find) {
    if (const auto* a = lt::alert_cast<lt::listen_succeeded_alert>(&alert)) {
        if (!takes_peers(a->socket_type)) return std::nullopt;
        return listening(*a);
    }
    if (const auto* a = lt::alert_cast<lt::listen_failed_alert>(&alert)) {
        if (!takes_peers(a->socket_type)) return std::nullopt;
        return ListenFailed{fmt::format("{}:{}", a->address.to_string(), a->port), a->error.message()};
    }
    if (const auto* a = lt::alert_cast<lt::state_update_alert>(&alert)) {
        ActivityChanged changed;
        for (const lt::torrent_status& status : a->status)
            if (const auto id = find(status.handle)) changed.torrents.push_back(activity_of(*id, status));
        return changed;
    }
    const auto* torrent = dynamic_cast<const lt::torrent_alert*>(&alert);
    if (torrent == nullptr) return std::nullopt;
    const auto id = find(torrent->handle);
    if (!id) return std::nullopt;
    return translate_torrent_alert(alert, *id);
}

}  // namespace shoal::client
