#include "client/swarm/swarm.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <exception>
#include <iterator>
#include <libtorrent/add_torrent_params.hpp>
#include <libtorrent/address.hpp>
#include <libtorrent/alert.hpp>
#include <libtorrent/ip_filter.hpp>
#include <libtorrent/read_resume_data.hpp>
#include <libtorrent/session.hpp>
#include <libtorrent/session_params.hpp>
#include <libtorrent/settings_pack.hpp>
#include <libtorrent/torrent_flags.hpp>
#include <libtorrent/torrent_handle.hpp>
#include <libtorrent/torrent_info.hpp>
#include <libtorrent/torrent_status.hpp>
#include <map>
#include <set>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "client/source/magnet.hpp"
#include "client/swarm/alert_translation.hpp"
#include "client/swarm/network_profile.hpp"
#include "client/swarm/piece_layers.hpp"
#include "client/swarm/plugin/damage_watch.hpp"
#include "client/swarm/plugin/endpoint.hpp"
#include "client/swarm/plugin/fan_out.hpp"
#include "client/swarm/plugin/place_keeper.hpp"
#include "client/swarm/plugin/request_limits.hpp"
#include "client/swarm/plugin/transmission_nudge.hpp"
#include "client/swarm/session_settings.hpp"
#include "client/swarm/torrent_control.hpp"
#include "client/swarm/trust.hpp"
#include "common/error.hpp"
#include "common/log.hpp"

namespace shoal::client {
namespace {

/// Readable while events wait; libtorrent's thread writes, the owner polls.
class WakeUp {
  public:
    WakeUp() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
        if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    }
    WakeUp(const WakeUp&) = delete;
    WakeUp& operator=(const WakeUp&) = delete;
    ~WakeUp() { ::close(fd_); }

    void signal() const {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto n = ::write(fd_, &one, sizeof one);  // full means readable already
    }
    void wait(std::chrono::milliseconds timeout, int other_fd) const {
        pollfd entries[2] = {{fd_, POLLIN, 0}, {other_fd, POLLIN, 0}};  // poll(2) skips negative descriptors
        ::poll(entries, 2, static_cast<int>(timeout.count()));
        std::uint64_t count = 0;
        [[maybe_unused]] const auto n = ::read(fd_, &count, sizeof count);
    }

