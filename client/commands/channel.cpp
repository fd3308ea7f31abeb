#include "client/commands/channel.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "channel/channel_name.hpp"
#include "channel/root.hpp"
#include "client/channels/channel_tracker.hpp"
#include "client/commands/channel_file.hpp"
#include "client/commands/channel_latest.hpp"
#include "common/cli/help.hpp"
#include "common/cli/options.hpp"
#include "common/error.hpp"
#include "common/file_io.hpp"
#include "common/secret_file.hpp"
#include "common/units.hpp"

namespace shoal::client {

namespace fs = std::filesystem;

namespace {

using std::chrono::seconds;

struct Options {
    std::string action;
    std::string name;  ///< of the channel; for 'show' its file
    std::vector<fs::path> roots;
    std::vector<fs::path> former_roots;
    std::vector<fs::path> publishers;
    std::vector<std::string> trackers;
    std::int64_t threshold = 1;
    std::int64_t keep = 3;
    std::chrono::milliseconds expires = std::chrono::hours(7 * 24);
    std::chrono::milliseconds root_expires = std::chrono::hours(365 * 24);
    std::optional<fs::path> after;
    std::optional<fs::path> output;
    std::optional<fs::path> state;
    fs::path admin_token;
    bool json = false;
};

std::vector<std::string> names_of(const std::vector<channel::PublicKey>& keys) {
    std::vector<std::string> names;
    for (const channel::PublicKey& key : keys) names.push_back(channel::key_name(key.id));
    return names;
}

void print(const Options& options, const channel::Root& root, const fs::path& file) {
    if (options.json) {
        const nlohmann::ordered_json out{{"name", root.name},
                                         {"version", root.version},
                                         {"file", file.string()},
                                         {"root_keys", names_of(root.root_keys)},
                                         {"threshold", root.threshold},
                                         {"publishers", names_of(root.publish_keys)},
                                         {"trackers", root.trackers},
                                         {"keep", root.keep},
                                         {"head_lifetime", root.lifetime},
                                         {"expires", root.expires}};
        fmt::print("{}\n", out.dump(2));
        return;
    }
    fmt::print("channel    {}, root {}\n", root.name, root.version);
    fmt::print("root keys  {} ({} must sign)\n", fmt::join(names_of(root.root_keys), " "), root.threshold);
    fmt::print("publisher  {}\n", fmt::join(names_of(root.publish_keys), " "));
    fmt::print("tracker    {}\n", fmt::join(root.trackers, " "));
    fmt::print("keep       {}\n", count_of(static_cast<std::uint64_t>(root.keep), "release"));
    fmt::print("expires    {}; each head after {}\n", utc(root.expires),
               format_duration(seconds(root.lifetime)));
    fmt::print("file       {}\n", file.string());
}

void require(bool given, std::string_view option, std::string_view advice) {
    if (!given) throw Error(ExitCode::kUsage, option, "it is missing", advice);
}

std::int64_t whole_seconds(std::chrono::milliseconds duration, std::string_view option) {
    const auto whole = std::chrono::duration_cast<seconds>(duration);
    if (whole < seconds(1))
        throw Error(ExitCode::kUsage, option, "it is less than a second", "write it like 7d");
    return whole.count();
}

void create(const Options& options) {
    require(!options.roots.empty(), "--root", "pass the secret key that 'shoal key new root' has made");
    require(!options.publishers.empty(), "--publisher", "pass the .pub file of who may publish");
    require(!options.trackers.empty(), "--tracker", "pass the tracker's announce URL");
    channel::Root root;
    root.name = options.name;
    root.expires = std::time(nullptr) + whole_seconds(options.root_expires, "--root-expires");
    root.lifetime = whole_seconds(options.expires, "--expires");
    root.keep = options.keep;
    root.threshold = options.threshold;
    root.trackers = options.trackers;
    std::vector<channel::SecretKey> signers;
    for (const fs::path& path : options.roots) {
        signers.push_back(load_secret_key(path));
        root.root_keys.push_back(signers.back().public_key());
    }
    for (const fs::path& path : options.former_roots) signers.push_back(load_secret_key(path));
    for (const fs::path& path : options.publishers) root.publish_keys.push_back(load_public_key(path));
    root.head_keys = root.publish_keys;
    std::optional<channel::SignedRoot> before;
    if (options.after) {
        before = load_channel(options.after->string()).root;
        root.version = before->root.version + 1;
    }
    const channel::SignedRoot made = channel::sign_root(std::move(root), signers);
    if (before) channel::check_successor(*before, made);
    const fs::path file = options.output.value_or(channel::channel_file_name(made.root.name));
    // A newer root may stand in its predecessor's place, nothing else is replaced.
    const bool in_place = options.after && fs::weakly_canonical(*options.after) == fs::weakly_canonical(file);
    write_file_atomically(file, channel::write_signed_root(made),
                          in_place ? Overwrite::kYes : Overwrite::kNo);
    print(options, made.root, file);
}

void show(const Options& options) {
    const ChannelFile file = load_channel(options.name);
    print(options, file.root.root, file.path);
}

/// Also of a newer root: the trackers then drop what the old keys alone have signed.
void send_to_trackers(const Options& options) {
    const ChannelFile file = load_channel(options.name);
    const std::string token = options.admin_token.empty() ? std::string() : read_secret(options.admin_token);
    for (const std::string& url : file.root.root.trackers) {
        const ChannelTracker tracker(url, token);
        tracker.send_root(channel::write_signed_root(file.root));
        if (!options.json) fmt::print("registered at {}\n", tracker.url());
    }
    if (options.json) print(options, file.root.root, file.path);
}

void run(const Options& options) {
    if (options.action == "create") return create(options);
    if (options.action == "register") return send_to_trackers(options);
    if (options.action == "latest")
        return show_latest({options.name, options.state, options.output, options.json});
    show(options);
}

void add_files(CLI::App& command, const std::string& name, std::vector<fs::path>& files,
               const std::string& help) {
    command.add_option(name, files, help)->type_name("FILE")->allow_extra_args(false);
}

}  // namespace

void setup_channel(CLI::App& app) {
    auto options = std::make_shared<Options>();
    CLI::App* command =
        app.add_subcommand("channel", "Make a channel, of which machines follow the releases");
    command
        ->add_option("ACTION", options->action,
                     "What to do; 'create' writes the channel's file, 'show' checks and prints one, "
                     "'register' gives it to its trackers, 'latest' asks them for the current release")
        ->required()
        ->check(CLI::IsMember({"create", "show", "register", "latest"}));
    command
        ->add_option("NAME", options->name,
                     "The channel, like camera/latest; for all but 'create' its file will do")
        ->required();
    add_files(*command, "--root", options->roots, "A secret root key, again for another one; it signs");
    command->add_option("--threshold", options->threshold, "How many root keys must sign a root")
        ->type_name("NUMBER")
        ->capture_default_str();
    add_files(*command, "--publisher", options->publishers,
              "The public key of who may publish, again for another one");
    command
        ->add_option("-t,--tracker,--announce", options->trackers,
                     "Where followers ask for the newest release; an announce URL")
        ->type_name("URL")
        ->allow_extra_args(false);
    command
        ->add_option("--keep", options->keep, "How many releases a follower keeps, the current one included")
        ->type_name("NUMBER")
        ->capture_default_str();
    add_duration(*command, "--expires", options->expires,
                 "How long followers believe a release without a new word");
    add_duration(*command, "--root-expires", options->root_expires, "How long the channel's file is good");
    command
        ->add_option("--after", options->after, "The channel's file that this one follows; keys may change")
        ->type_name("FILE");
    add_files(*command, "--former-root", options->former_roots,
              "With --after: a root key that loses its role; it signs once more");
    command
        ->add_option("-o,--output", options->output,
                     "Where to write what 'create' makes; without it: NAME.channel here. With "
                     "'latest': where to write the release's torrent")
        ->type_name("FILE");
    command
        ->add_option("--state", options->state,
                     "With 'latest': which heads were seen; without it: beside the channel's file")
        ->type_name("FILE");
    command
        ->add_option("--admin-token-file", options->admin_token,
                     "With 'register': the trackers' admin token, for owner and group only")
        ->type_name("FILE");
    command->add_flag("--json", options->json, "Print one JSON document");
    show_in_help(*command, {"--root", "--publisher", "--tracker", "--keep", "--expires", "--json"});
    command->group(kChannelCommands);
    command->footer(
        "Examples:\n"
        "  shoal channel create a/b --root r.key --publisher p.pub -t http://t:1/announce\n"
        "  shoal channel show cam-1.channel");
    command->callback([options] { run(*options); });
}

}  // namespace shoal::client
