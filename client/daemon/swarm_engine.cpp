#include "client/daemon/swarm_engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <system_error>
#include <utility>

#include "client/content/existing_content.hpp"
#include "client/content/file_selection.hpp"
#include "client/content/letter_case.hpp"
#include "client/content/link_check.hpp"
#include "client/daemon/swarm_engine_entry.hpp"
#include "client/daemon/trouble_reason.hpp"
#include "client/source/magnet.hpp"
#include "client/swarm/swarm.hpp"
#include "common/error.hpp"
#include "common/log.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::daemon {
namespace {

namespace fs = std::filesystem;
using client::TorrentActivity;

constexpr std::int64_t kGoalsEvery = 5;      // seconds
constexpr std::int64_t kSessionEvery = 60;   // seconds between saves of the totals
constexpr std::int64_t kRemovedMemory = 60;  // seconds: what "recently" means to the protocol
constexpr std::int64_t kStateRetry = 5;      // seconds between attempts while the state folder is behind

}  // namespace

SwarmEngine::SwarmEngine(client::Swarm& swarm, StateStore& store, EngineOptions options, Clock clock,
                         LocalTime local_time)
    : swarm_(swarm),
      store_(store),
      clock_(std::move(clock)),
      local_time_(std::move(local_time)),
      record_(store.load_session()),
      started_at_(clock_()),
      totals_at_(started_at_),
      web_seed_watch_(options.web_seeds) {
    ++record_.totals.sessions;
    reconfigure(std::move(options));
}

SwarmEngine::~SwarmEngine() = default;

void SwarmEngine::load() {
    store_.remove_orphans();
    // One at a time: what all of them hold for the swarm is more than what stays.
    for (const TorrentNumber number : store_.torrents()) {
        record_.next_number = std::max(record_.next_number, number + 1);
        load_one(number);
    }
    finish_removals();
    log::info("torrents loaded", {{"count", std::to_string(entries_.size())}});
}

void SwarmEngine::load_one(TorrentNumber number) {
    auto record = store_.load(number);
    if (!record) return;  // set aside, and logged
    auto entry = std::make_unique<Entry>();
    entry->record = std::move(*record);
    Entry& inserted = insert(std::move(entry));
    // A torrent that fails here stays in the list with its trouble, so that nobody wonders where it went.
    if (inserted.record.removing) return;
    guarded(inserted, [&] {
        name_hashes(inserted, {inserted.record.hash});
        std::string manifest_bytes;
        try {
            manifest_bytes = store_.manifest(number).value_or("");
            if (!manifest_bytes.empty()) manifest::parse_manifest(manifest_bytes, inserted.record.name);
        } catch (const Error& failure) {
            store_.set_manifest_aside(number, failure.what());
            // Where there is a magnet link, peers have the metadata.
            if (inserted.record.magnet.empty()) throw;
            manifest_bytes.clear();
        }
        join_swarm(inserted, manifest_bytes);
    });
}

void SwarmEngine::guarded(Entry& entry, const std::function<void()>& step) {
    try {
        step();
    } catch (const std::exception& failure) {
        const std::string why = failure.what();
        try {
            local_trouble(entry, reason_of(failure), why);
        } catch (const std::exception& another) {
            log::error("torrent cannot be stopped",
                       {{"id", std::to_string(entry.record.number)}, {"why", why}, {"and", another.what()}});
        }
    }
}

SwarmEngine::Entry& SwarmEngine::insert(std::unique_ptr<Entry> entry) {
    const TorrentNumber number = entry->record.number;
    return *(entries_[number] = std::move(entry));
}

void SwarmEngine::name_hashes(Entry& entry, const std::vector<std::string>& hashes) {
    constexpr std::size_t kDigits = 40;  // as the protocol names a torrent: v2's is cut to the length of v1's
    for (const std::string& hash : hashes) {
        const std::string key = hash.substr(0, kDigits);
        if (key.empty()) continue;
        const auto [known, is_new] = by_hash_.emplace(key, entry.record.number);
        if (is_new) entry.hashes.push_back(key);
        if (known->second != entry.record.number)
            throw Error(ExitCode::kFailed, entry.record.name,
                        fmt::format("is the same torrent as number {}", known->second), "remove one of them");
    }
}

SwarmEngine::Entry& SwarmEngine::at(TorrentNumber torrent) {
    const auto found = entries_.find(torrent);
    if (found == entries_.end())
        throw Error(ExitCode::kFailed, "torrent " + std::to_string(torrent), "there is none of that number");
    return *found->second;
}

