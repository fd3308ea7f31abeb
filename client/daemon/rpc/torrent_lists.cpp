#include "client/daemon/rpc/torrent_lists.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "common/base64.hpp"

namespace shoal::daemon {
namespace {

using nlohmann::json;

/// Letters as Transmission documents them (docs/Peer-Status-Text.md).
std::string flags(const PeerView& peer) {
    std::string text;
    if (peer.utp) text += 'T';
    if (peer.rate_to_us > 0)
        text += 'D';
    else if (peer.we_are_interested)
        text += 'd';
    if (peer.rate_to_peer > 0)
        text += 'U';
    else if (peer.peer_is_interested)
        text += 'u';
    if (!peer.peer_chokes && !peer.we_are_interested) text += 'K';
    if (!peer.we_choke && !peer.peer_is_interested) text += '?';
    if (peer.encrypted) text += 'E';
    if (peer.source == PeerView::Source::kDht) text += 'H';
    if (peer.source == PeerView::Source::kPex) text += 'X';
    if (peer.incoming) text += 'I';
    return text;
}

json peer_json(const PeerView& peer) {
    return {{"address", peer.address},
            {"clientName", peer.client},
            {"clientIsChoked", peer.peer_chokes},
            {"clientIsInterested", peer.we_are_interested},
            {"flagStr", flags(peer)},
            {"isDownloadingFrom", peer.rate_to_us > 0},
            {"isEncrypted", peer.encrypted},
            {"isIncoming", peer.incoming},
            {"isUploadingTo", peer.rate_to_peer > 0},
            {"isUTP", peer.utp},
            {"peerIsChoked", peer.we_choke},
            {"peerIsInterested", peer.peer_is_interested},
            {"port", peer.port},
            {"progress", peer.progress},
            {"rateToClient", peer.rate_to_us},
            {"rateToPeer", peer.rate_to_peer}};
}

/// "http://host:6969/announce/key" -> "http://host:6969"; what lies behind may be a secret key.
std::string host_of(const std::string& url) {
    const auto scheme = url.find("://");
    if (scheme == std::string::npos) return url;
    return url.substr(0, url.find('/', scheme + 3));
}

/// "http://tracker.example:6969/announce" -> "tracker.example"
std::string site_of(const std::string& url) {
    const std::string host = host_of(url);
    const auto scheme = host.find("://");
    std::string site = scheme == std::string::npos ? host : host.substr(scheme + 3);
    const auto port = site.rfind(':');
    if (port != std::string::npos && site.back() != ']') site.resize(port);
    return site;
}

/// By convention of BEP 48; empty where the announce URL does not follow it.
std::string scrape_url(const std::string& announce) {
    const auto slash = announce.rfind('/');
    if (slash == std::string::npos || announce.compare(slash + 1, 8, "announce") != 0) return {};
    return announce.substr(0, slash + 1) + "scrape" + announce.substr(slash + 9);
}

json tracker_stat_json(const TrackerView& tracker, std::size_t id) {
    const bool known = tracker.seeds >= 0 || tracker.leechers >= 0;
    return {{"announce", tracker.announce},
            {"announceState", static_cast<int>(tracker.state)},
            {"downloadCount", tracker.downloads},
            {"hasAnnounced", tracker.has_announced},
            {"hasScraped", known},
            {"host", host_of(tracker.announce)},
            {"id", id},
            {"isBackup", false},
            {"lastAnnouncePeerCount", tracker.last_peers},
            {"lastAnnounceResult", tracker.answer},
            {"lastAnnounceStartTime", tracker.started_at},
            {"lastAnnounceSucceeded", tracker.succeeded},
            {"lastAnnounceTime", tracker.last_at},
            {"lastAnnounceTimedOut", false},
            {"lastScrapeResult", ""},
            {"lastScrapeStartTime", 0},
            {"lastScrapeSucceeded", known},
            // The announce brings the counts, so its time is theirs.
            {"lastScrapeTime", known ? tracker.last_at : 0},
            {"lastScrapeTimedOut", false},
            {"leecherCount", tracker.leechers},
            {"nextAnnounceTime", tracker.next_at},
            {"nextScrapeTime", 0},
            {"scrape", scrape_url(tracker.announce)},
            {"scrapeState", 0},
            {"seederCount", tracker.seeds},
            {"sitename", site_of(tracker.announce)},
            {"tier", tracker.tier}};
}

}  // namespace

json files_json(FieldSource& source) {
    json list = json::array();
    for (const FileView& file : source.files())
        list.push_back({{"bytesCompleted", file.have}, {"length", file.size}, {"name", file.path}});
    return list;
}

json file_stats_json(FieldSource& source) {
    json list = json::array();
    for (const FileView& file : source.files()) {
        list.push_back({{"bytesCompleted", file.have},
                        {"wanted", file.wanted},
                        {"priority", static_cast<int>(file.priority)}});
    }
    return list;
}

json priorities_json(FieldSource& source) {
    json list = json::array();
    for (const FileView& file : source.files()) list.push_back(static_cast<int>(file.priority));
    return list;
}

json wanted_json(FieldSource& source) {
    // Transmission answers numbers here, whatever its documentation calls them, and clients rely on it.
    json list = json::array();
    for (const FileView& file : source.files()) list.push_back(file.wanted ? 1 : 0);
    return list;
}

json peers_json(FieldSource& source) {
    json list = json::array();
    for (const PeerView& peer : source.peers()) list.push_back(peer_json(peer));
    return list;
}

json peer_sources_json(FieldSource& source) {
    using Source = PeerView::Source;
    std::map<Source, int> counts;
    for (const PeerView& peer : source.peers()) ++counts[peer.source];
    return {{"fromCache", counts[Source::kResume]},      {"fromDht", counts[Source::kDht]},
            {"fromIncoming", counts[Source::kIncoming]}, {"fromLpd", counts[Source::kLsd]},
            {"fromLtep", counts[Source::kOther]},        {"fromPex", counts[Source::kPex]},
            {"fromTracker", counts[Source::kTracker]}};
}

json pieces_json(FieldSource& source) {
    const std::vector<bool> have = source.pieces();
    std::string bits((have.size() + 7) / 8, '\0');
    for (std::size_t i = 0; i < have.size(); ++i)
        if (have[i])
            bits[i / 8] = static_cast<char>(static_cast<unsigned char>(bits[i / 8]) | 0x80u >> i % 8);
    return encode_base64(bits);
}

json trackers_json(FieldSource& source) {
    json list = json::array();
    for (const TrackerView& tracker : source.trackers()) {
        list.push_back({{"announce", tracker.announce},
                        {"id", list.size()},
                        {"scrape", scrape_url(tracker.announce)},
                        {"sitename", site_of(tracker.announce)},
                        {"tier", tracker.tier}});
    }
    return list;
}

json tracker_stats_json(FieldSource& source) {
    json list = json::array();
    for (const TrackerView& tracker : source.trackers())
        list.push_back(tracker_stat_json(tracker, list.size()));
    return list;
}

}  // namespace shoal::daemon
