#pragma once

#include <cstdint>
#include <functional>
#include <libtorrent/extensions.hpp>
#include <libtorrent/peer_connection_handle.hpp>
#include <libtorrent/torrent_handle.hpp>
#include <libtorrent/torrent_status.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "client/swarm/plugin/fan_out.hpp"
#include "client/swarm/policy/choke_grace.hpp"
#include "client/swarm/policy/pulse.hpp"
#include "client/swarm/policy/ration.hpp"

namespace shoal::client {

/// What other threads may see of a torrent.
struct FanOutView {
    std::mutex mutex;
    std::optional<policy::Ration::Status> ration;
    int rationing_origins = 0;  ///< connected; they hide what they have
    double pieces_sent = 0;     ///< since the session looked
};

/// One torrent's part of the plugin: the origin's ration, or the leecher's links to rationing origins. All of
/// it runs on libtorrent's network thread.
class TorrentPolicy : public libtorrent::torrent_plugin, public std::enable_shared_from_this<TorrentPolicy> {
  public:
    using Connection = libtorrent::peer_connection_handle;

    TorrentPolicy(libtorrent::torrent_handle torrent, const FanOutOptions& options, policy::OriginId self,
                  std::uint64_t seed, std::shared_ptr<FanOutView> view);

    /// @param call  with the pieces a second that came since the first block, before the others can ask for
    ///              the first piece
    void on_first_piece(std::function<void(double)> call) { on_first_piece_ = std::move(call); }

    std::shared_ptr<libtorrent::peer_plugin> new_connection(const Connection& connection) override;
    void on_files_checked() override;
    void on_piece_pass(libtorrent::piece_index_t piece) override;
    void on_state(libtorrent::torrent_status::state_t state) override;
    void tick() override;

    /// What is now, for the policy: read once an event.
    [[nodiscard]] static policy::TimePoint now() { return policy::TimePoint::clock::now(); }

    // The origin's side, called by OriginPeer.
    [[nodiscard]] policy::Ration* ration() { return ration_.get(); }
    [[nodiscard]] policy::OriginId self() const { return self_; }
    policy::PeerId add_peer(const Connection& connection, policy::Ration::Kind kind, bool told,
                            std::uint8_t dont_have_id, std::string_view rack);
    void remove_peer(policy::PeerId peer);
    /// Sends what the ration decided. Not from within libtorrent's sending of a block: a choke there would
    /// change the queue that it walks.
    void act();

    // The leecher's side, called by LeecherPeer.
    /// A block came from a shoal peer.
    void received_block(int bytes) {
        if (!first_block_) first_block_ = now();
        received_ += bytes;
    }
    /// @param origin  nothing: the connection ended or was released
    void origin_is(const Connection& connection, std::uint8_t message_id,
                   std::optional<policy::OriginId> origin);
    /// An origin would show pieces that are never fetched to a leecher of some files only.
    [[nodiscard]] bool wants_everything() const;
    [[nodiscard]] policy::TimePoint idle_since() const { return idle_since_; }
    void reconnect_as_standard(const Connection& connection);

    /// A shoal peer came, or went.
    void met() { ++met_; }
    void parted() { --met_; }
    /// One of them wants what we have, or no longer.
    void wanted() { ++wanted_; }
    void unwanted() { --wanted_; }
    /// Who downloads keeps its uplink for its own neighbours while they wait (see StandardPeer); who is
    /// complete serves everybody.
    [[nodiscard]] bool own_neighbours_wait() const { return downloads_ && wanted_ > 0; }
    /// One of them sent a HAVE. @return how many did so far
    std::uint64_t heard_have() { return ++haves_; }
    [[nodiscard]] std::uint64_t haves() const { return haves_; }
    /// Whether one of them says nothing any more, though the others do.
    [[nodiscard]] bool silent(const policy::Pulse& pulse) const {
        return pulse.stopped(now(), haves_, options_.neighbour_silence);
    }
    /// Whether one that goes on asking after a choke may stay.
    [[nodiscard]] bool forgives(const policy::ChokeGrace& grace) const {
        return grace.covers(now(), met_, options_.neighbours.connections);
    }

    [[nodiscard]] const std::string& rack() const { return options_.rack; }
    /// A peer that gets its content as we do, and whose rack is known. @return what to call it
    policy::PeerId neighbour(const Connection& connection, std::string_view rack);
    void neighbour_left(policy::PeerId peer) { neighbours_.left(peer); }
    /// Too many connections leave our rack, and this is one of them.
    [[nodiscard]] bool neighbour_is_too_many(policy::PeerId peer) const;

  private:
    struct Peer {
        Connection connection;
        bool told;                  ///< that this origin rations
        std::uint8_t dont_have_id;  ///< 0: it has no lt_donthave
    };
    struct Origin {
        Connection connection;
        std::uint8_t message_id;
        policy::OriginId id;
    };

    void tell_origins();
    /// @param connections  that the torrent has
    void limit_dialling(int connections);
    [[nodiscard]] std::uint32_t group_of(std::string_view rack);
    void publish(double pieces_sent = 0);
    /// Since the last call. @param uploaded  bytes of content, ever
    [[nodiscard]] double pieces_sent(std::int64_t uploaded);

    libtorrent::torrent_handle torrent_;
    FanOutOptions options_;
    policy::OriginId self_;
    std::uint64_t seed_;
    policy::RackNeighbours neighbours_;
    std::uint32_t met_ = 0;     ///< shoal peers, now
    std::uint32_t wanted_ = 0;  ///< by so many of them
    std::uint64_t haves_ = 0;   ///< of shoal peers
    std::set<libtorrent::peer_id> mates_seen_;
    int most_connections_ = 0;  ///< what others than we set
    int dials_until_ = 0;       ///< connections; what we set
    std::shared_ptr<FanOutView> view_;
    std::function<void(double)> on_first_piece_;  ///< until it was called
    std::optional<policy::TimePoint> first_block_;
    std::int64_t received_ = 0;  ///< bytes since then
    bool complete_from_start_ = false;
    bool checked_ = false;
    bool rations_ = false;
    bool downloads_ = false;
    /// From the first connection on: most torrents of a daemon idle.
    std::unique_ptr<policy::Ration> ration_;
    std::unordered_map<policy::PeerId, Peer> peers_;
    policy::PeerId next_peer_ = 1;
    std::map<std::string, std::uint32_t, std::less<>> groups_;  ///< racks, in the order they were heard of
    std::vector<Origin> origins_;
    std::set<libtorrent::address> distrusted_;
    policy::TimePoint idle_since_;
    std::int64_t uploaded_ = 0;  ///< bytes
};

}  // namespace shoal::client
