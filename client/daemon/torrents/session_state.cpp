#include "client/daemon/torrents/session_state.hpp"

#include <algorithm>
#include <utility>

#include "client/daemon/session_change.hpp"
#include "common/error.hpp"

namespace shoal::daemon {

SessionState::SessionState(StateStore& store, StateHealth& health, Clock clock)
    : store_(store),
      health_(health),
      clock_(std::move(clock)),
      record_(store.load_session()),
      started_at_(clock_()),
      counted_at_(started_at_) {
    current_.sessions = 1;
    ++record_.totals.sessions;
}

bool SessionState::power_failed(const std::string& boot) const {
    return !record_.boot.empty() && !boot.empty() && record_.boot != boot;
}

void SessionState::begin(const std::string& boot) {
    record_.boot = boot;
    save();
}

void SessionState::change(const SessionChange& change) {
    merge(change, record_.changes);
}

TorrentNumber SessionState::take_number() {
    // Saved before it is used, since a number that is used twice would mix up two torrents' files; many at
    // once, since a save waits for the disk.
    constexpr TorrentNumber kReserve = 64;
    if (record_.next_number >= reserved_) {
        SessionRecord saved = record_;
        saved.next_number += kReserve;
        store_.save(saved);
        reserved_ = saved.next_number;
    }
    return record_.next_number++;
}

void SessionState::number_is_taken(TorrentNumber number) {
    record_.next_number = std::max(record_.next_number, number + 1);
}

void SessionState::count_transfer(std::uint64_t downloaded, std::uint64_t uploaded) {
    current_.downloaded += downloaded;
    current_.uploaded += uploaded;
}

void SessionState::count_files(std::uint64_t added) {
    current_.files_added += added;
    record_.totals.files_added += added;
}

std::uint64_t SessionState::seconds_since(std::int64_t begin) const {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, clock_() - begin));
}

SessionTotals SessionState::current() const {
    SessionTotals totals = current_;
    totals.seconds_active = seconds_since(started_at_);
    return totals;
}

SessionTotals SessionState::cumulative() const {
    SessionTotals totals = record_.totals;
    totals.uploaded += current_.uploaded - counted_.uploaded;
    totals.downloaded += current_.downloaded - counted_.downloaded;
    totals.seconds_active += seconds_since(counted_at_);
    return totals;
}

void SessionState::save(bool ending) {
    record_.totals = cumulative();
    counted_at_ = clock_();
    counted_ = current_;
    try {
        record_.alive_at = clock_();
        SessionRecord saved = record_;
        if (ending) saved.boot.clear();
        if (!ending) saved.next_number = std::max(record_.next_number, reserved_);
        store_.save(saved);
        health_.session_written();
    } catch (const Error& error) {
        health_.session_failed(error.what());
    }
}

}  // namespace shoal::daemon
