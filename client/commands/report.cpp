#include "client/commands/report.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "common/printable.hpp"
#include "common/units.hpp"

namespace shoal::client {

using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;

namespace {

constexpr int kBarWidth = 20;

void print(const Json& object) {
    // A name that is not UTF-8 must not end the program.
    fmt::print("{}\n", object.dump(-1, ' ', false, Json::error_handler_t::replace));
    std::fflush(stdout);
}

Json event(std::string_view name, const ContentFacts& content) {
    Json object = {{"event", name}};
    if (!content.name.empty()) object["name"] = content.name;
    if (!content.info_hash.empty()) object["info_hash"] = content.info_hash;
    return object;
}

double seconds(std::chrono::milliseconds duration) {
    return static_cast<double>(duration.count()) / 1000;
}

double percent(std::uint64_t done, std::uint64_t total) {
    if (total == 0) return 100;
    return std::min(100.0, 100.0 * static_cast<double>(done) / static_cast<double>(total));
}

std::string_view state_name(const DownloadProgress& progress) {
    if (progress.done) return "seeding";
    switch (progress.status.state) {
        case TorrentStatus::State::kMetadata:
            return "metadata";
        case TorrentStatus::State::kChecking:
            return "checking";
        default:
            return "downloading";
    }
}

std::string peer_count(int peers) {
    return fmt::format("{} {}", peers, peers == 1 ? "peer" : "peers");
}

std::string progress_text(const ContentFacts& content, const DownloadProgress& p) {
    const TorrentStatus& s = p.status;
    if (p.done) {
        return fmt::format("{}: seeding  {}, of which {} still need it  up {}, {} sent", content.name,
                           peer_count(s.peers), s.leechers, format_rate(p.rate_up), format_size(s.uploaded));
    }
    if (s.state == TorrentStatus::State::kMetadata) {
        return fmt::format("asking for the metadata  {}{}", peer_count(s.peers),
                           p.stalled.empty() ? "" : "  " + p.stalled);
    }
    const double share = percent(s.bytes_have, s.bytes);
    std::string text =
        fmt::format("{} {:3.0f}%  {}/{} pieces  {}  {}", progress_bar(share / 100, kBarWidth), share,
                    s.pieces_have, s.pieces, format_rate(p.rate_down), peer_count(s.peers));
    if (!p.stalled.empty()) return text + "  " + p.stalled;
    if (p.slow) text += fmt::format("  [{}]", name_of(p.slow->cause));
    if (p.time_left) text += fmt::format("  {} left", format_duration(*p.time_left));
    return text + "  " + content.name;
}

std::string summary_text(const std::map<std::string, DownloadProgress>& torrents) {
    std::uint64_t bytes = 0;
    std::uint64_t bytes_have = 0;
    double rate = 0;
    int peers = 0;
    std::size_t done = 0;
    for (const auto& [hash, p] : torrents) {
        bytes += p.status.bytes;
        bytes_have += p.status.bytes_have;
        rate += p.done ? 0 : p.rate_down;
        peers += p.status.peers;
        done += p.done ? 1 : 0;
    }
    const double share = percent(bytes_have, bytes);
    return fmt::format("{} {:3.0f}%  {} of {} done  {}  {}", progress_bar(share / 100, kBarWidth), share,
                       done, torrents.size(), format_rate(rate), peer_count(peers));
}

}  // namespace

Report::Report(bool json, bool quiet, bool several)
    : json_(json), quiet_(quiet), several_(several), line_(!json && !quiet) {}

void Report::metadata(const ContentFacts& content) {
    if (!json_) return;
    Json object = event("metadata", content);
    object["bytes"] = content.bytes;
    object["pieces"] = content.pieces;
    object["files"] = content.files;
    print(object);
}

void Report::checking(const ContentFacts& content, std::uint64_t bytes_done, std::uint64_t bytes_total) {
    const auto now = std::chrono::steady_clock::now();
    if (json_) {
        if (now - last_check_ < 1s) return;
        last_check_ = now;
        Json object = event("checking", content);
        object["bytes_done"] = bytes_done;
        object["bytes"] = bytes_total;
        print(object);
        return;
    }
    const double share = percent(bytes_done, bytes_total);
    line_.draw(fmt::format("{} {:3.0f}%  checking what is there  {}", progress_bar(share / 100, kBarWidth),
                           share, content.name));
}

void Report::resumed(const ContentFacts& content, std::uint32_t pieces_have) {
    if (json_) {
        Json object = event("resumed", content);
        object["pieces_done"] = pieces_have;
        object["pieces"] = content.pieces;
        print(object);
    } else if (!quiet_) {
        line_.clear();
        fmt::print("{}: {} of {} pieces are there already\n", printable(content.name), pieces_have,
                   content.pieces);
        std::fflush(stdout);
    }
}

void Report::progress(const ContentFacts& content, const DownloadProgress& p) {
    if (!json_) {
        if (several_) {
            latest_[content.info_hash] = p;
            line_.draw(summary_text(latest_));
        } else {
            line_.draw(progress_text(content, p));
        }
        return;
    }
    const TorrentStatus& s = p.status;
    Json object = event(p.done ? "seeding" : "progress", content);
    if (!p.done) object["state"] = state_name(p);
    object["percent"] = percent(p.done ? s.bytes : s.bytes_have, s.bytes);
    if (!p.done && s.bytes == 0) object["percent"] = 0;  // a magnet before its metadata
    object["pieces_done"] = s.pieces_have;
    object["pieces"] = s.pieces;
    object["bytes_done"] = s.bytes_have;
    object["bytes"] = s.bytes;
    object["downloaded"] = s.downloaded;
    object["uploaded"] = s.uploaded;
    object["rate_down"] = static_cast<std::uint64_t>(p.rate_down);
    object["rate_up"] = static_cast<std::uint64_t>(p.rate_up);
    object["peers"] = s.peers;
    object["seeds"] = s.seeds;
    object["leechers"] = s.leechers;
    if (!p.done) object["elapsed"] = seconds(p.elapsed);
    if (p.time_left) object["eta"] = seconds(*p.time_left);
    if (!p.stalled.empty()) object["stalled"] = p.stalled;
    if (p.slow) {
        object["slow"] = name_of(p.slow->cause);
        object["slow_why"] = p.slow->why;
    }
    print(object);
}

void Report::done(const ContentFacts& content, const DownloadResult& result) {
    const double took = std::max(0.001, seconds(result.elapsed));
    const double rate = static_cast<double>(result.downloaded) / took;
    if (json_) {
        Json object = event("done", content);
        object["path"] = result.path.string();
        object["bytes"] = result.bytes;
        object["downloaded"] = result.downloaded;
        object["elapsed"] = seconds(result.elapsed);
        object["rate"] = static_cast<std::uint64_t>(rate);
        object["already_complete"] = result.already_complete;
        print(object);
        return;
    }
    line_.clear();
    if (quiet_) return;
    if (result.already_complete) {
        fmt::print("{}: already complete, {} verified\n", printable(result.path.string()),
                   format_size(result.bytes));
    } else {
        fmt::print("{}: {} verified, in {} ({})\n", printable(result.path.string()),
                   format_size(result.bytes), format_duration(result.elapsed), format_rate(rate));
    }
    std::fflush(stdout);
}

void Report::listening(const std::string& address) {
    if (json_) {
        print({{"event", "listening"}, {"address", address}});
    } else if (!quiet_) {
        line_.clear();
        fmt::print("listening on {}\n", address);
        std::fflush(stdout);
    }
}

void Report::warning(const ContentFacts& content, const std::string& message) {
    if (json_) {
        Json object = event("warning", content);
        object["message"] = message;
        print(object);
        return;
    }
    line_.clear();
    constexpr std::size_t kMost = 1000;  // a tracker may say what it likes
    fmt::print(stderr, "shoal: {}\n", printable(message, kMost));
}

void Report::web_seed_failed(const ContentFacts& content, const std::string& url,
                             const webseed::Finding& finding) {
    if (json_) {
        Json object = event("web_seed_failed", content);
        object["url"] = url;
        object["why"] = finding.why;
        object["advice"] = finding.advice;
        print(object);
        return;
    }
    warning(content, fmt::format("web seed {}: {}{}{}", url, finding.why, finding.advice.empty() ? "" : ": ",
                                 finding.advice));
}

void Report::failed(const ContentFacts& content, const Error& error) {
    line_.clear();
    if (!json_) return;
    Json object = event("error", content);
    object["code"] = static_cast<int>(error.code());
    object["message"] = error.what();
    print(object);
}

void Report::also_failed(const Error& error) {
    line_.clear();
    fmt::print(stderr, "shoal: {}\n", error.what());
}

void Report::shared(const ContentFacts& content, const std::filesystem::path& torrent,
                    const std::string& magnet) {
    if (json_) {
        Json object = event("shared", content);
        object["torrent"] = torrent.string();
        object["magnet"] = magnet;
        object["bytes"] = content.bytes;
        object["pieces"] = content.pieces;
        print(object);
        return;
    }
    line_.clear();
    if (quiet_) return;
    fmt::print("torrent:  {}\nmagnet:   {}\non every machine that needs it:\n  shoal get '{}'\n",
               torrent.string(), magnet, magnet);
    std::fflush(stdout);
}

void Report::stopped(const ContentFacts& content, std::uint64_t uploaded) {
    if (json_) {
        Json object = event("stopped", content);
        object["uploaded"] = uploaded;
        print(object);
        return;
    }
    line_.clear();
    if (quiet_) return;
    fmt::print("{}: stopped, {} sent\n", printable(content.name), format_size(uploaded));
    std::fflush(stdout);
}

}  // namespace shoal::client
