#include "client/commands/channel_latest.hpp"

#include <fmt/format.h>

#include <ctime>
#include <nlohmann/json.hpp>
#include <vector>

#include "channel/ratchet.hpp"
#include "channel/release_manifest.hpp"
#include "client/channels/channel_tracker.hpp"
#include "client/commands/channel_file.hpp"
#include "client/content/existing_content.hpp"
#include "common/error.hpp"
#include "common/file_io.hpp"
#include "common/hex.hpp"
#include "common/units.hpp"

namespace shoal::client {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMostStateBytes = std::size_t{1} << 20;

/// What came from the trackers, and why the others gave nothing.
struct Heard {
    std::vector<channel::Publication> publications;
    std::vector<Error> failures;
};

Heard ask_trackers(const channel::Root& root) {
    Heard heard;
    for (const std::string& url : root.trackers) {
        try {
            const ChannelTracker tracker(url);
            const std::string bytes = tracker.publication(root.name);
            if (bytes.empty())
                throw Error(ExitCode::kFailed, tracker.url(),
                            fmt::format("'{}' has no release yet", root.name),
                            "publish one with 'shoal publish'");
            channel::Publication publication =
                channel::read_publication(bytes, root, kMaxManifestOfRelease, tracker.url());
            if (const std::string problem =
                    channel::manifest_problem(publication.release.release, publication.manifest);
                !problem.empty())
                throw Error(ExitCode::kRefused, tracker.url(), problem, "ask another tracker");
            heard.publications.push_back(std::move(publication));
        } catch (const Error& failure) {
            heard.failures.push_back(failure);
        }
    }
    return heard;
}

/// The one with the highest sequence that may be believed; the ratchet has then turned to it.
const channel::Publication& choose(Heard& heard, channel::Ratchet& ratchet, channel::UnixSeconds now) {
    const channel::Publication* chosen = nullptr;
    for (const channel::Publication& publication : heard.publications) {
        const channel::Decision decision = ratchet.offer(publication.head, now);
        if (decision.verdict == channel::Verdict::kNew || decision.verdict == channel::Verdict::kKnown) {
            chosen = &publication;
        } else {
            heard.failures.emplace_back(ExitCode::kRefused,
                                        fmt::format("release {}", publication.release.release.number),
                                        decision.why, "what is current stays");
        }
    }
    if (chosen != nullptr) return *chosen;
    // A refusal tells more than a tracker that is not there.
    for (const Error& failure : heard.failures) {
        if (failure.code() == ExitCode::kRefused) throw Error(failure);
    }
    throw Error(heard.failures.front());
}

void print(const LatestOptions& options, const channel::Publication& publication, bool stale) {
    const channel::Release& release = publication.release.release;
    const channel::Head& head = publication.head.head;
    if (options.json) {
        const auto digits = [](const auto& hash) {
            return hash ? nlohmann::ordered_json(hex(channel::view(*hash))) : nlohmann::ordered_json();
        };
        const nlohmann::ordered_json out{{"channel", release.channel},
                                         {"sequence", head.sequence},
                                         {"release", release.number},
                                         {"info_hash", digits(release.info_hash_v1)},
                                         {"info_hash_v2", digits(release.info_hash_v2)},
                                         {"bytes", release.size},
                                         {"note", release.note},
                                         {"expires", head.expires},
                                         {"stale", stale}};
        fmt::print("{}\n", out.dump(2));
        return;
    }
    fmt::print("release   {}\n", release.number);
    fmt::print("size      {}\n", format_size(static_cast<std::uint64_t>(release.size)));
    if (!release.note.empty()) fmt::print("note      {}\n", release.note);
    fmt::print("expires   {}{}\n", utc(head.expires),
               stale ? " (stale: its publisher has said nothing since)" : "");
}

}  // namespace

void show_latest(const LatestOptions& options) {
    const ChannelFile file = load_channel(options.channel);
    const fs::path state = options.state.value_or(file.path.string() + ".seen");
    const std::string seen = is_there(state) ? read_file(state, kMostStateBytes) : std::string();
    channel::Ratchet ratchet(file.root.root, seen, state.string());
    Heard heard = ask_trackers(file.root.root);
    const channel::UnixSeconds now = std::time(nullptr);
    const channel::Publication& publication = choose(heard, ratchet, now);
    // Before anybody acts on the head: a replay must be known as one after a crash too.
    if (ratchet.write() != seen) write_file_atomically(state, ratchet.write(), Overwrite::kYes);
    if (options.torrent) write_file_atomically(*options.torrent, publication.manifest, Overwrite::kYes);
    print(options, publication, publication.head.head.expires <= now);
}

}  // namespace shoal::client
