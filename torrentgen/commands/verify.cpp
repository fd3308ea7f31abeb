#include "torrentgen/manifest/verify.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "common/error.hpp"
#include "common/file_io.hpp"
#include "torrentgen/commands/commands.hpp"
#include "torrentgen/commands/output.hpp"

namespace shoal::torrentgen {
namespace {

using nlohmann::json;

struct Options {
    std::string torrent;
    std::string path;
    unsigned threads = 0;
    bool json = false;
};

std::string_view state_name(manifest::FileState state) {
    switch (state) {
        case manifest::FileState::kMissing:
            return "missing";
        case manifest::FileState::kUnreadable:
            return "unreadable";
        case manifest::FileState::kWrongSize:
            return "wrong-size";
        case manifest::FileState::kDiffers:
            return "differs";
        case manifest::FileState::kUncertain:
            break;
    }
    return "uncertain";
}

json ranges_json(const std::vector<manifest::PieceRange>& ranges) {
    json out = json::array();
    for (const auto& range : ranges) out.push_back({range.first, range.last});
    return out;
}

void print_json(const manifest::VerifyReport& report) {
    json files = json::array();
    for (const auto& file : report.files) {
        json entry = {{"path", file.path},
                      {"state", state_name(file.state)},
                      {"piece_ranges", ranges_json(file.pieces)}};
        if (!file.detail.empty()) entry["detail"] = file.detail;
        files.push_back(std::move(entry));
    }
    const json out = {{"matches", report.matches()},
                      {"name", report.manifest.name},
                      {"pieces", report.manifest.piece_count},
                      {"pieces_good", report.pieces_good},
                      {"bad_piece_ranges", ranges_json(report.bad_pieces)},
                      {"bad_files", std::move(files)}};
    fmt::print("{}\n", out.dump(2, ' ', false, json::error_handler_t::replace));
}

void print_human(const manifest::VerifyReport& report) {
    for (const auto& file : report.files) {
        std::string line = fmt::format("{:<11} {}", state_name(file.state), printable(file.path));
        if (!file.detail.empty()) line += fmt::format(": {}", printable(file.detail));
        if (!file.pieces.empty()) line += fmt::format(" (piece {})", describe_pieces(file.pieces));
        fmt::print("{}\n", line);
    }
    const std::uint32_t pieces = report.manifest.piece_count;
    if (report.matches()) {
        fmt::print("{}: all {} pieces match\n", printable(report.manifest.name), pieces);
    } else {
        fmt::print("{}: {} of {} pieces match\n", printable(report.manifest.name), report.pieces_good,
                   pieces);
    }
}

void run(const Options& options) {
    const std::string bytes = read_file(options.torrent, manifest::kMaxManifestBytes);
    HashingProgress progress(!options.json);
    const manifest::VerifyReport report = manifest::verify_content(
        bytes, options.torrent == "-" ? "standard input" : options.torrent, options.path, options.threads,
        [&](const manifest::CreateProgress& done) { return progress(done); });
    progress.clear();
    print_remark(report.manifest);
    if (options.json) {
        print_json(report);
    } else {
        print_human(report);
    }
    if (report.matches()) return;
    std::fflush(stdout);
    throw Error(
        ExitCode::kMismatch, options.path,
        report.bad_pieces.empty()
            ? fmt::format("{} files do not match the manifest", report.files.size())
            : fmt::format("does not match the manifest in piece {}", describe_pieces(report.bad_pieces)));
}

}  // namespace

void setup_verify(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("verify", "Compare content with a manifest");
    command->footer(
        "PATH is the file or folder itself, or the folder that it was downloaded into. Ends with 0 where "
        "all\n"
        "matches, 6 where not.\n\n"
        "Examples:\n  torrentgen verify model.bin.torrent /srv/model.bin\n"
        "  torrentgen verify --json models.torrent /srv\n");
    command->add_option("torrent", options->torrent, "The manifest; - is standard input")
        ->required()
        ->type_name("TORRENT");
    command->add_option("path", options->path, "The content")->required()->type_name("PATH");
    command->add_option("--threads", options->threads, "Hashing threads [all processors]")
        ->type_name("N")
        ->check(CLI::Range(1u, 1024u));
    command->add_flag("--json", options->json, "Print one JSON document");
    command->callback([options] { run(*options); });
}

}  // namespace shoal::torrentgen
