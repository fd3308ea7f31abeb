#include "client/daemon/rpc/torrent_fields.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <unordered_map>

#include "client/daemon/rpc/field_source.hpp"
#include "client/daemon/rpc/torrent_lists.hpp"

namespace shoal::daemon {
namespace {

using nlohmann::json;
using Getter = json (*)(FieldSource&);

constexpr std::int64_t kNoEta = -1;       // TR_ETA_NOT_AVAIL
constexpr std::int64_t kUnknownEta = -2;  // TR_ETA_UNKNOWN

/// -1: nothing was transferred; -2: infinite. The protocol's own conventions.
double ratio(std::uint64_t up, std::uint64_t down) {
    if (down > 0) return static_cast<double>(up) / static_cast<double>(down);
    return up > 0 ? -2 : -1;
}

double share(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 1 : static_cast<double>(part) / static_cast<double>(whole);
}

/// Of a magnet link nobody knows yet how much it is. Clients take 0 for done.
std::uint64_t left(const TorrentView& view) {
    return view.has_metadata ? view.left : std::max<std::uint64_t>(1, view.left);
}

std::int64_t eta(const TorrentView& view) {
    if (view.state != TorrentState::kDownloading) return kNoEta;
    if (left(view) == 0) return kNoEta;
    if (view.rate_down == 0) return kUnknownEta;
    return static_cast<std::int64_t>(view.left / view.rate_down);
}

json kilobytes(std::uint64_t bytes) {
    return bytes / 1000;
}

template <typename Enum>
json number(Enum value) {
    return static_cast<int>(value);
}

int peer_limit(FieldSource& s) {
    const int own = s.view().settings.peer_limit;
    return own > 0 ? own : s.engine().session().peer_limit_per_torrent;
}

/// Our own field: Transmission's "webseeds" are URLs alone.
json web_seed_states(const TorrentDetail& detail) {
    json states = json::array();
    for (const std::string& url : detail.web_seeds) {
        const auto failure = detail.web_seed_failures.find(url);
        states.push_back(
            {{"url", url},
             {"why", failure == detail.web_seed_failures.end() ? json() : json(failure->second)}});
    }
    return states;
}

/// Our own field: Transmission has no word for it, and clients only get what they ask for.
json slow_json(FieldSource& s) {
    const SlowView slow = s.slow();
    if (slow.cause.empty()) return nullptr;
    return {{"cause", slow.cause}, {"why", slow.why}};
}

json file_count(FieldSource& s) {
    return s.view().files;
}

const std::unordered_map<std::string_view, Getter>& getters() {
    static const std::unordered_map<std::string_view, Getter> table{
        {"activityDate", [](FieldSource& s) -> json { return s.view().active_at; }},
        {"addedDate", [](FieldSource& s) -> json { return s.view().added_at; }},
        {"bandwidthPriority", [](FieldSource&) -> json { return 0; }},
        {"comment", [](FieldSource& s) -> json { return s.detail().comment; }},
        {"corruptEver", [](FieldSource& s) -> json { return s.view().corrupt; }},
        {"creator", [](FieldSource& s) -> json { return s.detail().creator; }},
        {"dateCreated", [](FieldSource& s) -> json { return s.detail().created_at; }},
        {"desiredAvailable", [](FieldSource& s) -> json { return s.view().available; }},
        {"doneDate", [](FieldSource& s) -> json { return s.view().done_at; }},
        {"downloadDir", [](FieldSource& s) -> json { return s.view().folder; }},
        {"downloadedEver", [](FieldSource& s) -> json { return s.view().downloaded; }},
        {"downloadLimit", [](FieldSource& s) { return kilobytes(s.view().settings.limit_down); }},
        {"downloadLimited", [](FieldSource& s) -> json { return s.view().settings.limited_down; }},
        {"editDate", [](FieldSource& s) -> json { return s.view().edited_at; }},
        {"error", [](FieldSource& s) { return number(s.view().trouble); }},
        {"errorString", [](FieldSource& s) -> json { return s.view().trouble_text; }},
        {"eta", [](FieldSource& s) -> json { return eta(s.view()); }},
        {"etaIdle", [](FieldSource&) -> json { return kNoEta; }},
        {"file-count", file_count},
        {"files", files_json},
        {"fileStats", file_stats_json},
        {"group", [](FieldSource&) -> json { return ""; }},
        {"hashString", [](FieldSource& s) -> json { return s.view().hash; }},
        {"haveUnchecked", [](FieldSource& s) -> json { return s.view().have_unverified; }},
        {"haveValid", [](FieldSource& s) -> json { return s.view().have_verified; }},
        {"honorsSessionLimits",
         [](FieldSource& s) -> json { return s.view().settings.honors_session_limits; }},
        {"id", [](FieldSource& s) -> json { return s.view().number; }},
        {"isFinished", [](FieldSource& s) -> json { return s.view().goal_met; }},
        {"isPrivate", [](FieldSource& s) -> json { return s.view().is_private; }},
        {"isStalled", [](FieldSource& s) -> json { return s.view().stalled; }},
        {"labels", [](FieldSource& s) -> json { return s.view().settings.labels; }},
        {"leftUntilDone", [](FieldSource& s) -> json { return left(s.view()); }},
        {"magnetLink", [](FieldSource& s) -> json { return s.detail().magnet; }},
        {"manualAnnounceTime", [](FieldSource&) -> json { return -1; }},
        {"maxConnectedPeers", [](FieldSource& s) -> json { return peer_limit(s); }},
        {"metadataPercentComplete", [](FieldSource& s) -> json { return s.view().has_metadata ? 1.0 : 0.0; }},
        {"name", [](FieldSource& s) -> json { return s.view().name; }},
        {"peer-limit", [](FieldSource& s) -> json { return peer_limit(s); }},
        {"peers", peers_json},
        {"peersConnected", [](FieldSource& s) -> json { return s.view().peers; }},
        {"peersFrom", peer_sources_json},
        {"peersGettingFromUs", [](FieldSource& s) -> json { return s.view().peers_receiving; }},
        {"peersSendingToUs", [](FieldSource& s) -> json { return s.view().peers_sending; }},
        {"percentComplete",
         [](FieldSource& s) -> json {
             return s.view().has_metadata ? share(s.view().have_verified, s.view().size) : 0.0;
         }},
        {"percentDone",
         [](FieldSource& s) -> json {
             const TorrentView& view = s.view();
             return view.has_metadata ? share(view.size_wanted - view.left, view.size_wanted) : 0.0;
         }},
        {"pieceCount", [](FieldSource& s) -> json { return s.view().pieces; }},
        {"pieces", pieces_json},
        {"pieceSize", [](FieldSource& s) -> json { return s.view().piece_size; }},
        {"primary-mime-type", [](FieldSource&) -> json { return "application/octet-stream"; }},
        {"priorities", priorities_json},
        {"queuePosition", [](FieldSource& s) -> json { return s.view().number; }},
        {"rateDownload", [](FieldSource& s) -> json { return s.view().rate_down; }},
        {"rateUpload", [](FieldSource& s) -> json { return s.view().rate_up; }},
        {"recheckProgress", [](FieldSource& s) -> json { return s.view().check_progress; }},
        {"secondsDownloading", [](FieldSource& s) -> json { return s.view().seconds_downloading; }},
        {"secondsSeeding", [](FieldSource& s) -> json { return s.view().seconds_seeding; }},
        {"seedIdleLimit", [](FieldSource& s) -> json { return s.view().settings.idle_minutes; }},
        {"seedIdleMode", [](FieldSource& s) { return number(s.view().settings.idle_source); }},
        {"seedRatioLimit", [](FieldSource& s) -> json { return s.view().settings.ratio_limit; }},
        {"seedRatioMode", [](FieldSource& s) { return number(s.view().settings.ratio_source); }},
        {"shoalSlow", slow_json},
        {"sizeWhenDone", [](FieldSource& s) -> json { return s.view().size_wanted; }},
        {"startDate", [](FieldSource& s) -> json { return s.view().started_at; }},
        {"status", [](FieldSource& s) { return number(s.view().state); }},
        {"torrentFile", [](FieldSource& s) -> json { return s.detail().torrent_file; }},
        {"totalSize", [](FieldSource& s) -> json { return s.view().size; }},
        {"trackerList", [](FieldSource& s) -> json { return tracker_list_text(s.trackers()); }},
        {"trackers", trackers_json},
        {"trackerStats", tracker_stats_json},
        {"uploadedEver", [](FieldSource& s) -> json { return s.view().uploaded; }},
        {"uploadLimit", [](FieldSource& s) { return kilobytes(s.view().settings.limit_up); }},
        {"uploadLimited", [](FieldSource& s) -> json { return s.view().settings.limited_up; }},
        {"uploadRatio",
         [](FieldSource& s) -> json {
             const TorrentView& view = s.view();
             return ratio(view.uploaded, view.downloaded > 0 ? view.downloaded : view.have_verified);
         }},
        {"wanted", wanted_json},
        {"webseeds", [](FieldSource& s) -> json { return s.detail().web_seeds; }},
        {"shoalWebSeeds", [](FieldSource& s) { return web_seed_states(s.detail()); }},
        {"webseedsSendingToUs", [](FieldSource& s) -> json { return s.view().web_seeds_sending; }},
    };
    return table;
}

}  // namespace

struct TorrentFields::Field {
    std::string_view name;  ///< the table's own
    Getter get;
};

TorrentFields::TorrentFields(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        const auto found = getters().find(name);
        if (found != getters().end()) fields_.push_back({found->first, found->second});
    }
}

TorrentFields::~TorrentFields() = default;

json TorrentFields::as_object(const Engine& engine, TorrentNumber torrent) const {
    FieldSource source(engine, torrent);
    json object = json::object();
    for (const Field& field : fields_) object[std::string(field.name)] = field.get(source);
    return object;
}

json TorrentFields::table_head() const {
    json row = json::array();
    for (const Field& field : fields_) row.push_back(field.name);
    return row;
}

json TorrentFields::as_row(const Engine& engine, TorrentNumber torrent) const {
    FieldSource source(engine, torrent);
    json row = json::array();
    for (const Field& field : fields_) row.push_back(field.get(source));
    return row;
}

std::string tracker_list_text(const std::vector<TrackerView>& trackers) {
    std::string text;
    for (std::size_t i = 0; i < trackers.size(); ++i) {
        if (i > 0) text += trackers[i].tier != trackers[i - 1].tier ? "\n\n" : "\n";
        text += trackers[i].announce;
    }
    return text;
}

}  // namespace shoal::daemon