const SwarmEngine::Entry& SwarmEngine::at(TorrentNumber torrent) const {
    return const_cast<SwarmEngine*>(this)->at(torrent);
}

SwarmEngine::Entry* SwarmEngine::of_swarm(client::TorrentId id) {
    const auto found = by_swarm_id_.find(id);
    return found == by_swarm_id_.end() ? nullptr : entries_.at(found->second).get();
}

void SwarmEngine::join_swarm(Entry& entry, const std::string& manifest_bytes) {
    TorrentRecord& record = entry.record;
    if (record.displaced) {
        entry.activity.paused = true;
        const auto facts = facts_of(entry);
        entry.has_metadata = facts.has_value();
        throw Error(ExitCode::kFailed, place(entry).string(), "belongs to another torrent now",
                    "remove one of them, or give one another folder");
    }
    entry.activity = {};
    client::TorrentSpec spec;
    spec.label = record.name;
    spec.paused = !record.started;
    const client::Magnet magnet =
        record.magnet.empty() ? client::Magnet{} : client::parse_magnet(record.magnet);
    std::vector<std::string> hosts;
    for (const std::string& peer : magnet.peers) {
        if (const auto literal = Endpoint::parse(peer))
            spec.peers.push_back(*literal);
        else
            hosts.push_back(peer);
    }
    if (manifest_bytes.empty()) {
        if (record.magnet.empty())
            throw Error(ExitCode::kFailed, record.name, "its .torrent is missing from the state folder",
                        "add it again");
        spec.magnet = record.magnet;
        name_hashes(entry, {magnet.info_hash_v1, magnet.info_hash_v2});
    } else {
        const manifest::Manifest facts = manifest::parse_manifest(manifest_bytes, record.name);
        name_hashes(entry, {facts.info_hash_v1, facts.info_hash_v2});
        entry.has_metadata = true;
        entry.is_private = facts.is_private;
        entry.pieces = facts.piece_count;
        entry.piece_size = facts.piece_size;
        entry.files = static_cast<std::uint32_t>(std::count_if(facts.files.begin(), facts.files.end(),
                                                               [](const auto& file) { return !file.pad; }));
        entry.single_file = facts.single_file;
        entry.has_web_seeds = !facts.web_seeds.empty();
        entry.size = entry.activity.wanted = facts.total_size;
        record.name = facts.name;
        spec.manifest = client::asked_at_once(facts, manifest_bytes);
        // Bits of other content say nothing about this one.
        if (record.have.size() == facts.piece_count) spec.have = record.have;
        spec.swarm_state = record.swarm_state;
        // The swarm counts on from what its state says; what it reports beyond that belongs to this run.
        entry.activity.downloaded = spec.swarm_state.empty() ? 0 : record.downloaded;
        entry.activity.uploaded = spec.swarm_state.empty() ? 0 : record.uploaded;
        for (const std::int8_t choice : record.file_choices) spec.file_choices.push_back(choice);
        std::error_code error;
        if (!record.moving_to.empty()) find_moved(entry, spec);
        if (record.staged)
            find_delivered(entry, facts, spec);
        else
            find_placed(entry, facts);
        // Nothing may be downloaded under the final name, also where the content is lost.
        if (!record.staged && !client::is_there(place(entry))) {
            record.staged = true;
            record.foreign = false;
            record.placed.clear();
            spec.have.clear();
            record.have.clear();
            store_.save(record);
        }
        const bool begun = std::find(spec.have.begin(), spec.have.end(), true) != spec.have.end();
        const bool complete =
            begun && std::find(spec.have.begin(), spec.have.end(), false) == spec.have.end();
        // What is in its place already is not written to. Files that were chosen later come beside it.
        const std::vector<bool> whole = client::whole_files(facts, spec.have);
        if (begun && !record.staged && !record.foreign && record.placed.empty() &&
            !record.file_choices.empty() && record.done_at != 0)
            note_placed(entry, facts, whole);
        // What was lost comes again, beside the rest.
        if (!record.placed.empty() && !record.foreign)
            note_placed(entry, facts, std::vector<bool>(entry.files, true));
        bool rest_is_whole = !record.placed.empty();
        for (std::size_t file = 0; file < whole.size(); ++file)
            if (entry.wants(file) && entry.placed(file) && !whole[file]) rest_is_whole = false;
        const bool more_chosen =
            begun && record.done_at != 0 && rest_is_whole && other_owner(entry) == nullptr;
        const bool there = fs::exists(content_path(entry), error);
        if (!complete && there && !record.staged && !more_chosen && !std::exchange(record.foreign, true))
            touch(entry);
        const bool all_chosen = complete || (more_chosen && !entry.awaits_files());
        if (all_chosen && !record.staged && !record.foreign) {
            const std::uint64_t mark = std::exchange(record.content_mark, 0);
            watch(entry, facts);
            // Somebody was at it while nobody looked.
            if (mark != 0 && mark != record.content_mark) record.foreign = true;
        }
        // Content without bits to it: it was here before the torrent, or the bits were lost.
        const bool unknown = !begun && there;
        if (unknown && !record.staged && !std::exchange(record.foreign, true)) touch(entry);
        spec.check = unknown || record.foreign;
        spec.hold = record.foreign;
        if (spec.check) entry.activity.state = TorrentActivity::State::kCheckWaiting;
        if (!complete && !spec.hold) {
            if (const auto link = find_link(entry, facts)) throw client::link_error(*link);
        }
        if (record.staged || entry.awaits_files())
            open_staging(entry);
        else if (!record.foreign)
            remove_leftovers(entry);
        if (!record.staged) spec.paths = hidden_paths(entry, facts);
        if (entry.staging && !complete) client::require_letter_case(facts, entry.staging->content(""));
        if (record.staged && !record.reuse.empty()) return begin_copy(entry, facts);
    }
    spec.folder = record.staged && entry.staging ? entry.staging->session_folder() : fs::path(record.folder);
    entry.swarm_id = swarm_.add(spec);
    entry.joining = entry.has_metadata && !spec.check;
    entry.verify_once_joined = entry.rechecking = false;
    record.have = {};
    record.swarm_state = {};
    by_swarm_id_[entry.swarm_id] = record.number;
    lookup_.start(record.number, std::move(hosts));
    entry.activity_at = clock_();
    if (record.started) entry.started_at = clock_();
    entry.activity.paused = !record.started;
    if (!record.trackers.empty()) swarm_.set_trackers(entry.swarm_id, record.trackers);
    apply_settings(entry);
    if (record.started) begin_web_seeds(entry);
}