  private:
    int fd_;
};

/// The manifest's limits were checked by its own parser; these only keep libtorrent from refusing it.
lt::load_torrent_limits no_tighter_limits() {
    lt::load_torrent_limits limits;
    limits.max_buffer_size = 256 << 20;
    limits.max_pieces = 1 << 24;
    limits.max_decode_tokens = 1 << 26;
    return limits;
}

Error refused(const TorrentSpec& spec, const lt::error_code& error) {
    return {ExitCode::kBadTorrent, spec.label, "libtorrent does not take it: " + error.message()};
}

std::shared_ptr<lt::torrent_info> parse(const TorrentSpec& spec) {
    const lt::span<const char> bytes(spec.manifest.data(), static_cast<std::ptrdiff_t>(spec.manifest.size()));
    try {
        return std::make_shared<lt::torrent_info>(bytes, no_tighter_limits(), lt::from_span);
    } catch (const lt::system_error& failure) {
        throw refused(spec, failure.code());
    }
}

/// Files that are not to be called as libtorrent calls them. Of two names that differ only in case it renames
/// the second, which only a file system of other systems needs. Under a name of the user's choice the first
/// element of every path is replaced.
std::map<lt::file_index_t, std::string> renamed(const lt::torrent_info& info, const std::string& name) {
    std::map<lt::file_index_t, std::string> paths;
    const lt::file_storage& files = info.files();
    for (const lt::file_index_t index : files.file_range()) {
        if (files.pad_file_at(index)) continue;
        std::string path = info.orig_files().file_path(index);
        if (const auto slash = path.find('/'); !name.empty())
            path = slash == std::string::npos ? name : name + path.substr(slash);
        if (path != files.file_path(index)) paths[index] = std::move(path);
    }
    return paths;
}

/// @param hex  two digits a byte
template <typename Hash>
Hash hash_of(const std::string& hex) {
    Hash hash;
    std::size_t at = 0;
    for (auto& byte : hash) {
        byte = static_cast<std::uint8_t>(std::stoi(hex.substr(at, 2), nullptr, 16));
        at += 2;
    }
    return hash;
}

lt::add_torrent_params from_magnet(const std::string& link) {
    const Magnet magnet = parse_magnet(link);
    lt::add_torrent_params params;
    if (!magnet.info_hash_v1.empty()) params.info_hashes.v1 = hash_of<lt::sha1_hash>(magnet.info_hash_v1);
    if (!magnet.info_hash_v2.empty()) params.info_hashes.v2 = hash_of<lt::sha256_hash>(magnet.info_hash_v2);
    params.name = magnet.name;
    params.trackers = magnet.trackers;
    for (std::size_t tier = 0; tier < magnet.trackers.size(); ++tier)
        params.tracker_tiers.push_back(static_cast<int>(tier));
    params.url_seeds = magnet.web_seeds;
    for (const std::string& node : magnet.dht_nodes) {
        const auto colon = node.rfind(':');
        params.dht_nodes.emplace_back(node.substr(0, colon), std::stoi(node.substr(colon + 1)));
    }
    return params;
}

lt::add_torrent_params from_manifest(const TorrentSpec& spec) {
    lt::add_torrent_params params;
    if (!spec.swarm_state.empty()) {
        lt::error_code error;
        const lt::span<const char> state(spec.swarm_state.data(),
                                         static_cast<std::ptrdiff_t>(spec.swarm_state.size()));
        params = lt::read_resume_data(state, error);
        if (error) params = {};  // worth nothing then, and only saves time
    }
    params.ti = parse(spec);
    params.info_hashes = params.ti->info_hashes();
    params.renamed_files = renamed(*params.ti, spec.name);
    if (!spec.paths.empty()) {
        const std::vector<lt::file_index_t> files = content_files(params.ti->files());
        for (const auto& [number, path] : spec.paths) params.renamed_files[files.at(number)] = path;
    }
    // Without the bits libtorrent would check whatever it finds.
    params.have_pieces.clear();
    params.file_priorities = file_priorities(params.ti->files(), spec.file_choices);
    params.piece_priorities.clear();  // of an earlier choice of files
    params.verified_pieces.clear();
    if (spec.check) return params;
    params.have_pieces.resize(params.ti->num_pieces(), false);
    for (std::size_t piece = 0; piece < spec.have.size(); ++piece) {
        if (spec.have[piece]) params.have_pieces.set_bit(lt::piece_index_t(static_cast<int>(piece)));
    }
    return params;
}

FanOutOptions fan_out_options(const SessionProfile& profile, const NetworkProfile& network) {
    FanOutOptions options;
    options.ration = network.ration;
    options.slots = {network.fewest_slots, network.most_slots};
    options.rack = profile.rack;
    options.neighbours.connections = static_cast<std::uint32_t>(network.connections);
    if (network.peer_turnover == 0) options.max_failcount = network.max_failcount;
    return options;
}

bool complete(const lt::add_torrent_params& params) {
    return !params.have_pieces.empty() && params.have_pieces.all_set();
}

}  // namespace

