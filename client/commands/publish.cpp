#include "client/commands/publish.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "channel/release_manifest.hpp"
#include "client/channels/channel_tracker.hpp"
#include "client/commands/channel.hpp"
#include "client/commands/channel_file.hpp"
#include "client/commands/seeding.hpp"
#include "client/content/existing_content.hpp"
#include "common/cli/help.hpp"
#include "common/cli/options.hpp"
#include "common/secret_file.hpp"
#include "common/stop_signal.hpp"
#include "torrentgen/manifest/create.hpp"

namespace shoal::client {

namespace fs = std::filesystem;

namespace {

struct Options {
    CommonOptions common;
    std::string channel;
    fs::path content;
    fs::path key;
    std::string note;
    fs::path admin_token;
    std::optional<std::chrono::milliseconds> seed_for;
};

/// The publication with the highest sequence that a tracker has; none: the channel is empty.
std::optional<channel::Publication> current_release(const channel::Root& root) {
    std::optional<channel::Publication> current;
    for (const std::string& url : root.trackers) {
        const ChannelTracker tracker(url);
        const std::string bytes = tracker.publication(root.name);
        if (bytes.empty()) continue;
        channel::Publication one =
            channel::read_publication(bytes, root, kMaxManifestOfRelease, tracker.url());
        if (!current || one.head.head.sequence > current->head.head.sequence) current = std::move(one);
    }
    return current;
}

void check_key(const channel::Root& root, const channel::SecretKey& key, const fs::path& path) {
    const channel::PublicKey& open = key.public_key();
    if (channel::holds_key(root.publish_keys, open.key) && channel::holds_key(root.head_keys, open.key))
        return;
    throw Error(ExitCode::kRefused, path.string(),
                fmt::format("key {} may not publish in '{}'", channel::key_name(open.id), root.name),
                "'shoal channel show' names the keys that may");
}

/// The next number and sequence after `current`. They are the same as long as nothing was rolled back.
channel::Publication next_publication(const Options& options, const channel::Root& root,
                                      const channel::SecretKey& key,
                                      const std::optional<channel::Publication>& current,
                                      const std::string& manifest) {
    channel::Release release;
    release.channel = root.name;
    release.note = options.note;
    if (current) {
        release.number = current->head.head.sequence + 1;
        release.previous = channel::sha256(current->release.bytes);
    }
    channel::describe(manifest, release);
    channel::SignedRelease made = channel::sign_release(release, key);
    channel::Head head;
    head.channel = root.name;
    head.sequence = head.release = release.number;
    head.digest = channel::sha256(made.bytes);
    head.expires = std::time(nullptr) + root.lifetime;
    return {channel::sign_head(head, key), std::move(made), manifest};
}

void tell(const Options& options, const ContentFacts& facts, const channel::Publication& publication,
          bool again) {
    const channel::Release& release = publication.release.release;
    if (options.common.json) {
        const nlohmann::ordered_json out{{"event", again ? "published_already" : "published"},
                                         {"name", facts.name},
                                         {"info_hash", facts.info_hash},
                                         {"channel", release.channel},
                                         {"release", release.number},
                                         {"sequence", publication.head.head.sequence}};
        fmt::print("{}\n", out.dump());
        std::fflush(stdout);
    } else if (!options.common.quiet) {
        fmt::print("{} {} release {}\n", again ? "already published:" : "published:", release.channel,
                   release.number);
        std::fflush(stdout);
    }
}

/// The release that is the current one afterwards.
void publish(const Options& options, const channel::Root& root, const channel::SecretKey& key,
             const std::string& manifest, const ContentFacts& facts) {
    const auto current = current_release(root);
    // Where an earlier run was killed after it had published: the same command only seeds.
    if (current && channel::manifest_problem(current->release.release, manifest).empty())
        return tell(options, facts, *current, true);
    const channel::Publication next = next_publication(options, root, key, current, manifest);
    const std::string token = options.admin_token.empty() ? std::string() : read_secret(options.admin_token);
    for (const std::string& url : root.trackers)
        ChannelTracker(url, token).send_publication(root.name, channel::write_publication(next));
    tell(options, facts, next, false);
}

void run(const Options& options) {
    StopSignal stop;
    Report report(options.common.json, options.common.quiet);
    ContentFacts facts;
    try {
        const ChannelFile file = load_channel(options.channel);
        const channel::Root& root = file.root.root;
        const channel::SecretKey key = load_secret_key(options.key);
        check_key(root, key, options.key);
        if (root.expires <= std::time(nullptr))
            throw Error(ExitCode::kRefused, file.path.string(), "the channel's root has expired",
                        "make its next one with 'shoal channel create --after'");
        if (!is_there(options.content)) throw file_error(options.content.string(), ENOENT);
        manifest::CreateOptions create;
        create.content = fs::canonical(options.content);
        create.trackers = {root.trackers};
        facts.name = create.content.filename().string();
        const auto created = manifest::create_manifest(create, [&](const manifest::CreateProgress& progress) {
            report.checking(facts, progress.bytes_done, progress.bytes_total);
            return !stop.requested();
        });
        for (const std::string& warning : created.warnings) report.warning(facts, warning);
        facts = facts_of(created.bytes, create.content.string());
        publish(options, root, key, created.bytes, facts);
        seed_until_stopped(options.common, {created.bytes, create.content, options.seed_for}, facts, report,
                           stop);
    } catch (const Error& error) {
        report.failed(facts, error);
        throw;
    }
}

}  // namespace

void setup_publish(CLI::App& app) {
    auto options = std::make_shared<Options>();
    CLI::App* command =
        app.add_subcommand("publish", "Make content a channel's current release, and serve it");
    command
        ->add_option("CHANNEL", options->channel,
                     "The channel's file, or its name where NAME.channel is here")
        ->required();
    command->add_option("PATH", options->content, "The file or folder to publish")->required();
    command->add_option("--note", options->note, "A line for people")->type_name("TEXT");
    command
        ->add_option("--admin-token-file", options->admin_token,
                     "The trackers' admin token, which a manifest of more than 1 MiB needs")
        ->type_name("FILE");
    add_duration(*command, "--seed-for", options->seed_for,
                 "Stop after this long; without it: when interrupted");
    add_common_options(*command, options->common);
    // A release is no SSL torrent: here the key is the publisher's.
    for (const char* name : {"--cert", "--key"}) command->remove_option(command->get_option(name));
    command->add_option("-k,--key", options->key, "The secret key of a publisher")
        ->type_name("FILE")
        ->required();
    show_in_help(*command, {"--key", "--note", "--seed-for", "--listen", "--limit-up", "--json", "--quiet"});
    command->group(kChannelCommands);
    command->footer(
        "Examples:\n  shoal publish camera-latest.channel /data/today --key camera.key\n"
        "  shoal publish camera/latest /data/today --key camera.key --note 'new lens'");
    command->callback([options] { run(*options); });
}

}  // namespace shoal::client
