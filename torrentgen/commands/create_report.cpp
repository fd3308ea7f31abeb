#include "torrentgen/commands/create_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "common/units.hpp"
#include "torrentgen/commands/output.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::torrentgen {
namespace {

using nlohmann::json;

std::size_t content_files(const std::vector<manifest::FileEntry>& files) {
    return static_cast<std::size_t>(
        std::count_if(files.begin(), files.end(), [](const auto& file) { return !file.pad; }));
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

std::string pieces_text(std::uint64_t count, std::uint32_t size, manifest::Format format) {
    const bool other_default = format != manifest::Format::kV1 && size == manifest::kDefaultV2PieceSize;
    return fmt::format("{} of {}{}", count, format_exact_size(size),
                       other_default ? " (v2 and hybrid need a power of two)" : "");
}

}  // namespace

void print_plan(const manifest::CreatePlan& plan, bool as_json) {
    if (as_json) {
        fmt::print("{}\n", plan_json(plan).dump(2));
        return;
    }
    print_warnings(plan.warnings);
    for (const auto& file : plan.files) {
        if (!file.pad) fmt::print("{:>12}  {}\n", format_size(file.size), printable(file.path));
    }
    print_field("name", plan.name);
    print_field("size", size_text(plan.total_size, content_files(plan.files)));
    print_field("pieces", pieces_text(plan.piece_count, plan.piece_size, plan.format));
    print_field("format", format_name(plan.format));
    fmt::print("nothing was hashed or written (--dry-run)\n");
}

void print_created(const manifest::CreatedManifest& created, const std::string& output, bool as_json) {
    const manifest::Manifest manifest = manifest::parse_manifest(created.bytes, output);
    const std::size_t files = content_files(manifest.files);
    if (as_json) {
        json out = {{"name", manifest.name},
                    {"format", format_name(format_of(manifest))},
                    {"size", manifest.total_size},
                    {"piece_size", manifest.piece_size},
                    {"pieces", manifest.piece_count},
                    {"files", files},
                    {"magnet", manifest::magnet_link(manifest)},
                    {"output", output},
                    {"warnings", created.warnings}};
        if (!manifest.info_hash_v1.empty()) out["info_hash_v1"] = manifest.info_hash_v1;
        if (!manifest.info_hash_v2.empty()) out["info_hash_v2"] = manifest.info_hash_v2;
        fmt::print("{}\n", out.dump(2, ' ', false, json::error_handler_t::replace));
        return;
    }
    print_field("name", manifest.name);
    print_field("size", size_text(manifest.total_size, files));
    print_field("pieces", pieces_text(manifest.piece_count, manifest.piece_size, format_of(manifest)));
    print_field("format", format_name(format_of(manifest)));
    print_field("info-hash", manifest.info_hash_v1);
    print_field(manifest.info_hash_v1.empty() ? "info-hash" : "v2", manifest.info_hash_v2);
    print_field("output", output);
}

}  // namespace shoal::torrentgen
