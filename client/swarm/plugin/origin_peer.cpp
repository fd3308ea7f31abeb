#include "client/swarm/plugin/origin_peer.hpp"

#include <libtorrent/bdecode.hpp>
#include <libtorrent/bitfield.hpp>
#include <libtorrent/entry.hpp>
#include <libtorrent/error_code.hpp>
#include <libtorrent/peer_request.hpp>
#include <vector>

#include "client/swarm/plugin/connection.hpp"
#include "client/swarm/plugin/rack_key.hpp"
#include "client/swarm/plugin/torrent_policy.hpp"
#include "client/swarm/plugin/wire.hpp"

namespace shoal::client {
namespace lt = libtorrent;

using Kind = policy::Ration::Kind;
using policy::PieceIndex;

void OriginPeer::add_handshake(lt::entry& handshake) {
    const auto torrent = torrent_.lock();
    if (torrent == nullptr) return;
    lt::entry& ours = handshake[lt::string_view(wire::kHandshakeKey.data(), wire::kHandshakeKey.size())];
    ours = lt::entry(lt::entry::dictionary_type{});
    told_ = !torrent->ration()->released();
    if (!told_) return;
    ours[std::string(wire::kRationKey)] = static_cast<std::int64_t>(torrent->self());
    handshake["m"][std::string(wire::kOriginsMessage)] = std::int64_t{wire::kOriginsId};
}

bool OriginPeer::on_extension_handshake(const lt::bdecode_node& handshake) {
    const auto torrent = torrent_.lock();
    if (torrent == nullptr) return false;
    const auto theirs = handshake.dict_find_dict(std::string(wire::kHandshakeKey));
    shoal_ = bool{theirs};
    if (shoal_) grace_.give();
    // It holds everything and hides it, as we do: nothing to ration between us. Leechers tell us about it.
    another_origin_ = shoal_ && theirs.dict_find_int(std::string(wire::kRationKey));
    if (another_origin_ || id_) return true;
    std::uint8_t dont_have = 0;
    if (const auto messages = handshake.dict_find_dict("m")) {
        dont_have = static_cast<std::uint8_t>(messages.dict_find_int_value("lt_donthave", 0));
    }
    id_ = torrent->add_peer(connection_, shoal_ ? Kind::kShoal : Kind::kStandard, told_, dont_have,
                            rack_key::of(theirs));
    return true;
}

std::shared_ptr<TorrentPolicy> OriginPeer::joined() {
    auto torrent = torrent_.lock();
    if (torrent == nullptr || another_origin_) return nullptr;
    // A peer without the extension protocol, or one that speaks before its extended handshake: not one of
    // ours.
    if (!id_) id_ = torrent->add_peer(connection_, Kind::kStandard, false, 0, {});
    return torrent;
}

void OriginPeer::on_disconnect(const lt::error_code&) {
    const auto torrent = torrent_.lock();
    if (torrent != nullptr && id_) torrent->remove_peer(*id_);
    id_.reset();
    another_origin_ = true;
}

bool OriginPeer::on_interested() {
    joined();
    return false;
}

bool OriginPeer::on_have(lt::piece_index_t piece) {
    const auto torrent = joined();
    if (torrent == nullptr) return false;
    torrent->ration()->peer_has(*id_, static_cast<PieceIndex>(static_cast<int>(piece)), TorrentPolicy::now());
    torrent->act();
    return false;
}

bool OriginPeer::on_dont_have(lt::piece_index_t piece) {
    const auto torrent = joined();
    if (torrent == nullptr) return false;
    torrent->ration()->peer_lost(*id_, static_cast<PieceIndex>(static_cast<int>(piece)),
                                 TorrentPolicy::now());
    torrent->act();
    return false;
}

bool OriginPeer::on_bitfield(const lt::bitfield& pieces) {
    const auto torrent = joined();
    if (torrent == nullptr) return false;
    std::vector<PieceIndex> theirs;
    for (int piece = 0; piece < pieces.size(); ++piece) {
        if (pieces[piece]) theirs.push_back(static_cast<PieceIndex>(piece));
    }
    torrent->ration()->peer_has(*id_, theirs, TorrentPolicy::now());
    torrent->act();
    return false;
}

bool OriginPeer::on_have_all() {
    const auto torrent = joined();
    if (torrent == nullptr) return false;
    torrent->ration()->peer_has_all(*id_, TorrentPolicy::now());
    torrent->act();
    return false;
}

bool OriginPeer::on_request(const lt::peer_request& request) {
    const auto torrent = joined();
    if (torrent == nullptr || static_cast<int>(request.piece) < 0 || request.start < 0 || request.length <= 0)
        return false;
    const auto piece = static_cast<PieceIndex>(static_cast<int>(request.piece));
    const auto answer = torrent->ration()->request(*id_, piece, TorrentPolicy::now());
    torrent->act();
    if (answer == policy::Ration::Answer::kYes) return false;
    if (!shoal_) {
        // libtorrent's own choker may have unchoked it since. It rejects the request itself once the peer is
        // choked.
        connection_.choke_this_peer();
        return false;
    }
    const std::string reject = wire::reject(piece, static_cast<std::uint32_t>(request.start),
                                            static_cast<std::uint32_t>(request.length));
    send(connection_, reject);
    return true;
}

void OriginPeer::sent_choke() {
    // Whom the ration chokes did nothing to deserve it.
    const auto torrent = torrent_.lock();
    if (torrent != nullptr && torrent->ration() != nullptr && !torrent->ration()->released()) grace_.give();
    grace_.choked(TorrentPolicy::now());
}

bool OriginPeer::can_disconnect(const lt::error_code& why) {
    if (why == lt::errors::too_many_requests_when_choked) return !grace_.covers(TorrentPolicy::now());
    // It asks for nothing because it was shown nothing: in a large swarm its next turn is more than
    // libtorrent's minute away.
    if (why != lt::errors::timed_out_no_request && why != lt::errors::timed_out_no_interest) return true;
    const auto torrent = torrent_.lock();
    return !shoal_ || torrent == nullptr || torrent->ration() == nullptr || torrent->ration()->released();
}

void OriginPeer::sent_piece(const lt::peer_request& block) {
    const auto torrent = torrent_.lock();
    if (torrent == nullptr || !id_) return;
    // What follows from it waits for the next event: see TorrentPolicy::act.
    torrent->ration()->sent(*id_, static_cast<PieceIndex>(static_cast<int>(block.piece)),
                            static_cast<std::uint32_t>(block.length), TorrentPolicy::now());
}

void OriginPeer::tick() {
    if (const auto torrent = torrent_.lock()) torrent->act();
}

bool OriginPeer::on_extended(int length, int message, lt::span<const char> body) {
    if (message != wire::kOriginsId) return false;
    const auto torrent = torrent_.lock();
    if (torrent == nullptr || !id_ || !shoal_) return true;
    if (body.size() < length) return true;
    const auto origins = wire::parse_origins({body.data(), static_cast<std::size_t>(body.size())});
    if (origins) {
        torrent->ration()->origins_reported(*id_, *origins, TorrentPolicy::now());
        torrent->act();
    }
    return true;
}

}  // namespace shoal::client
