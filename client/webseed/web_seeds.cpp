#include "client/webseed/web_seeds.hpp"

#include <fmt/format.h>

#include <utility>

#include "torrentgen/manifest/edit.hpp"

namespace shoal::client {

using namespace std::chrono_literals;

namespace {

constexpr auto kLookAgainAfter = 15s;

}  // namespace

std::string asked_at_once(const manifest::Manifest& manifest, const std::string& bytes) {
    if (manifest.single_file || manifest.web_seeds.empty()) return bytes;
    manifest::EditOptions none;
    none.web_seeds.emplace();
    return manifest::edit_manifest(bytes, manifest.name, none);
}

void WebSeeds::begin(const std::vector<std::string>& urls, bool single_file, const std::string& manifest,
                     TimePoint now) {
    manifest_ = std::make_shared<const std::string>(manifest);
    single_file_ = single_file;
    if (!single_file && !urls.empty()) actions_.hold();
    for (const std::string& url : urls) {
        Seed& seed = seeds_[url];
        if (single_file) seed.asked = url;
        look(url, seed, now);
    }
}

void WebSeeds::look(const std::string& url, Seed& seed, TimePoint now) {
    seed.looked = now;
    watch_.look(torrent_, url, manifest_);
}

void WebSeeds::failed(const std::string& url, const std::string& why, TimePoint now) {
    // A single file's URL may have got its name at the end, and a folder's be the one that it moved to.
    for (auto& [known, seed] : seeds_) {
        if (!url.starts_with(known) && (seed.asked.empty() || !url.starts_with(seed.asked))) continue;
        seed.swarms_words = why;
        look(known, seed, now);
    }
}

void WebSeeds::piece_rejected(std::uint32_t piece) {
    constexpr std::size_t kMostCompared = 16;
    if (compared_.size() >= kMostCompared || !compared_.insert(piece).second) return;
    for (const auto& [url, seed] : seeds_)
        if (!seed.asked.empty()) watch_.look(torrent_, url, manifest_, piece);
}

void WebSeeds::take(const webseed::WebSeedWatch::Report& report) {
    const auto found = seeds_.find(report.web_seed);
    if (found == seeds_.end()) return;
    Seed& seed = found->second;
    webseed::Finding finding = report.finding;
    const std::string swarms_words = std::exchange(seed.swarms_words, {});
    if (!finding.bad() && !swarms_words.empty()) {
        finding.state = webseed::Finding::State::kBad;
        finding.why = "failed: " + swarms_words;
    }
    if (seed.wrong_bytes && !finding.wrong_bytes) return;
    seed.wrong_bytes = seed.wrong_bytes || finding.wrong_bytes;
    if (!finding.bad()) {
        // libtorrent may have given it up meanwhile; who is asked already stays as it is.
        if (!std::exchange(seed.why, {}).empty() && !seed.asked.empty()) actions_.add(seed.asked);
        if (finding.url.empty() || seed.asked == finding.url) return;
        if (single_file_ && !seed.asked.empty()) return;
        if (!seed.asked.empty()) actions_.remove(seed.asked);
        seed.asked = finding.url;
        actions_.add(seed.asked);
        return;
    }
    seed.why = finding.why;
    // Without what comes behind the colon: the piece, or the system's words.
    if (told_.insert({report.web_seed, finding.why.substr(0, finding.why.find(':'))}).second)
        actions_.failed(report.web_seed, finding);
}

void WebSeeds::tick(TimePoint now, bool starving) {
    for (auto& [url, seed] : seeds_) {
        const bool waits = seed.asked.empty() || (starving && !seed.why.empty());
        if (waits && now - seed.looked >= kLookAgainAfter) look(url, seed, now);
    }
}

std::map<std::string, std::string> WebSeeds::failures() const {
    std::map<std::string, std::string> all;
    for (const auto& [url, seed] : seeds_)
        if (!seed.why.empty()) all[url] = seed.why;
    return all;
}

std::string WebSeeds::failures_text() const {
    std::string text;
    for (const auto& [url, why] : failures())
        text += fmt::format("{}web seed {} {}", text.empty() ? "" : "; ", url, why);
    return text;
}

}  // namespace shoal::client
