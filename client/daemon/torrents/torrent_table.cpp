#include "client/daemon/torrents/torrent_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "common/error.hpp"

namespace shoal::daemon {
namespace {

constexpr std::size_t kHashDigits = 40;  // as the protocol names a torrent: v2's is cut to the length of v1's

}  // namespace

Torrent& TorrentTable::insert(std::unique_ptr<Torrent> torrent) {
    const TorrentNumber number = torrent->number();
    return *(torrents_[number] = std::move(torrent));
}

void TorrentTable::erase(const Torrent& torrent) {
    for (const std::string& hash : torrent.hashes) by_hash_.erase(hash);
    by_swarm_id_.erase(torrent.swarm_id);
    torrents_.erase(torrent.number());
}

void TorrentTable::name_hashes(Torrent& torrent, const std::vector<std::string>& hashes) {
    for (const std::string& hash : hashes) {
        const std::string key = hash.substr(0, kHashDigits);
        if (key.empty()) continue;
        const auto [known, is_new] = by_hash_.emplace(key, torrent.number());
        if (is_new) torrent.hashes.push_back(key);
        if (known->second != torrent.number())
            throw Error(ExitCode::kFailed, torrent.record.name,
                        fmt::format("is the same torrent as number {}", known->second), "remove one of them");
    }
}

void TorrentTable::join(Torrent& torrent, client::TorrentId id) {
    torrent.swarm_id = id;
    by_swarm_id_[id] = torrent.number();
}

void TorrentTable::leave(Torrent& torrent) {
    by_swarm_id_.erase(torrent.swarm_id);
    torrent.swarm_id = 0;
}

Torrent* TorrentTable::find(TorrentNumber number) {
    const auto found = torrents_.find(number);
    return found == torrents_.end() ? nullptr : found->second.get();
}

const Torrent& TorrentTable::at(TorrentNumber number) const {
    const auto found = torrents_.find(number);
    if (found == torrents_.end())
        throw Error(ExitCode::kFailed, "torrent " + std::to_string(number), "there is none of that number");
    return *found->second;
}

Torrent& TorrentTable::at(TorrentNumber number) {
    return const_cast<Torrent&>(std::as_const(*this).at(number));
}

Torrent* TorrentTable::of_swarm(client::TorrentId id) {
    const auto found = by_swarm_id_.find(id);
    return found == by_swarm_id_.end() ? nullptr : torrents_.at(found->second).get();
}

std::optional<TorrentNumber> TorrentTable::find_hash(std::string_view hash) const {
    std::string key(hash.substr(0, kHashDigits));
    std::transform(key.begin(), key.end(), key.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto found = by_hash_.find(key);
    if (found == by_hash_.end()) return std::nullopt;
    return found->second;
}

Torrent& TorrentTable::next_after(TorrentNumber number) {
    auto next = torrents_.upper_bound(number);
    if (next == torrents_.end()) next = torrents_.begin();
    return *next->second;
}

std::vector<TorrentNumber> TorrentTable::numbers() const {
    std::vector<TorrentNumber> numbers;
    numbers.reserve(torrents_.size());
    for (const auto& [number, torrent] : torrents_) numbers.push_back(number);
    return numbers;
}

}  // namespace shoal::daemon
