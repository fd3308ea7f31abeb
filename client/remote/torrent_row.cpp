#include "client/remote/torrent_row.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "common/error.hpp"
#include "common/units.hpp"

namespace shoal::remote {

using nlohmann::json;

std::string row_fields(bool slow) {
    json fields{"id",           "name",          "hashString",     "downloadDir",
                "status",       "isFinished",    "percentDone",    "recheckProgress",
                "sizeWhenDone", "leftUntilDone", "downloadedEver", "uploadedEver",
                "rateDownload", "rateUpload",    "downloadLimit",  "downloadLimited",
                "uploadLimit",  "uploadLimited", "peersConnected", "eta",
                "uploadRatio",  "error",         "errorString",    "labels",
                "addedDate"};
    if (slow)
        for (const char* ours : {"shoalSlow", "shoalWebSeeds"}) fields.push_back(ours);
    return fields.dump();
}

std::vector<TorrentRow> read_rows(const std::string& answer) {
    std::vector<TorrentRow> rows;
    try {
        const json document = json::parse(answer);
        for (const json& torrent : document.at("torrents")) {
            TorrentRow row;
            row.id = torrent.at("id");
            row.name = torrent.at("name");
            row.hash = torrent.at("hashString");
            row.folder = torrent.at("downloadDir");
            row.status = torrent.at("status");
            row.finished = torrent.at("isFinished");
            row.done = torrent.at("percentDone");
            row.checked = torrent.at("recheckProgress");
            row.size = torrent.at("sizeWhenDone");
            row.left = torrent.at("leftUntilDone");
            row.downloaded = torrent.at("downloadedEver");
            row.uploaded = torrent.at("uploadedEver");
            row.rate_down = torrent.at("rateDownload");
            row.rate_up = torrent.at("rateUpload");
            if (torrent.at("downloadLimited"))
                row.limit_down = torrent.at("downloadLimit").get<std::uint64_t>() * 1000;
            if (torrent.at("uploadLimited"))
                row.limit_up = torrent.at("uploadLimit").get<std::uint64_t>() * 1000;
            row.peers = torrent.at("peersConnected");
            row.eta = torrent.at("eta");
            row.ratio = torrent.at("uploadRatio");
            row.error = torrent.at("error");
            row.error_text = torrent.at("errorString");
            row.added = torrent.value("addedDate", std::int64_t{0});
            row.labels = torrent.at("labels").get<std::vector<std::string>>();
            if (const auto slow = torrent.find("shoalSlow"); slow != torrent.end() && !slow->is_null()) {
                row.slow_cause = slow->at("cause");
                row.slow_why = slow->at("why");
            }
            for (const json& seed : torrent.value("shoalWebSeeds", json::array()))
                row.web_seeds.emplace_back(seed.at("url"), seed.at("why").is_null() ? "" : seed.at("why"));
            rows.push_back(std::move(row));
        }
    } catch (const json::exception& error) {
        throw Error(ExitCode::kFailed, "answer of the daemon", error.what(),
                    "is it a Transmission of another version?");
    }
    return rows;
}

std::string state_text(const TorrentRow& row) {
    constexpr int kLocalError = 3;
    if (row.error == kLocalError) return "error";
    switch (row.status) {
        case 0:
            return row.finished ? "finished" : "paused";
        case 1:
            return "check waits";
        case 2:
            return fmt::format("checking {}", percent_text(row.checked));
        case 3:
        case 5:
            return "queued";
        case 4:
            return row.peers == 0 ? "no peers" : "downloading";
        case 6:
            return "seeding";
        default:
            return "?";
    }
}

std::string error_owner(const TorrentRow& row) {
    constexpr int kTrackerWarning = 1;
    constexpr int kTrackerError = 2;
    if (row.error == 0) return {};
    return row.error == kTrackerWarning || row.error == kTrackerError ? "tracker" : "machine";
}

std::string error_text(const TorrentRow& row) {
    if (row.error == 0) return {};
    return (error_owner(row) == "tracker" ? "of the tracker: " : "of this machine: ") + row.error_text;
}

std::string age_text(const TorrentRow& row, std::int64_t now) {
    constexpr std::int64_t kMinute = 60;
    constexpr std::int64_t kHour = 60 * kMinute;
    constexpr std::int64_t kDay = 24 * kHour;
    if (row.added <= 0) return "-";
    const std::int64_t age = std::max<std::int64_t>(0, now - row.added);
    if (age < kMinute) return fmt::format("{}s", age);
    if (age < kHour) return fmt::format("{}m", age / kMinute);
    if (age < kDay) return fmt::format("{}h", age / kHour);
    return fmt::format("{}d", age / kDay);
}

std::string eta_text(const TorrentRow& row) {
    if (row.left == 0) return "done";
    if (row.eta < 0) return "-";
    return format_duration(std::chrono::seconds(row.eta));
}

std::string ratio_text(const TorrentRow& row) {
    return row.ratio < 0 ? "-" : fmt::format("{:.2f}", row.ratio);
}

std::string rate_text(std::uint64_t bytes_per_second) {
    return bytes_per_second == 0 ? "-" : format_rate(static_cast<double>(bytes_per_second));
}

std::string percent_text(double fraction) {
    // Rounded down: 100 % is complete and nothing less is.
    return fmt::format("{}%", static_cast<int>(std::floor(fraction * 100)));
}

}  // namespace shoal::remote
