#include <fmt/format.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/cli/options.hpp"
#include "common/error.hpp"
#include "common/file_io.hpp"
#include "common/units.hpp"
#include "torrentgen/commands/commands.hpp"
#include "torrentgen/commands/output.hpp"
#include "torrentgen/manifest/create.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::torrentgen {
namespace {

using nlohmann::json;

struct Options {
    manifest::CreateOptions create;
    std::vector<std::string> announce;
    std::string output;
    std::string date;
    bool force = false;
    bool dry_run = false;
    bool json = false;
};

constexpr const char* kFooter =
    "Symbolic links inside a folder are left out with a warning, files and folders whose name starts with a\n"
    "dot without one; see --symlinks and --hidden. Files are sorted, and neither date nor host is recorded:\n"
    "the same content gives the same bytes on every machine.\n"
    "\n"
    "Examples:\n"
    "  torrentgen create model.bin -a http://tracker:6969/announce\n"
    "  torrentgen create dataset/ -a http://a/announce,http://b/announce -a udp://spare:6969\n"
    "  torrentgen create src/ --exclude '*.o' --exclude build -o - | torrentgen show -\n";

/// One --announce is one tier; the trackers of a tier are separated by commas (BEP 12).
std::vector<std::vector<std::string>> to_tiers(const std::vector<std::string>& announce) {
    std::vector<std::vector<std::string>> tiers;
    for (const std::string& text : announce) {
        std::vector<std::string> tier;
        std::size_t start = 0;
        while (start <= text.size()) {
            const std::size_t comma = std::min(text.find(',', start), text.size());
            if (comma > start) tier.push_back(text.substr(start, comma - start));
            start = comma + 1;
        }
        if (!tier.empty()) tiers.push_back(std::move(tier));
    }
    return tiers;
}

std::optional<std::int64_t> parse_date(const std::string& text) {
    if (text.empty()) return std::nullopt;
    if (text == "now") return std::time(nullptr);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        throw Error(ExitCode::kUsage, "--date " + text, "is not a time",
                    "write 'now' or the seconds since 1970");
    }
    return value;
}

/// Before hours of hashing, not after them.
void check_output(const Options& options) {
    if (options.output == "-") {
        if (options.json) {
            throw Error(ExitCode::kUsage, "--json", "standard output is taken by -o -",
                        "write the manifest to a file");
        }
        return;
    }
    struct stat status {};
    if (::stat(options.output.c_str(), &status) == 0) {
        if (S_ISDIR(status.st_mode)) throw file_error(options.output, EISDIR);
        if (!options.force) throw file_error(options.output, EEXIST);
    }
    const auto folder = std::filesystem::absolute(options.output).parent_path();
    if (::stat(folder.c_str(), &status) != 0) throw file_error(options.output, errno);
}

std::string count_of(std::uint64_t count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::size_t content_files(const std::vector<manifest::FileEntry>& files) {
    return static_cast<std::size_t>(
        std::count_if(files.begin(), files.end(), [](const auto& file) { return !file.pad; }));
}

std::string size_text(std::uint64_t bytes, std::size_t files) {
    return bytes < 1024
               ? fmt::format("{} in {}", format_size(bytes), count_of(files, "file"))
               : fmt::format("{} ({} bytes) in {}", format_size(bytes), bytes, count_of(files, "file"));
}

json plan_json(const manifest::CreatePlan& plan) {
    json files = json::array();
    for (const auto& file : plan.files) {
        if (!file.pad) files.push_back({{"path", file.path}, {"size", file.size}});
    }
    return {{"name", plan.name},          {"format", format_name(plan.format)},
            {"size", plan.total_size},    {"piece_size", plan.piece_size},
            {"pieces", plan.piece_count}, {"files", files},
            {"warnings", plan.warnings}};
}

void run_dry(const Options& options) {
    const manifest::CreatePlan plan = manifest::plan_manifest(options.create);
    if (options.json) {
        fmt::print("{}\n", plan_json(plan).dump(2));
        return;
    }
    print_warnings(plan.warnings);
    for (const auto& file : plan.files) {
        if (!file.pad) fmt::print("{:>12}  {}\n", format_size(file.size), printable(file.path));
    }
    print_field("name", plan.name);
    print_field("size", size_text(plan.total_size, content_files(plan.files)));
    print_field("pieces", fmt::format("{} of {}", plan.piece_count, format_exact_size(plan.piece_size)));
    print_field("format", format_name(plan.format));
    fmt::print("nothing was hashed or written (--dry-run)\n");
}

void print_summary(const Options& options, const manifest::CreatedManifest& created) {
    const manifest::Manifest manifest = manifest::parse_manifest(created.bytes, options.output);
    const std::size_t files = content_files(manifest.files);
    if (options.json) {
        json out = {{"name", manifest.name},
                    {"format", format_name(format_of(manifest))},
                    {"size", manifest.total_size},
                    {"piece_size", manifest.piece_size},
                    {"pieces", manifest.piece_count},
                    {"files", files},
                    {"magnet", manifest::magnet_link(manifest)},
                    {"output", options.output},
                    {"warnings", created.warnings}};
        if (!manifest.info_hash_v1.empty()) out["info_hash_v1"] = manifest.info_hash_v1;
        if (!manifest.info_hash_v2.empty()) out["info_hash_v2"] = manifest.info_hash_v2;
        fmt::print("{}\n", out.dump(2, ' ', false, json::error_handler_t::replace));
        return;
    }
    print_field("name", manifest.name);
    print_field("size", size_text(manifest.total_size, files));
    print_field("pieces",
                fmt::format("{} of {}", manifest.piece_count, format_exact_size(manifest.piece_size)));
    print_field("format", format_name(format_of(manifest)));
    print_field("info-hash", manifest.info_hash_v1);
    print_field(manifest.info_hash_v1.empty() ? "info-hash" : "v2", manifest.info_hash_v2);
    print_field("output", options.output);
}

void run(Options options) {
    options.create.trackers = to_tiers(options.announce);
    options.create.date = parse_date(options.date);
    if (options.dry_run) return run_dry(options);
    if (options.output.empty()) {
        options.output = manifest::choose_name(options.create) + ".torrent";
    }
    manifest::check_options(options.create);
    check_output(options);
    if (options.output != "-") options.create.ignore.emplace_back(options.output);

    HashingProgress progress(!options.json);
    const manifest::CreatedManifest created = manifest::create_manifest(
        options.create, [&](const manifest::CreateProgress& done) { return progress(done); });
    progress.clear();
    if (!options.json) print_warnings(created.warnings);
    if (options.output == "-") {
        if (std::fwrite(created.bytes.data(), 1, created.bytes.size(), stdout) != created.bytes.size() ||
            std::fflush(stdout) != 0) {
            throw file_error("standard output", errno);
        }
        return;
    }
    write_file_atomically(options.output, created.bytes, options.force ? Overwrite::kYes : Overwrite::kNo);
    print_summary(options, created);
}

/// An option whose value is one of a few words; the first of them is the default.
template <typename Value>
void add_choice(CLI::App& command, const std::string& name, Value& target,
                const std::vector<std::pair<std::string, Value>>& choices, const std::string& help) {
    std::string words;
    for (const auto& choice : choices) words += (words.empty() ? "" : "|") + choice.first;
    command
        .add_option_function<std::string>(
            name,
            [&target, choices, words, name](const std::string& text) {
                const auto found = std::find_if(choices.begin(), choices.end(),
                                                [&](const auto& choice) { return choice.first == text; });
                if (found == choices.end()) {
                    throw CLI::ValidationError(name, fmt::format("'{}' is none of {}", text, words));
                }
                target = found->second;
            },
            help)
        ->type_name(words)
        ->default_str(choices.front().first);
}

}  // namespace

