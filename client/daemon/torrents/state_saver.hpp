#pragma once

#include <cstdint>
#include <functional>
#include <unordered_set>

#include "client/daemon/state_store.hpp"
#include "client/daemon/torrents/state_health.hpp"
#include "client/daemon/torrents/torrent_table.hpp"

namespace shoal::client {
class Swarm;
struct ResumeDataReady;
}  // namespace shoal::client

namespace shoal::daemon {

/// Saves torrents that changed. What the swarm knows of a torrent is asked for first and comes as an event,
/// of so many at once only. A save that fails is tried again, and told to the StateHealth.
class StateSaver {
  public:
    using Clock = std::function<std::int64_t()>;  ///< seconds since 1970

    StateSaver(TorrentTable& torrents, StateStore& store, StateHealth& health, client::Swarm& swarm,
               TorrentGuard guard, Clock clock);

    /// Saved with the next round.
    void touch(const Torrent& torrent);
    /// Saved within a second or so: somebody chose it, and counts on it.
    void touch_soon(const Torrent& torrent);
    /// Asked for at once, so that a daemon that is killed a moment later finds it.
    void save_now(const Torrent& torrent);
    /// Begins a round: all that changed.
    void save_all();
    /// Goes on with the round.
    void save_some();
    /// Is the round over?
    [[nodiscard]] bool idle() const { return asked_.empty() && overdue_.empty(); }
    /// Before it returns. What is saved already of the swarm's knowledge stays.
    void write(const Torrent& torrent);
    /// With the swarm's answer.
    void write(const Torrent& torrent, const client::ResumeDataReady& resume);
    /// The swarm has no answer: what is saved already stays.
    void no_answer(const Torrent& torrent) { asked_.erase(torrent.number()); }
    void forget(TorrentNumber number);

  private:
    /// @param keep_swarm_state  what is saved of the swarm's knowledge stays
    void save(TorrentRecord record, bool keep_swarm_state);

    TorrentTable& torrents_;
    StateStore& store_;
    StateHealth& health_;
    client::Swarm& swarm_;
    TorrentGuard guard_;
    Clock clock_;
    std::unordered_set<TorrentNumber> changed_;  ///< to be saved in the next round
    std::unordered_set<TorrentNumber> overdue_;  ///< to be saved in this round
    std::unordered_set<TorrentNumber> asked_;    ///< whose state the swarm was asked for
};

}  // namespace shoal::daemon
