#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "client/daemon/session_view.hpp"
#include "client/daemon/state_store.hpp"
#include "client/daemon/torrents/state_health.hpp"

namespace shoal::daemon {

/// What survives of the session as a whole: settings that the control port changed, totals, and the numbers
/// that torrents get. session.json while the daemon runs.
class SessionState {
  public:
    using Clock = std::function<std::int64_t()>;  ///< seconds since 1970

    SessionState(StateStore& store, StateHealth& health, Clock clock);

    /// Was the machine started again since, without a stop of the daemon?
    /// @param boot  see EngineOptions
    [[nodiscard]] bool power_failed(const std::string& boot) const;
    /// When the run before this was known to be alive.
    [[nodiscard]] std::int64_t alive_at() const { return record_.alive_at; }
    /// All torrents are loaded: from now on it is this run that may be interrupted.
    void begin(const std::string& boot);
    /// Of all runs; what is changed later wins.
    [[nodiscard]] const SessionChange& changes() const { return record_.changes; }
    void change(const SessionChange& change);
    /// A number that no torrent had before, also not before a restart. @throws Error where it can't be saved
    TorrentNumber take_number();
    /// There is a torrent of that number.
    void number_is_taken(TorrentNumber number);
    /// Bytes.
    void count_transfer(std::uint64_t downloaded, std::uint64_t uploaded);
    void count_files(std::uint64_t added);
    [[nodiscard]] SessionTotals current() const;     ///< of this run
    [[nodiscard]] SessionTotals cumulative() const;  ///< of all runs
    /// Failures go to the StateHealth. @param ending  nothing is added any more
    void save(bool ending = false);

  private:
    [[nodiscard]] std::uint64_t seconds_since(std::int64_t begin) const;

    StateStore& store_;
    StateHealth& health_;
    Clock clock_;
    SessionRecord record_;
    TorrentNumber reserved_ = 0;  ///< numbers below it are spoken for in session.json
    SessionTotals current_;
    SessionTotals counted_;  ///< of `current_`, what `record_` has
    std::int64_t started_at_;
    std::int64_t counted_at_;
};

}  // namespace shoal::daemon