class Swarm::Session {
  public:
    explicit Session(const SessionProfile& profile)
        : profile_(profile),
          network_(network_profile(profile.network)),
          fan_out_(fan_out_options(profile, network_)),
          session_(make_session_params(profile, disk_times_)) {
        reset_peer_classes(session_, network_);
        session_.set_ip_filter(filter_for(profile_.peers_from));
        fan_out_.attach(session_);
        session_.add_extension([](const lt::torrent_handle&, lt::client_data_t) {
            return std::make_shared<TransmissionNudge>();
        });
        session_.add_extension(
            [between_hosts = network_.request_queue](const lt::torrent_handle&, lt::client_data_t) {
                return std::make_shared<RequestLimits>(between_hosts);
            });
        session_.add_extension([log = blocks_, percent = network_.incoming_percent](
                                   const lt::torrent_handle& torrent, lt::client_data_t) {
            return std::make_shared<PlaceKeeper>(torrent, percent, log);
        });
        session_.add_extension([log = damage_](const lt::torrent_handle& torrent, lt::client_data_t) {
            return std::make_shared<DamageWatch>(torrent, log);
        });
        session_.set_alert_notify([this] { wake_up_.signal(); });
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session() {
        session_.set_alert_notify([] {});
    }

    TorrentId add(const TorrentSpec& spec) {
        lt::add_torrent_params params =
            spec.manifest.empty() ? from_magnet(spec.magnet) : from_manifest(spec);
        params.save_path = spec.folder.string();
        params.flags = lt::torrent_flags::update_subscribe | lt::torrent_flags::apply_ip_filter |
                       lt::torrent_flags::need_save_resume | lt::torrent_flags::duplicate_is_error;
        params.max_connections = complete(params) ? network_.origin_connections : network_.connections;
        if (!profile_.pex) params.flags |= lt::torrent_flags::disable_pex;
        if (spec.paused) params.flags |= lt::torrent_flags::paused;
        if (spec.hold) params.flags |= lt::torrent_flags::upload_mode;
        if (spec.manifest.empty()) {
            params.flags |= lt::torrent_flags::upload_mode;
            keep_idle_connections(true);
        }
        for (const std::string& url : spec.trackers) {
            params.trackers.push_back(url);
            params.tracker_tiers.resize(params.trackers.size(), 0);
        }
        const std::shared_ptr<lt::torrent_info> info = params.ti;
        if (info) require_certificate(*info, profile_);
        // Before libtorrent has it: it takes the layers out.
        const bool lacks_layers = info && lacks_piece_layers(*info);
        lt::error_code error;
        const lt::torrent_handle handle = session_.add_torrent(std::move(params), error);
        if (error == lt::errors::duplicate_torrent)
            throw Error(ExitCode::kFailed, spec.label, "the same torrent is here already");
        if (error) throw refused(spec, error);
        if (info) show_certificate(handle, *info, profile_);
        // Peers in the parameters would wait for the next round of connecting (libtorrent 2.0.9 dials them).
        for (const Endpoint& peer : spec.peers) handle.connect_peer(to_libtorrent(peer));
        const TorrentId id = next_id_++;
        torrents_[id] = handle;
        ids_[handle] = id;
        if (spec.manifest.empty()) unapproved_.insert(id);
        if (lacks_layers) await_layers(id);
        return id;
    }

    void approve(TorrentId id) {
        forget_unapproved(id);
        at(id).unset_flags(lt::torrent_flags::upload_mode);
    }

    void retry(TorrentId id) {
        at(id).clear_error();
        // A full disk turns it on, and nothing but this turns it off again.
        if (unapproved_.count(id) == 0) at(id).unset_flags(lt::torrent_flags::upload_mode);
        at(id).resume();
    }

    void remove(TorrentId id, bool delete_content) {
        const lt::torrent_handle handle = at(id);
        forget_unapproved(id);
        layer_waits_.erase(id);
        ids_.erase(handle);
        torrents_.erase(id);
        session_.remove_torrent(handle,
                                delete_content ? lt::session_handle::delete_files : lt::remove_flags_t{});
    }

    std::vector<Event> wait(std::chrono::milliseconds timeout, int wake_fd) {
        std::vector<lt::alert*> alerts;
        session_.pop_alerts(&alerts);
        if (alerts.empty()) {
            wake_up_.wait(std::min(timeout, until_layers_are_due()), wake_fd);
            session_.pop_alerts(&alerts);
        }
        std::vector<Event> events;
        for (const lt::alert* alert : alerts) take(*alert, events);
        poll_layers(events);
        keep_out();
        for (DamagedPiece& damaged : damage_->take()) {
            const auto id = id_of(damaged.torrent);
            if (!id) continue;
            PieceRejected event{*id, damaged.piece, {}};
            for (auto& sender : damaged.senders)
                event.senders.push_back({sender.peer, std::move(sender.client), sender.banned});
            events.emplace_back(std::move(event));
        }
        return events;
    }

    [[nodiscard]] const lt::torrent_handle& at(TorrentId id) const { return torrents_.at(id); }
    lt::session& native() { return session_; }
    [[nodiscard]] const disk::DiskTimes& disk_times() const { return *disk_times_; }
    [[nodiscard]] const NetworkProfile& network() const { return network_; }
    [[nodiscard]] std::uint64_t limit_down() const { return profile_.limit_down; }
    [[nodiscard]] std::uint64_t limit_up() const { return profile_.limit_up; }
    void limit_peers(TorrentId id, int peers) {
        // libtorrent's limit is for dialling; the peer classes allow more of those who dial us.
        at(id).set_max_connections(std::max(1, peers * 100 / network_.incoming_percent));
    }
    void limit(std::uint64_t down, std::uint64_t up, int peers) {
        profile_.limit_down = down;
        profile_.limit_up = up;
        lt::settings_pack settings;
        settings.set_int(lt::settings_pack::download_rate_limit, native_rate(down));
        settings.set_int(lt::settings_pack::upload_rate_limit, native_rate(up));
        settings.set_int(lt::settings_pack::connections_limit, peers);
        session_.apply_settings(std::move(settings));
    }
    /// libtorrent does not count those among the seeds.
    [[nodiscard]] int rationing_origins(TorrentId id) const {
        return fan_out_.rationing_origins(at(id).info_hashes());
    }

  private:
    using Clock = std::chrono::steady_clock;

    /// A torrent whose piece layers are on their way. libtorrent says nothing when the last one has come, and
    /// asking copies the metadata: more and more rarely where nobody sends them.
    struct LayerWait {
        Clock::time_point due;
        std::chrono::milliseconds pause{100};
    };

    /// Whatever goes wrong with one alert is the trouble of its torrent.
    void take(const lt::alert& alert, std::vector<Event>& events) {
        const auto find = [this](const lt::torrent_handle& handle) { return id_of(handle); };
        try {
            auto event = translate(alert, find);
            if (!event) return;
            if (auto* const changed = std::get_if<ActivityChanged>(&*event)) add_rationing_origins(*changed);
            if (const auto* const metadata = std::get_if<MetadataReceived>(&*event)) {
                const auto info = at(metadata->torrent).torrent_file();
                if (info && lacks_piece_layers(*info)) await_layers(metadata->torrent);
            }
            events.push_back(std::move(*event));
        } catch (const std::exception& failure) {
            const auto* const of_torrent = dynamic_cast<const lt::torrent_alert*>(&alert);
            const auto id = of_torrent == nullptr ? std::nullopt : find(of_torrent->handle);
            if (id) {
                events.push_back(TorrentFailed{*id, {}, 0, failure.what()});
            } else {
                log::error("an event of the session is lost",
                           {{"event", alert.what()}, {"why", failure.what()}});
            }
        }
    }

    void add_rationing_origins(ActivityChanged& changed) const {
        for (TorrentActivity& torrent : changed.torrents) {
            try {
                torrent.seeds += rationing_origins(torrent.torrent);
            } catch (const lt::system_error&) {
                continue;  // it is gone from the session: there is nothing to count
            }
        }
    }

    void keep_out() {
        const Clock::time_point now = Clock::now();
        bool changed = false;
        for (const auto& [address, duration] : blocks_->take()) {
            blocked_[address] = now + duration;
            changed = true;
        }
        for (auto it = blocked_.begin(); it != blocked_.end();) {
            const bool over = it->second <= now;
            changed = changed || over;
            it = over ? blocked_.erase(it) : std::next(it);
        }
        if (!changed) return;
        lt::ip_filter filter = filter_for(profile_.peers_from);
        for (const auto& [address, until] : blocked_) {
            const lt::address one = lt::make_address(address);
            filter.add_rule(one, one, lt::ip_filter::blocked);
        }
        session_.set_ip_filter(filter);
        log::debug("addresses that only took places are kept out",
                   {{"count", std::to_string(blocked_.size())}});
    }

    void await_layers(TorrentId id) { layer_waits_[id].due = Clock::now(); }

    [[nodiscard]] std::chrono::milliseconds until_layers_are_due() const {
        auto left = std::chrono::milliseconds::max();
        for (const auto& [id, wait] : layer_waits_) {
            const auto due = std::chrono::ceil<std::chrono::milliseconds>(wait.due - Clock::now());
            left = std::min(left, std::max(due, std::chrono::milliseconds(0)));
        }
        return left;
    }

    void poll_layers(std::vector<Event>& events) {
        constexpr std::chrono::milliseconds kLongestPause{5000};
        const Clock::time_point now = Clock::now();
        for (auto it = layer_waits_.begin(); it != layer_waits_.end();) {
            auto& [id, wait] = *it;
            if (wait.due > now) {
                ++it;
                continue;
            }
            wait.due = now + wait.pause;
            wait.pause = std::min(2 * wait.pause, kLongestPause);
            try {
                const auto info = at(id).torrent_file_with_hashes();
                if (!info || lacks_piece_layers(*info)) {
                    ++it;
                    continue;
                }
                events.push_back(PieceLayersReceived{id, piece_layers_of(*info)});
            } catch (const std::exception& failure) {
                events.push_back(TorrentFailed{id, {}, 0, failure.what()});
            }
            it = layer_waits_.erase(it);
        }
    }

    /// libtorrent would close the connections to seeds of a torrent that downloads nothing yet.
    void keep_idle_connections(bool keep) {
        lt::settings_pack settings;
        settings.set_bool(lt::settings_pack::close_redundant_connections, !keep);
        session_.apply_settings(std::move(settings));
    }

    void forget_unapproved(TorrentId id) {
        if (unapproved_.erase(id) > 0 && unapproved_.empty()) keep_idle_connections(false);
    }

    std::optional<TorrentId> id_of(const lt::torrent_handle& handle) const {
        const auto found = ids_.find(handle);
        return found == ids_.end() ? std::nullopt : std::optional(found->second);
    }

    WakeUp wake_up_;
    std::shared_ptr<disk::DiskTimes> disk_times_ = std::make_shared<disk::DiskTimes>();
    SessionProfile profile_;
    const NetworkProfile& network_;
    FanOut fan_out_;
    std::shared_ptr<BlockLog> blocks_ = std::make_shared<BlockLog>();
    std::map<std::string, Clock::time_point> blocked_;
    std::shared_ptr<DamageLog> damage_ = std::make_shared<DamageLog>();
    std::set<TorrentId> unapproved_;
    std::map<TorrentId, LayerWait> layer_waits_;
    TorrentId next_id_ = 1;
    std::map<TorrentId, lt::torrent_handle> torrents_;
    std::unordered_map<lt::torrent_handle, TorrentId> ids_;
    lt::session session_;
};

Swarm::Swarm(const SessionProfile& profile) : session_(std::make_unique<Session>(profile)) {}
Swarm::~Swarm() = default;

TorrentId Swarm::add(const TorrentSpec& spec) {
    return session_->add(spec);
}
void Swarm::approve(TorrentId torrent) {
    session_->approve(torrent);
}
void Swarm::remove(TorrentId torrent, bool delete_content) {
    session_->remove(torrent, delete_content);
}
std::vector<Event> Swarm::wait(std::chrono::milliseconds timeout, int wake_fd) {
    return session_->wait(timeout, wake_fd);
}

TorrentStatus Swarm::status(TorrentId torrent) const {
    TorrentStatus status = status_of(session_->at(torrent));
    status.rationing_origins = session_->rationing_origins(torrent);
    status.seeds += status.rationing_origins;
    status.limits_down.session = session_->limit_down();
    status.limits_up.session = session_->limit_up();
    return status;
}

void Swarm::dial(TorrentId torrent, const std::vector<Endpoint>& peers) {
    for (const Endpoint& peer : peers) session_->at(torrent).connect_peer(to_libtorrent(peer));
}
void Swarm::flush(TorrentId torrent) {
    session_->at(torrent).flush_cache();
}
void Swarm::request_resume_data(TorrentId torrent) {
    session_->at(torrent).save_resume_data(lt::torrent_handle::flush_disk_cache);
}
void Swarm::reannounce(TorrentId torrent) {
    const lt::torrent_handle& handle = session_->at(torrent);
    handle.force_reannounce(0, -1,
                            session_->network().ignore_tracker_minimum
                                ? lt::torrent_handle::ignore_min_interval
                                : lt::reannounce_flags_t{});
    handle.force_dht_announce();
    handle.force_lsd_announce();
}
void Swarm::pause(TorrentId torrent) {
    session_->at(torrent).pause();
}
void Swarm::retry(TorrentId torrent) {
    session_->retry(torrent);
}
void Swarm::hold(TorrentId torrent) {
    session_->at(torrent).set_flags(lt::torrent_flags::upload_mode);
}

void Swarm::request_activity() {
    session_->native().post_torrent_updates({});
}
void Swarm::limit(TorrentId torrent, std::uint64_t down, std::uint64_t up) {
    session_->at(torrent).set_download_limit(native_rate(down));
    session_->at(torrent).set_upload_limit(native_rate(up));
}
void Swarm::limit_peers(TorrentId torrent, int peers) {
    session_->limit_peers(torrent, peers);
}
void Swarm::limit_session(std::uint64_t down, std::uint64_t up, int peers) {
    session_->limit(down, up, peers);
}
void Swarm::recheck(TorrentId torrent) {
    session_->at(torrent).force_recheck();
}
void Swarm::move(TorrentId torrent, const std::filesystem::path& folder) {
    session_->at(torrent).move_storage(folder.string(), lt::move_flags_t::fail_if_exist);
}
void Swarm::place_files(TorrentId torrent, const std::map<std::uint32_t, std::string>& paths) {
    const lt::torrent_handle& handle = session_->at(torrent);
    const auto info = handle.torrent_file();
    if (!info) return;
    const std::vector<lt::file_index_t> files = content_files(info->files());
    for (const auto& [number, path] : paths) handle.rename_file(files.at(number), path);
}
void Swarm::choose_files(TorrentId torrent, const std::vector<std::int8_t>& choices) {
    const auto info = session_->at(torrent).torrent_file();
    if (info) session_->at(torrent).prioritize_files(file_priorities(info->files(), choices));
}
void Swarm::add_web_seed(TorrentId torrent, const std::string& url) {
    session_->at(torrent).add_url_seed(url);
}
void Swarm::remove_web_seed(TorrentId torrent, const std::string& url) {
    session_->at(torrent).remove_url_seed(url);
}
void Swarm::remove_web_seeds(TorrentId torrent) {
    const lt::torrent_handle handle = session_->at(torrent);
    for (const std::string& url : handle.url_seeds()) handle.remove_url_seed(url);
}
void Swarm::set_trackers(TorrentId torrent, const std::vector<std::vector<std::string>>& tiers) {
    replace_trackers(session_->at(torrent), tiers);
}
DiskCounts Swarm::disk_counts() const {
    const disk::DiskTimes& times = session_->disk_times();
    return {times.piece_hash.counts(), times.write.counts()};
}
std::vector<PeerDetail> Swarm::peer_details(TorrentId torrent) const {
    return peers_of(session_->at(torrent));
}
std::vector<TrackerDetail> Swarm::tracker_details(TorrentId torrent) const {
    return trackers_of(session_->at(torrent));
}
std::vector<std::uint64_t> Swarm::file_progress(TorrentId torrent) const {
    return content_file_progress(session_->at(torrent));
}
std::vector<bool> Swarm::have(TorrentId torrent) const {
    const lt::torrent_status status = session_->at(torrent).status(lt::torrent_handle::query_pieces);
    std::vector<bool> have;
    for (const bool piece : status.pieces) have.push_back(piece);
    return have;
}

}  // namespace shoal::client
