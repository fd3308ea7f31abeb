#include <algorithm>

#include "client/daemon/swarm_engine.hpp"
#include "client/daemon/swarm_engine_entry.hpp"
#include "client/swarm/swarm.hpp"
#include "common/error.hpp"
#include "common/log.hpp"

namespace shoal::daemon {
namespace {

constexpr std::size_t kSavesAtOnce = 64;  // resume data under way: bounds the memory they take

}  // namespace

void SwarmEngine::touch(Entry& entry) {
    dirty_.insert(entry.record.number);
}

void SwarmEngine::touch_soon(Entry& entry) {
    overdue_.insert(entry.record.number);
}

void SwarmEngine::save_now(Entry& entry) {
    touch_soon(entry);
    save_some();
}

void SwarmEngine::save_all() {
    overdue_.insert(dirty_.begin(), dirty_.end());
    dirty_.clear();
    save_some();
}

void SwarmEngine::save_some() {
    for (auto it = overdue_.begin(); it != overdue_.end() && saving_.size() < kSavesAtOnce;
         it = overdue_.erase(it)) {
        Entry& entry = *entries_.at(*it);
        guarded(entry, [&] {
            // What a check has found so far is less than what is saved already.
            if (!entry.has_metadata || entry.swarm_id == 0 || entry.checking())
                return store_record(entry, nullptr);
            if (saving_.count(*it) > 0) return;
            swarm_.request_resume_data(entry.swarm_id);
            saving_.insert(*it);
        });
    }
}

TorrentRecord SwarmEngine::as_saved(const Entry& entry) const {
    TorrentRecord record = entry.record;
    const TorrentView seen = view(record.number);
    record.uploaded = seen.uploaded;
    record.downloaded = seen.downloaded;
    record.corrupt = seen.corrupt;
    record.seconds_downloading = seen.seconds_downloading;
    record.seconds_seeding = seen.seconds_seeding;
    return record;
}

void SwarmEngine::store_record(Entry& entry, const client::ResumeDataReady* resume) {
    const TorrentNumber number = entry.record.number;
    saving_.erase(number);
    TorrentRecord record = as_saved(entry);
    try {
        if (resume != nullptr) {
            record.have = resume->have;
            record.swarm_state = resume->swarm_state;
        } else if (entry.swarm_id != 0 && entry.has_metadata) {
            TorrentRecord before = store_.load(number).value_or(TorrentRecord{});
            record.have = std::move(before.have);
            record.swarm_state = std::move(before.swarm_state);
        }
        store_.save(record);
        unsaved_.erase(number);
        state_written();
    } catch (const Error& error) {
        dirty_.insert(number);
        unsaved_.insert(number);
        state_failed(error.what());
    }
}

void SwarmEngine::save_session(bool ending) {
    record_.totals.seconds_active +=
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, clock_() - totals_at_));
    totals_at_ = clock_();
    record_.totals.uploaded += current_.uploaded - counted_.uploaded;
    record_.totals.downloaded += current_.downloaded - counted_.downloaded;
    counted_ = current_;
    try {
        SessionRecord saved = record_;
        if (!ending) saved.next_number = std::max(record_.next_number, reserved_);
        store_.save(saved);
        session_unsaved_ = false;
        state_written();
    } catch (const Error& error) {
        session_unsaved_ = true;
        state_failed(error.what());
    }
}

void SwarmEngine::state_failed(const std::string& why) {
    ++state_failures_;
    // A full disk stays full for a while: once is enough in the log, the metric counts the rest.
    if (state_trouble_.empty()) log::error("cannot save the state, will try again", {{"why", why}});
    state_trouble_ = "cannot save the state: " + why;
}

void SwarmEngine::state_written() {
    if (state_trouble_.empty() || session_unsaved_ || !unsaved_.empty()) return;
    state_trouble_.clear();
    log::info("the state is saved again");
}

}  // namespace shoal::daemon