void setup_create(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    auto& create = options->create;
    CLI::App* command = app.add_subcommand("create", "Make a manifest from a file or folder");
    command->footer(kFooter);
    command->add_option("path", create.content, "The file or folder to share")->required()->type_name("PATH");
    command->add_option("-o,--output", options->output, "Where to write; - is standard output")
        ->type_name("FILE")
        ->default_str("NAME.torrent");
    command
        ->add_option("-a,--announce", options->announce,
                     "Tracker URL; each -a is a tier, commas separate the trackers of one tier")
        ->type_name("URL")
        ->allow_extra_args(false);
    command
        ->add_option("-w,--web-seed", create.web_seeds, "URL that serves the content over HTTP; repeatable")
        ->type_name("URL")
        ->allow_extra_args(false);
    command->add_option("--dht-node,--node", create.dht_nodes, "Where to enter the DHT; repeatable")
        ->type_name("HOST:PORT")
        ->allow_extra_args(false);
    add_size(*command, "-p,--piece-size", create.piece_size,
             "A multiple of 16KiB; v2 and hybrid: a power of two [5MiB, v2 and hybrid 4MiB]");
    add_choice(
        *command, "--format", create.format,
        {{"v1", manifest::Format::kV1}, {"hybrid", manifest::Format::kHybrid}, {"v2", manifest::Format::kV2}},
        "The kind of manifest (v2: BEP 52)");
    command->add_flag("--private", create.is_private, "No DHT and no peer exchange (BEP 27)");
    command->add_option("-n,--name", create.name, "What a download is called [the name of PATH]")
        ->type_name("NAME");
    command->add_option("-c,--comment", create.comment, "Free text in the manifest")->type_name("TEXT");
    command->add_option("--source", create.source, "Free text that makes a different info-hash")
        ->type_name("TEXT");
    command->add_option("--include", create.include, "Take only paths that match; repeatable")
        ->type_name("GLOB")
        ->allow_extra_args(false);
    command
        ->add_option("--exclude", create.exclude,
                     "Leave out what matches: '*.o' a name at any depth, 'a/b/*' a path; repeatable")
        ->type_name("GLOB")
        ->allow_extra_args(false);
    command->add_flag("--hidden", create.hidden, "Also take names that start with a dot");
    add_choice(*command, "--symlinks", create.symlinks,
               {{"skip", manifest::Symlinks::kSkip},
                {"follow", manifest::Symlinks::kFollow},
                {"keep", manifest::Symlinks::kKeep}},
               "Links inside a folder: left out, followed, or kept as links (BEP 47)");
    command->add_flag("--executable", create.executable, "Record which files are executable (BEP 47)");
    command->add_option("--date", options->date, "Record a date: now, or seconds since 1970")
        ->type_name("now|EPOCH");
    command->add_option("--threads", create.threads, "Hashing threads [all processors]")
        ->type_name("N")
        ->check(CLI::Range(1u, 1024u));
    command->add_flag("-f,--force", options->force, "Replace an existing output file");
    command->add_flag("--dry-run", options->dry_run, "List what would be taken; hash and write nothing");
    command->add_flag("--json", options->json, "Print one JSON document");
    command->callback([options] { run(*options); });
}

}  // namespace shoal::torrentgen
