#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/progress_line.hpp"
#include "common/rate_meter.hpp"
#include "common/stop_signal.hpp"
#include "torrentgen/manifest/create.hpp"
#include "torrentgen/manifest/verify.hpp"

/// What the commands print alike.
namespace shoal::torrentgen {

/// Text that strangers wrote, fit for a terminal.
std::string printable(std::string_view text);

/// "700.00 MiB (734003200 bytes) in 1 file".
std::string size_text(std::uint64_t bytes, std::size_t files);

/// "name       value\n", the value made printable; nothing for an empty value.
void print_field(std::string_view name, std::string_view value);

std::string_view format_name(manifest::Format format);
manifest::Format format_of(const manifest::Manifest& manifest);

/// "3", "5-9", "3, 5-9, 12", cut after a few with the number of the rest.
std::string describe_pieces(const std::vector<manifest::PieceRange>& ranges);

/// On standard error, one line each.
void print_warnings(const std::vector<std::string>& warnings);

/// What is to be ignored in the manifest, if anything, as such a line.
void print_remark(const manifest::Manifest& manifest);

/// Draws what hashing reports, and carries Ctrl-C to it.
class HashingProgress {
  public:
    explicit HashingProgress(bool wanted) : line_(wanted) {}
    /// @return false once a stop was asked for
    bool operator()(const manifest::CreateProgress& progress);
    void clear() { line_.clear(); }

  private:
    StopSignal stop_;
    ProgressLine line_;
    RateMeter rate_;
    std::chrono::steady_clock::time_point drawn_{};
};

}  // namespace shoal::torrentgen
