#include "client/commands/key.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "channel/minisign.hpp"
#include "client/commands/channel.hpp"
#include "client/content/existing_content.hpp"
#include "common/error.hpp"
#include "common/file_io.hpp"

namespace shoal::client {

namespace fs = std::filesystem;

namespace {

struct Options {
    std::string action;
    std::string name;
    bool json = false;
};

/// Neither file takes the place of another one: a lost key cannot be made again.
void make_key(const Options& options) {
    const fs::path secret = options.name + ".key";
    const fs::path open = options.name + ".pub";
    for (const fs::path& path : {secret, open}) {
        if (is_there(path))
            throw Error(ExitCode::kFileSystem, path.string(), "is there already",
                        "choose another name: a key that is replaced is lost");
    }
    const channel::SecretKey key = channel::SecretKey::random();
    constexpr unsigned kOwnerOnly = 0600;
    write_file_atomically(secret, write_secret_key(key), Overwrite::kNo, kOwnerOnly);
    try {
        write_file_atomically(open, write_public_key(key.public_key()), Overwrite::kNo);
    } catch (const Error&) {
        ::unlink(secret.c_str());  // nobody has used it yet
        throw;
    }
    const std::string id = channel::key_name(key.public_key().id);
    if (options.json) {
        nlohmann::ordered_json out{{"key", id}, {"secret", secret.string()}, {"public", open.string()}};
        fmt::print("{}\n", out.dump(2));
    } else {
        fmt::print("key     {}\nsecret  {} (without a password: keep it to yourself)\npublic  {}\n", id,
                   secret.string(), open.string());
    }
}

}  // namespace

void setup_key(CLI::App& app) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("key", "Make the keys that sign a channel's releases");
    command->add_option("ACTION", options->action, "What to do; 'new' writes NAME.key and NAME.pub")
        ->required()
        ->check(CLI::IsMember({"new"}));
    command
        ->add_option("NAME", options->name, "The files' names without their ends; it may begin with a folder")
        ->required();
    command->add_flag("--json", options->json, "Print one JSON document");
    command->group(kChannelCommands);
    command->footer(
        "Keys are files of minisign's form: 'minisign -V' verifies what they sign.\n"
        "Examples:\n  shoal key new root\n  shoal key new /etc/shoal/camera");
    command->callback([options] {
        if (options->name.empty() || options->name.ends_with('/'))
            throw Error(ExitCode::kUsage, "NAME", "it names no file", "write it like 'camera'");
        make_key(*options);
    });
}

}  // namespace shoal::client
