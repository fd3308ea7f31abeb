#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/cli/help.hpp"
#include "common/cli/options.hpp"
#include "common/cli/s3_options.hpp"
#include "common/error.hpp"
#include "common/file_io.hpp"
#include "torrentgen/commands/commands.hpp"
#include "torrentgen/commands/create_report.hpp"
#include "torrentgen/commands/options.hpp"
#include "torrentgen/commands/output.hpp"
#include "torrentgen/manifest/create.hpp"
#include "torrentgen/manifest/manifest.hpp"
#include "torrentgen/origin/origin.hpp"

namespace shoal::torrentgen {
namespace {

struct Options {
    manifest::CreateOptions create;
    std::vector<std::string> announce;
    std::string output;
    std::string date;
    std::string from_list;
    std::vector<std::string> similar;
    S3Options s3;
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
    "  torrentgen create dataset/ -a http://a/announce,http://b/announce\n"
    "  torrentgen create src/ --exclude '*.o' --exclude build -o - | torrentgen show -\n"
    "  torrentgen create https://files.example/model.bin -a http://tracker:6969/announce\n"
    "  pg_dump db | tee db.sql | torrentgen create - --name db.sql -a http://tracker:6969/announce\n";

/// One path a line, or separated by NUL as `find -print0` writes them.
std::vector<std::string> read_list(const std::string& file) {
    constexpr std::size_t kMaxBytes = 256u << 20;
    const std::string text = read_file(file, kMaxBytes);
    const char separator = text.find('\0') == std::string::npos ? '\n' : '\0';
    std::vector<std::string> paths;
    std::size_t start = 0;
    while (start < text.size()) {
        const std::size_t end = std::min(text.find(separator, start), text.size());
        if (end > start) paths.push_back(text.substr(start, end - start));
        start = end + 1;
    }
    return paths;
}

std::string from_hex(const std::string& digits) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
        bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
    }
    return bytes;
}

/// BEP 38 speaks of v1's info-hash; of v2's the first 20 bytes stand for it, as with trackers (BEP 52).
std::string similar_hash(const std::string& torrent) {
    const manifest::Manifest other = manifest::load_manifest(torrent);
    constexpr std::size_t kHexDigits = 40;
    return from_hex(other.info_hash_v1.empty() ? other.info_hash_v2.substr(0, kHexDigits)
                                               : other.info_hash_v1);
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

/// The content's server, where the content is a URL.
std::optional<origin::Origin> origin_of(const Options& options) {
    const std::string content = options.create.content.string();
    if (!origin::is_remote(content)) {
        if (!options.s3.presign) return std::nullopt;
        throw Error(ExitCode::kUsage, "--presign", "signs URLs of s3:// alone",
                    "name s3://BUCKET/KEY as PATH");
    }
    if (options.dry_run)
        throw Error(ExitCode::kUsage, "--dry-run", "lists files of this machine, not what a server has",
                    "leave it out");
    const bool cut =
        !options.create.include.empty() || !options.create.exclude.empty() || options.create.only;
    if (cut)
        throw Error(ExitCode::kUsage, content, "is one file: there is nothing to choose from",
                    "leave out --include, --exclude and --from-list");
    return origin::open_origin({content, options.s3.endpoint, options.s3.region, options.s3.presign},
                               static_cast<std::int64_t>(std::time(nullptr)));
}

manifest::CreatedManifest hash_content(const Options& options, const std::optional<origin::Origin>& origin,
                                       const manifest::CreateProgressFunction& progress) {
    if (origin) return origin::create_manifest(options.create, *origin, progress);
    return options.create.content == "-"
               ? manifest::create_manifest_from_stream(options.create, STDIN_FILENO, progress)
               : manifest::create_manifest(options.create, progress);
}

void run(Options options) {
    options.create.trackers = to_tiers(options.announce);
    options.create.date = parse_date(options.date);
    for (const std::string& torrent : options.similar)
        options.create.similar.push_back(similar_hash(torrent));
    if (!options.from_list.empty()) options.create.only = read_list(options.from_list);
    const bool from_stdin = options.create.content == "-";
    if (from_stdin && (options.dry_run || options.from_list == "-")) {
        throw Error(ExitCode::kUsage, "PATH -", "standard input can be read only once, for its content",
                    "name a file");
    }
    const std::optional<origin::Origin> origin = origin_of(options);
    if (origin && options.create.name.empty()) options.create.name = origin->name;
    if (options.dry_run) return print_plan(manifest::plan_manifest(options.create), options.json);
    if (from_stdin && options.create.name.empty()) {
        throw Error(ExitCode::kUsage, "PATH -", "standard input has no name", "give one with --name");
    }
    if (options.output.empty()) {
        options.output = manifest::choose_name(options.create) + ".torrent";
    }
    manifest::check_options(options.create);
    check_output(options);
    if (options.output != "-") options.create.ignore.emplace_back(options.output);

    HashingProgress progress(!options.json);
    const auto report = [&](const manifest::CreateProgress& done) { return progress(done); };
    const manifest::CreatedManifest created = hash_content(options, origin, report);
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
    print_created(created, options.output, options.json);
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
    command
        ->add_option("path", create.content,
                     "The file or folder to share; also http(s)://... or s3://BUCKET/KEY, which becomes a "
                     "web seed; - is a "
                     "file on standard input, see --name")
        ->required()
        ->type_name("PATH");
    command->add_option("-o,--output", options->output, "Where to write; - is standard output")
        ->type_name("FILE")
        ->default_str("NAME.torrent");
    command
        ->add_option("-a,--announce,--tracker", options->announce,
                     "Tracker URL; each -a is a tier, commas separate the trackers of one tier")
        ->type_name("URL")
        ->allow_extra_args(false);
    command
        ->add_option("-w,--web-seed", create.web_seeds, "URL that serves the content over HTTP; repeatable")
        ->type_name("URL")
        ->allow_extra_args(false);
    command
        ->add_option("--dht-node,--node,--dht-bootstrap", create.dht_nodes,
                     "Where to enter the DHT; repeatable")
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
    command
        ->add_option_function<std::string>(
            "--ssl-ca",
            [&create](const std::string& file) {
                constexpr std::size_t kMaxBytes = 1u << 20;
                create.ssl_ca = read_file(file, kMaxBytes);
            },
            "Only peers with a certificate of this authority may have the content: its certificate (PEM)")
        ->type_name("FILE");
    command->add_option("--include", create.include, "Take only paths that match; repeatable")
        ->type_name("GLOB")
        ->allow_extra_args(false);
    command
        ->add_option("--exclude", create.exclude,
                     "Leave out what matches: '*.o' a name at any depth, 'a/b/*' a path; repeatable")
        ->type_name("GLOB")
        ->allow_extra_args(false);
    command
        ->add_option("--from-list", options->from_list,
                     "Take only these paths below PATH, one a line; - is standard input")
        ->type_name("FILE");
    command->add_flag("--hidden", create.hidden, "Also take names that start with a dot");
    add_choice(*command, "--symlinks", create.symlinks,
               {{"skip", manifest::Symlinks::kSkip},
                {"follow", manifest::Symlinks::kFollow},
                {"keep", manifest::Symlinks::kKeep}},
               "Links inside a folder: left out, followed, or kept as links (BEP 47)");
    command->add_flag("--executable", create.executable, "Record which files are executable (BEP 47)");
    command
        ->add_option("--similar", options->similar,
                     "A torrent that shares files with this one (BEP 38); repeatable")
        ->type_name("TORRENT")
        ->allow_extra_args(false);
    command
        ->add_option("--collection", create.collections,
                     "A collection that it belongs to (BEP 38); repeatable")
        ->type_name("NAME")
        ->allow_extra_args(false);
    command->add_option("--date", options->date, "Record a date: now, or seconds since 1970")
        ->type_name("now|EPOCH");
    command->add_option("--threads", create.threads, "Hashing threads [all processors]")
        ->type_name("N")
        ->check(CLI::Range(1u, 1024u));
    add_s3_options(*command, options->s3);
    command->add_flag("-f,--force", options->force, "Replace an existing output file");
    command->add_flag("--dry-run", options->dry_run, "List what would be taken; hash and write nothing");
    command->add_flag("--json", options->json, "Print one JSON document");
    show_in_help(*command, {"--output", "--announce", "--web-seed", "--dht-node", "--piece-size", "--format",
                            "--private", "--include", "--exclude", "--force", "--dry-run", "--json"});
    command->callback([options] { run(*options); });
}

}  // namespace shoal::torrentgen
