#include "client/swarm/plugin/torrent_policy.hpp"

#include <algorithm>
#include <chrono>
#include <libtorrent/download_priority.hpp>
#include <libtorrent/torrent_info.hpp>
#include <libtorrent/torrent_status.hpp>

#include "client/swarm/plugin/connection.hpp"
#include "client/swarm/plugin/leecher_peer.hpp"
#include "client/swarm/plugin/origin_peer.hpp"
#include "client/swarm/plugin/standard_peer.hpp"
#include "client/swarm/plugin/wire.hpp"

namespace shoal::client {
namespace lt = libtorrent;

namespace {

policy::Layout layout_of(const lt::torrent_info& info) {
    const auto last = info.last_piece();
    return {static_cast<std::uint32_t>(info.num_pieces()), static_cast<std::uint32_t>(info.piece_length()),
            static_cast<std::uint32_t>(info.piece_size(last))};
}

}  // namespace

TorrentPolicy::TorrentPolicy(lt::torrent_handle torrent, const FanOutOptions& options, policy::OriginId self,
                             std::uint64_t seed, std::shared_ptr<FanOutView> view)
    : torrent_(std::move(torrent)),
      options_(options),
      self_(self),
      seed_(seed),
      neighbours_(options.neighbours, now()),
      view_(std::move(view)),
      idle_since_(now()) {}

void TorrentPolicy::on_files_checked() {
    // A torrent that was downloaded here is checked once, before it is complete: it never rations.
    if (checked_) return;
    checked_ = true;
    idle_since_ = now();
    complete_from_start_ = torrent_.status(lt::status_flags_t{}).is_seeding;
    if (!complete_from_start_ || !options_.ration) return;
    const auto info = torrent_.torrent_file();
    rations_ = info != nullptr && info->num_pieces() > 1;
}

std::shared_ptr<lt::peer_plugin> TorrentPolicy::new_connection(const Connection& connection) {
    if (connection.type() != lt::connection_type::bittorrent) return nullptr;
    if (rations_) {
        if (ration_ == nullptr) {
            const auto info = torrent_.torrent_file();
            ration_ = std::make_unique<policy::Ration>(layout_of(*info), self_, seed_, options_.rationing);
            publish();
        }
        return std::make_shared<OriginPeer>(connection, weak_from_this());
    }
    if (complete_from_start_ || distrusted_.count(connection.remote().address()) != 0) return nullptr;
    if (options_.ration)
        Connection(connection).add_extension(std::make_shared<StandardPeer>(connection, weak_from_this()));
    return std::make_shared<LeecherPeer>(connection, weak_from_this());
}

policy::PeerId TorrentPolicy::add_peer(const Connection& connection, policy::Ration::Kind kind, bool told,
                                       std::uint8_t dont_have_id, std::string_view rack) {
    const policy::PeerId id = next_peer_++;
    peers_.emplace(id, Peer{connection, told, dont_have_id});
    ration_->peer_joined(id, kind, group_of(rack), now());
    act();
    return id;
}

std::uint32_t TorrentPolicy::group_of(std::string_view rack) {
    if (rack.empty()) return 0;
    const auto next = static_cast<std::uint32_t>(groups_.size() + 1);
    return groups_.try_emplace(std::string(rack), next).first->second;
}

void TorrentPolicy::remove_peer(policy::PeerId peer) {
    peers_.erase(peer);
    ration_->peer_left(peer, now());
    act();
}

void TorrentPolicy::act() {
    using What = policy::Ration::Action::What;
    for (const auto& action : ration_->take_actions()) {
        const auto found = peers_.find(action.peer);
        if (found == peers_.end()) continue;
        Peer& peer = found->second;
        if (peer.connection.native_handle() == nullptr || peer.connection.is_disconnecting()) continue;
        switch (action.what) {
            case What::kOffer:
                send(peer.connection, wire::have(action.piece));
                if (peer.connection.is_choked()) peer.connection.maybe_unchoke_this_peer();
                break;
            case What::kWithdraw:
                if (peer.dont_have_id != 0)
                    send(peer.connection, wire::dont_have(peer.dont_have_id, action.piece));
                break;
            case What::kRelease:
                if (peer.told) send(peer.connection, wire::have_all());
                break;
            case What::kChoke:
                peer.connection.choke_this_peer();
                break;
            case What::kUnchoke:
                peer.connection.maybe_unchoke_this_peer();
                break;
        }
    }
}

void TorrentPolicy::on_piece_pass(lt::piece_index_t) {
    idle_since_ = now();
    const auto info = torrent_.torrent_file();
    if (!first_block_ || !on_first_piece_ || info == nullptr) return;
    // A clock may be coarser than a piece.
    const auto took = std::max<policy::Duration>(now() - *first_block_, std::chrono::microseconds(100));
    const double pieces = static_cast<double>(received_) / info->piece_length();
    std::exchange(on_first_piece_, nullptr)(pieces / std::chrono::duration<double>(took).count());
}

void TorrentPolicy::on_state(lt::torrent_status::state_t state) {
    using Status = lt::torrent_status;
    downloads_ = state == Status::downloading || state == Status::downloading_metadata;
}

void TorrentPolicy::tick() {
    if (ration_ != nullptr) {
        ration_->tick(now());
        act();
    }
    const lt::torrent_status status = torrent_.status(lt::status_flags_t{});
    limit_dialling(status.num_connections);
    publish(pieces_sent(status.total_payload_upload));
}

policy::PeerId TorrentPolicy::neighbour(const Connection& connection, std::string_view rack) {
    using Dialled = policy::RackNeighbours::Dialled;
    const policy::PeerId id = next_peer_++;
    const bool mate = rack == options_.rack;
    const bool known = mate && !mates_seen_.insert(connection.pid()).second;
    neighbours_.joined(id, mate, connection.is_outgoing() ? Dialled::kByUs : Dialled::kByThem, known, now());
    return id;
}

bool TorrentPolicy::neighbour_is_too_many(policy::PeerId peer) const {
    const auto surplus = neighbours_.too_many();
    return std::find(surplus.begin(), surplus.end(), peer) != surplus.end();
}

void TorrentPolicy::limit_dialling(int connections) {
    if (options_.rack.empty() || complete_from_start_) return;
    // The limit belongs to whoever set it, and it is given back. Never below what there is, whose surplus
    // libtorrent would throw out: the origin too, which seems to have nothing for us.
    const int limit = torrent_.max_connections();
    if (limit != dials_until_) most_connections_ = limit;
    dials_until_ = most_connections_;
    if (neighbours_.settled(now()))
        dials_until_ = std::max(1, connections + static_cast<int>(neighbours_.missing()));
    if (dials_until_ != limit) torrent_.set_max_connections(dials_until_);
}

void TorrentPolicy::origin_is(const Connection& connection, std::uint8_t message_id,
                              std::optional<policy::OriginId> origin) {
    origins_.erase(std::remove_if(origins_.begin(), origins_.end(),
                                  [&](const Origin& o) { return o.connection == connection; }),
                   origins_.end());
    if (origin) origins_.push_back({connection, message_id, *origin});
    tell_origins();
}

bool TorrentPolicy::wants_everything() const {
    const auto priorities = torrent_.get_piece_priorities();
    return std::find(priorities.begin(), priorities.end(), lt::dont_download) == priorities.end();
}

void TorrentPolicy::tell_origins() {
    for (const Origin& to : origins_) {
        if (to.message_id == 0) continue;
        std::vector<policy::OriginId> others;
        for (const Origin& other : origins_) {
            if (other.id != to.id) others.push_back(other.id);
        }
        send(to.connection, wire::origins(to.message_id, others));
    }
}

void TorrentPolicy::reconnect_as_standard(const Connection& connection) {
    const lt::tcp::endpoint remote = connection.remote();
    distrusted_.insert(remote.address());
    const bool outgoing = connection.is_outgoing();
    hang_up(connection, lt::errors::timed_out_inactivity);
    // Of an incoming connection only the peer knows where it listens; the tracker will say.
    if (outgoing) torrent_.connect_peer(remote);
}

double TorrentPolicy::pieces_sent(std::int64_t uploaded) {
    const auto info = torrent_.torrent_file();
    if (info == nullptr) return 0;
    const std::int64_t since = uploaded - std::exchange(uploaded_, uploaded);
    return static_cast<double>(std::max<std::int64_t>(since, 0)) / info->piece_length();
}

void TorrentPolicy::publish(double pieces_sent) {
    const std::lock_guard lock(view_->mutex);
    view_->pieces_sent += pieces_sent;
    if (ration_ != nullptr) view_->ration = ration_->status();
    view_->rationing_origins = static_cast<int>(origins_.size());
}

}  // namespace shoal::client