void SwarmEngine::leave_swarm(Entry& entry, bool delete_content) {
    if (entry.swarm_id == 0) return;
    entry.watch.reset();
    entry.doubt.clear();
    swarm_.remove(entry.swarm_id, delete_content);
    by_swarm_id_.erase(entry.swarm_id);
    entry.swarm_id = 0;
    entry.finishing = Entry::Finishing::kNo;
    entry.flushes = 0;
    entry.placing = 0;
    entry.choices_waiting = false;
    entry.web_seeds.reset();
}

void SwarmEngine::forget(Entry& entry) {
    const TorrentNumber number = entry.record.number;
    for (const std::string& hash : entry.hashes) by_hash_.erase(hash);
    for (auto* const list : {&dirty_, &overdue_, &saving_, &unsaved_, &busy_}) list->erase(number);
    entries_.erase(number);
}

void SwarmEngine::tick() {
    ++ticks_;
    swarm_.request_activity();
    apply_rates();
    const TotalRates rates = total_rates();
    steady_down_.sample(rates.down);
    steady_up_.sample(rates.up);
    const std::int64_t now = clock_();
    if (ticks_ % kGoalsEvery == 0) {
        for (auto& [number, entry] : entries_) {
            guarded(*entry, [&one = *entry, this] {
                check_goal(one);
                const bool settled = one.complete() && owns_place(one) && one.trouble != TroubleKind::kLocal;
                // Chosen, and there was nothing to download: no event tells of that.
                if (settled && one.staging && one.finishing == Entry::Finishing::kNo && one.awaits_files())
                    flush(one);
            });
        }
    }
    if (ticks_ % options_.save_every == 0) save_all();
    // What did not fit into the last round.
    if (!overdue_.empty()) save_some();
    if (ticks_ % kSessionEvery == 0 || (session_unsaved_ && ticks_ % kStateRetry == 0)) save_session();
    if (!unsaved_.empty() && ticks_ % kStateRetry == 0) save_all();
    for (const auto& [number, peers] : lookup_.take()) {
        const auto found = entries_.find(number);
        if (found == entries_.end() || found->second->swarm_id == 0) continue;
        guarded(*found->second, [&, &peers = peers] { swarm_.dial(found->second->swarm_id, peers); });
    }
    tick_web_seeds();
    for (const client::CopyJobs::Result& result : copies_.take()) copied(result);
    look_after_contents();
    look_after_removals();
    remove_emptied_folders();
    removed_.erase(std::remove_if(removed_.begin(), removed_.end(),
                                  [now](const auto& one) { return one.first + kRemovedMemory < now; }),
                   removed_.end());
}

}  // namespace shoal::daemon
