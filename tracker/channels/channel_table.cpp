#include "tracker/channels/channel_table.hpp"

#include <fmt/format.h>

#include <utility>

#include "channel/release_manifest.hpp"
#include "common/error.hpp"

namespace shoal::tracker {
namespace {

using Outcome = ChannelAnswer::Outcome;

std::shared_ptr<const std::string> shared(std::string bytes) {
    return std::make_shared<const std::string>(std::move(bytes));
}

void show(const channel::Publication& publication, std::string_view bytes, ChannelView& view) {
    view.publication = shared(std::string(bytes));
    view.head = shared(channel::write_head(publication.head));
    view.manifest = shared(publication.manifest);
    view.sequence = publication.head.head.sequence;
    view.head_expires = publication.head.head.expires;
    view.release = publication.release.release;
}

}  // namespace

ChannelAnswer ChannelTable::put_root(std::string_view file) {
    channel::SignedRoot root;
    try {
        root = channel::read_signed_root(file, "the body");
    } catch (const Error& failure) {
        return {Outcome::kMalformed, failure.what()};
    }
    const std::lock_guard lock(mutex_);
    const auto there = entries_.find(root.root.name);
    if (there == entries_.end() && entries_.size() >= most_)
        return {Outcome::kRefused, fmt::format("there are {} channels already", most_)};
    Entry entry;
    if (there != entries_.end()) {
        entry = there->second;
        if (entry.root.bytes == root.bytes) return {Outcome::kKnown, {}};
        if (root.root.version <= entry.root.root.version)
            return {Outcome::kBehind,
                    fmt::format("root {} of '{}' is here already", entry.root.root.version, root.root.name)};
        try {
            channel::check_successor(entry.root, root);
        } catch (const Error& failure) {
            return {Outcome::kRefused, failure.what()};
        }
    }
    entry.view.name = root.root.name;
    entry.view.root = shared(std::string(file));
    entry.view.root_version = root.root.version;
    entry.view.root_expires = root.root.expires;
    entry.ratchet = channel::Ratchet(root.root, entry.ratchet, "its ratchet").write();
    if (entry.view.publication) {
        try {
            channel::read_publication(*entry.view.publication, root.root, kMaxReleaseManifestBytes, "it");
        } catch (const Error&) {
            entry.view.publication = entry.view.head = entry.view.manifest = nullptr;
            entry.view.sequence = entry.view.head_expires = 0;
            entry.view.release = {};
        }
    }
    entry.root = std::move(root);
    changed_.insert(entry.view.name);
    entries_.insert_or_assign(entry.view.name, std::move(entry));
    return {};
}

ChannelAnswer ChannelTable::publish(std::string_view name, std::string_view publication,
                                    channel::UnixSeconds now) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(name);
    if (found == entries_.end()) return {Outcome::kUnknown, fmt::format("there is no channel '{}'", name)};
    if (found->second.view.publication && *found->second.view.publication == publication)
        return {Outcome::kKnown, {}};
    ChannelAnswer answer = take_publication(found->second, publication, now);
    if (answer.outcome == Outcome::kTaken) changed_.insert(found->first);
    return answer;
}

ChannelAnswer ChannelTable::take_publication(Entry& entry, std::string_view bytes, channel::UnixSeconds now) {
    channel::Publication publication;
    try {
        publication =
            channel::read_publication(bytes, entry.root.root, kMaxReleaseManifestBytes, "the publication");
    } catch (const Error& failure) {
        return {Outcome::kRefused, failure.what()};
    }
    channel::Ratchet ratchet(entry.root.root, entry.ratchet, "its ratchet");
    const channel::Decision decision = ratchet.offer(publication.head, now);
    switch (decision.verdict) {
        case channel::Verdict::kNew:
            break;
        // The head is there, then, with another manifest: the first one stays.
        case channel::Verdict::kKnown:
            return {Outcome::kBehind, "this head is here with another manifest"};
        case channel::Verdict::kOlder:
        case channel::Verdict::kConflict:
            return {Outcome::kBehind, decision.why};
        case channel::Verdict::kForeign:
        case channel::Verdict::kExpired:
            return {Outcome::kRefused, decision.why};
    }
    if (std::string problem = channel::manifest_problem(publication.release.release, publication.manifest);
        !problem.empty())
        return {Outcome::kRefused, std::move(problem)};
    entry.ratchet = ratchet.write();
    show(publication, bytes, entry.view);
    return {};
}

bool ChannelTable::remove(std::string_view name) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(name);
    if (found == entries_.end()) return false;
    changed_.insert(found->first);
    entries_.erase(found);
    return true;
}

std::optional<ChannelView> ChannelTable::find(std::string_view name) const {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(name);
    if (found == entries_.end()) return std::nullopt;
    return found->second.view;
}

std::vector<ChannelView> ChannelTable::all() const {
    const std::lock_guard lock(mutex_);
    std::vector<ChannelView> views;
    for (const auto& [name, entry] : entries_) views.push_back(entry.view);
    return views;
}

void ChannelTable::take_changes(Changes& changes) {
    const std::lock_guard lock(mutex_);
    for (const std::string& name : std::exchange(changed_, {})) {
        const auto found = entries_.find(name);
        if (found == entries_.end()) {
            changes.removed_channels.push_back(name);
            continue;
        }
        const ChannelView& view = found->second.view;
        changes.channels.push_back(
            {name, *view.root, view.publication ? *view.publication : std::string(), found->second.ratchet});
    }
}

void ChannelTable::restore(const ChannelRecord& record) {
    Entry entry;
    entry.root = channel::read_signed_root(record.root, fmt::format("channel '{}'", record.name));
    entry.view.name = entry.root.root.name;
    entry.view.root = shared(record.root);
    entry.view.root_version = entry.root.root.version;
    entry.view.root_expires = entry.root.root.expires;
    entry.ratchet = record.ratchet;
    channel::Ratchet(entry.root.root, entry.ratchet, fmt::format("channel '{}'", record.name));
    if (!record.publication.empty()) {
        const auto publication = channel::read_publication(record.publication, entry.root.root,
                                                           kMaxReleaseManifestBytes, record.name);
        show(publication, record.publication, entry.view);
    }
    const std::lock_guard lock(mutex_);
    entries_.insert_or_assign(entry.view.name, std::move(entry));
}

}  // namespace shoal::tracker
