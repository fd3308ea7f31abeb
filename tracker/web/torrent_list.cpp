#include "tracker/web/torrent_list.hpp"

#include <algorithm>

namespace shoal::tracker {
namespace {

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    return out;
}

/// Smaller comes first.
int urgency(const SwarmView& torrent) {
    const bool downloads = torrent.counts.incomplete > 0;
    const bool has_no_seed = downloads && torrent.counts.complete == 0;
    if (torrent.lost > 0 || has_no_seed) return 0;
    return downloads ? 1 : 2;
}

bool comes_first(const SwarmView& a, const SwarmView& b, TorrentOrder order) {
    if (a.registered != b.registered) return a.registered;
    if (order == TorrentOrder::kActivity && urgency(a) != urgency(b)) return urgency(a) < urgency(b);
    if (a.created != b.created) return a.created > b.created;
    return a.info_hash < b.info_hash;
}

}  // namespace

std::vector<SwarmView> select_torrents(std::vector<SwarmView> torrents, const TorrentFilter& filter) {
    const std::string text = lower(filter.text);
    std::erase_if(torrents, [&](const SwarmView& torrent) {
        if (filter.registered && *filter.registered != torrent.registered) return true;
        return !text.empty() && lower(torrent.name).find(text) == std::string::npos &&
               !torrent.info_hash.hex().starts_with(text.substr(0, 2 * InfoHash::kSize));
    });
    std::sort(torrents.begin(), torrents.end(),
              [&](const SwarmView& a, const SwarmView& b) { return comes_first(a, b, filter.order); });
    return torrents;
}

}  // namespace shoal::tracker
