#include "client/swarm/plugin/leecher_peer.hpp"

#include <algorithm>
#include <libtorrent/bdecode.hpp>
#include <libtorrent/entry.hpp>
#include <libtorrent/error_code.hpp>
#include <utility>

#include "client/swarm/plugin/connection.hpp"
#include "client/swarm/plugin/rack_key.hpp"
#include "client/swarm/plugin/torrent_policy.hpp"
#include "client/swarm/plugin/wire.hpp"

namespace shoal::client {
namespace lt = libtorrent;

void LeecherPeer::add_handshake(lt::entry& handshake) {
    const auto torrent = torrent_.lock();
    offered_ = torrent != nullptr && torrent->wants_everything();
    if (!offered_) return;
    lt::entry& ours = handshake[std::string(wire::kHandshakeKey)];
    ours = lt::entry(lt::entry::dictionary_type{});
    rack_key::add(ours, torrent->rack());
}

bool LeecherPeer::on_extension_handshake(const lt::bdecode_node& handshake) {
    const auto torrent = torrent_.lock();
    const auto theirs = handshake.dict_find_dict(std::string(wire::kHandshakeKey));
    if (torrent == nullptr || !theirs || !offered_) return false;
    // A second extended handshake (BEP 10 allows it) changes nothing here.
    if (met_) return true;
    met_ = true;
    torrent->met();
    grace_.give();
    const auto ration = theirs.dict_find_int(std::string(wire::kRationKey));
    if (!ration) {
        const std::string_view rack = rack_key::of(theirs);
        if (!rack.empty() && !torrent->rack().empty()) neighbour_ = torrent->neighbour(connection_, rack);
        return true;
    }
    link_.emplace(true, TorrentPolicy::now());
    std::uint8_t message = 0;
    if (const auto messages = handshake.dict_find_dict("m")) {
        message =
            static_cast<std::uint8_t>(messages.dict_find_int_value(std::string(wire::kOriginsMessage), 0));
    }
    torrent->origin_is(connection_, message, static_cast<policy::OriginId>(ration.int_value()));
    return true;
}

void LeecherPeer::on_disconnect(const lt::error_code&) {
    const auto torrent = torrent_.lock();
    if (torrent != nullptr && link_ && link_->rationed()) torrent->origin_is(connection_, 0, std::nullopt);
    if (torrent != nullptr && neighbour_) torrent->neighbour_left(*neighbour_);
    want(false);
    if (torrent != nullptr && met_) torrent->parted();
    met_ = false;
    neighbour_.reset();
    link_.reset();
}

void LeecherPeer::want(bool now) {
    const auto torrent = torrent_.lock();
    if (torrent == nullptr || !met_ || std::exchange(wanted_, now) == now) return;
    if (now) {
        torrent->wanted();
    } else {
        torrent->unwanted();
    }
}

bool LeecherPeer::on_interested() {
    want(true);
    return false;
}

bool LeecherPeer::on_not_interested() {
    want(false);
    return false;
}

bool LeecherPeer::on_cancel(const lt::peer_request&) {
    answered();
    return false;
}

void LeecherPeer::sent_piece(const lt::peer_request&) {
    answered();
}

void LeecherPeer::answered() {
    unanswered_ = std::max(unanswered_ - 1, 0);
}

void LeecherPeer::sent_have(lt::piece_index_t) {
    // libtorrent asks for more when a block or an UNCHOKE comes. A HAVE alone does not make it: not where it
    // is interested already, in a piece that it has asked others for.
    const bool idle = unanswered_ == 0 && !connection_.is_choked() && connection_.is_peer_interested();
    if (met_ && idle) send(connection_, wire::unchoke());
}

void LeecherPeer::sent_choke() {
    unanswered_ = 0;
    grace_.choked(TorrentPolicy::now());
}

void LeecherPeer::heard_have() {
    const policy::TimePoint now = TorrentPolicy::now();
    if (link_) link_->heard(now);
    const auto torrent = torrent_.lock();
    if (torrent != nullptr && met_) pulse_.beat(now, torrent->heard_have());
}

void LeecherPeer::heard() {
    const policy::TimePoint now = TorrentPolicy::now();
    if (link_) link_->heard(now);
    const auto torrent = torrent_.lock();
    if (torrent != nullptr && met_) pulse_.heard(now, torrent->haves());
}

bool LeecherPeer::on_have(lt::piece_index_t) {
    heard_have();
    return false;
}

bool LeecherPeer::on_request(const lt::peer_request&) {
    heard();
    if (!connection_.is_choked()) ++unanswered_;
    return false;
}

bool LeecherPeer::shown_everything() {
    if (!link_ || !link_->rationed()) return false;
    if (link_->swallow_have_all()) return true;
    if (const auto torrent = torrent_.lock()) torrent->origin_is(connection_, 0, std::nullopt);
    return false;
}

bool LeecherPeer::on_bitfield(const lt::bitfield&) {
    return shown_everything();
}

bool LeecherPeer::on_have_all() {
    return shown_everything();
}

bool LeecherPeer::on_allowed_fast(lt::piece_index_t) {
    return link_ && link_->swallow_shortcuts();
}

bool LeecherPeer::on_piece(const lt::peer_request& block, lt::span<const char>) {
    heard();
    if (const auto torrent = torrent_.lock(); torrent != nullptr && met_)
        torrent->received_block(block.length);
    return false;
}

bool LeecherPeer::silent(const TorrentPolicy& torrent) const {
    // An origin speaks when it is our turn, and who has all that it wants (BEP 21) has nothing more to say.
    if (link_ || connection_.is_seed() || connection_.upload_only()) return false;
    return torrent.silent(pulse_);
}

bool LeecherPeer::can_disconnect(const lt::error_code& why) {
    if (why == lt::errors::too_many_requests_when_choked) {
        const auto torrent = torrent_.lock();
        return torrent == nullptr || !torrent->forgives(grace_);
    }
    if (!link_ || !link_->keep()) return true;
    return why != lt::errors::uninteresting_upload_peer && why != lt::errors::timed_out_no_interest &&
           why != lt::errors::timed_out_no_request;
}

void LeecherPeer::tick() {
    const auto torrent = torrent_.lock();
    if (torrent == nullptr) return;
    if (neighbour_ && torrent->neighbour_is_too_many(*neighbour_)) {
        hang_up(connection_, lt::errors::too_many_connections);
        return;
    }
    if (silent(*torrent)) {
        hang_up(connection_, lt::errors::timed_out_inactivity);
        return;
    }
    // libtorrent fills slots that came free every few seconds.
    if (connection_.is_choked() && connection_.is_peer_interested()) connection_.maybe_unchoke_this_peer();
    if (!link_) return;
    if (link_->rationed() && !torrent->wants_everything()) {
        torrent->reconnect_as_standard(connection_);
        return;
    }
    if (link_->distrust(TorrentPolicy::now(), torrent->idle_since()))
        torrent->reconnect_as_standard(connection_);
}

}  // namespace shoal::client
