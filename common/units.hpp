#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Sizes, rates and durations as people write them. One grammar for the three programs' options and output.
namespace shoal {

/// "5MiB", "5MB", "1G", "512", "1.5GiB" -> bytes. KB/MB/GB/TB are powers of 1000; KiB... and the bare letters
/// K/M/G/T are powers of 1024 (as in coreutils). Case does not matter. Nothing on anything else or above
/// 2^63-1.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// "300MB/s", "40Gbit/s", "2.5MiB/s", "300M" -> bytes a second. Without "/s" the same; bits are divided by 8.
/// "0" and "unlimited" are 0: no limit.
std::optional<std::uint64_t> parse_rate(std::string_view text);

/// "30s", "10m", "2h", "1d", "500ms", "1h30m", "30" (seconds) -> milliseconds.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// 5242880 -> "5.00 MiB"; bytes below 1024 as "17 B".
std::string format_size(std::uint64_t bytes);

/// As piece sizes are written: exact, "5MiB", "16KiB", "5000000B".
std::string format_exact_size(std::uint64_t bytes);

/// Decimal, as links are sold: 312500000 -> "312.5 MB/s".
std::string format_rate(double bytes_per_second);

/// "0.4s", "12s", "3m05s", "2h07m", "3d04h".
std::string format_duration(std::chrono::milliseconds duration);

/// "1 file", "3 files".
std::string count_of(std::uint64_t count, std::string_view what);

}  // namespace shoal
