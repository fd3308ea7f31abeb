#include "client/daemon/torrents/removals.hpp"

#include <string>
#include <system_error>

#include "client/content/overlap.hpp"
#include "common/error.hpp"
#include "common/log.hpp"

namespace shoal::daemon {
namespace {

namespace fs = std::filesystem;

constexpr int kLooks = 60;            // one a second
constexpr std::int64_t kRecent = 60;  // seconds

}  // namespace

void Removals::finish(TorrentNumber number, fs::path content,
                      std::unique_ptr<client::StagingFolder> staging) {
    removals_.push_back({number, std::move(content), std::move(staging), kLooks});
}

void Removals::leave_made_folders(const fs::path& folder, const fs::path& made) {
    for (fs::path& one : client::folders_up_to(folder, made)) folders_.emplace_back(std::move(one), kLooks);
}

void Removals::remember(TorrentNumber number, std::int64_t now) {
    recent_.emplace_back(now, number);
}

std::vector<TorrentNumber> Removals::recent() const {
    std::vector<TorrentNumber> numbers;
    for (const auto& [when, number] : recent_) numbers.push_back(number);
    return numbers;
}

bool Removals::is_over(Removal& removal) {
    std::error_code error;
    if (fs::exists(fs::symlink_status(removal.content, error)) && --removal.looks > 0) return false;
    try {
        if (removal.staging) removal.staging->remove();
        store_.remove(removal.number);
    } catch (const Error& failure) {
        if (removal.looks > 0) return false;
        log::error("what a torrent left cannot be removed",
                   {{"id", std::to_string(removal.number)}, {"why", failure.what()}});
    }
    return true;
}

void Removals::look() {
    std::erase_if(removals_, [this](Removal& removal) { return is_over(removal); });
}

void Removals::tick(std::int64_t now) {
    look();
    std::erase_if(folders_, [](auto& folder) {
        std::error_code error;
        fs::remove(folder.first, error);  // fails while it is not empty
        return !error || --folder.second == 0;
    });
    std::erase_if(recent_, [now](const auto& one) { return one.first + kRecent < now; });
}

}  // namespace shoal::daemon
