#include "tracker/web/vitals.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>

#include "common/version.hpp"
#include "torrentgen/manifest/path_rules.hpp"

namespace shoal::tracker {
namespace {

class MetricsWriter {
  public:
    void family(std::string_view name, std::string_view type, std::string_view help) {
        name_ = name;
        fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
    }
    void sample(std::uint64_t value, std::string_view labels = {}) {
        fmt::format_to(std::back_inserter(text_), "{}{} {}\n", name_, labels, value);
    }
    void ratio(double value, std::string_view labels) {
        fmt::format_to(std::back_inserter(text_), "{}{} {:.6g}\n", name_, labels, value);
    }
    void counter(std::string_view name, std::string_view help, std::uint64_t value) {
        family(name, "counter", help);
        sample(value);
    }
    void gauge(std::string_view name, std::string_view help, std::uint64_t value) {
        family(name, "gauge", help);
        sample(value);
    }
    [[nodiscard]] std::string take() { return std::move(text_); }

  private:
    std::string text_;
    std::string_view name_;
};

/// For a label's value. A name that is no UTF-8, which an old database can hold, would spoil the whole
/// answer.
std::string escaped(std::string_view text) {
    const bool utf8 = manifest::is_utf8(text);
    std::string out;
    for (char c : text) {
        if (!utf8 && static_cast<unsigned char>(c) >= 0x80) c = '?';
        if (c == '\\' || c == '"') out += '\\';
        if (c == '\n') {
            out += "\\n";
        } else {
            out += c;
        }
    }
    return out;
}

void write_reasons(const Vitals& vitals, MetricsWriter& out) {
    out.family("shoal_tracker_failures_by_reason_total", "counter",
               "Announces and scrapes that were refused, by what their clients were told.");
    for (const auto& [protocol, reasons] :
         {std::pair("http", &vitals.http_reasons), std::pair("udp", &vitals.udp_reasons)}) {
        for (const auto& [reason, count] : *reasons)
            out.sample(count, fmt::format("{{protocol=\"{}\",reason=\"{}\"}}", protocol, escaped(reason)));
    }
}

void write_registered(const std::vector<SwarmView>& torrents, MetricsWriter& out) {
    const auto hash = [](const SwarmView& torrent) {
        return fmt::format("{{info_hash=\"{}\"}}", torrent.info_hash.hex());
    };
    out.family("shoal_tracker_torrent_info", "gauge", "Always 1; the name of a registered torrent.");
    for (const SwarmView& torrent : torrents)
        out.sample(1, fmt::format("{{info_hash=\"{}\",name=\"{}\"}}", torrent.info_hash.hex(),
                                  escaped(torrent.name)));
    out.family("shoal_tracker_torrent_size_bytes", "gauge", "Size of a registered torrent.");
    for (const SwarmView& torrent : torrents) out.sample(torrent.size, hash(torrent));
    out.family("shoal_tracker_torrent_peers", "gauge", "Peers of a registered torrent.");
    for (const SwarmView& torrent : torrents) {
        const auto sample = [&](std::string_view state, std::uint64_t count) {
            out.sample(count,
                       fmt::format("{{info_hash=\"{}\",state=\"{}\"}}", torrent.info_hash.hex(), state));
        };
        sample("seed", torrent.counts.complete);
        sample("leecher", torrent.counts.downloaders);
        sample("partial seed", torrent.partial_seeds());
        sample("lost", torrent.lost);
    }
    out.family("shoal_tracker_torrent_stalled_peers", "gauge",
               "Leechers of a registered torrent that have got nothing for two intervals.");
    for (const SwarmView& torrent : torrents) {
        if (torrent.progress) out.sample(torrent.progress->stalled, hash(torrent));
    }
    out.family("shoal_tracker_torrent_completed_total", "counter",
               "Completed downloads of a registered torrent.");
    for (const SwarmView& torrent : torrents) out.sample(torrent.counts.downloaded, hash(torrent));
    out.family("shoal_tracker_torrent_progress_ratio", "gauge",
               "Share of a registered torrent that its peers have: the mean, the median, what 99 % have.");
    for (const SwarmView& torrent : torrents) {
        if (!torrent.progress || !torrent.progress->shares) continue;
        const auto sample = [&](std::string_view of, double share) {
            out.ratio(share, fmt::format("{{info_hash=\"{}\",of=\"{}\"}}", torrent.info_hash.hex(), of));
        };
        sample("mean", torrent.progress->shares->mean);
        sample("median", torrent.progress->shares->half);
        sample("slowest", torrent.progress->shares->slowest);
    }
    out.family("shoal_tracker_torrent_bytes_per_second", "gauge",
               "What the leechers of a registered torrent receive together.");
    for (const SwarmView& torrent : torrents) {
        if (torrent.progress) out.sample(static_cast<std::uint64_t>(torrent.progress->rate), hash(torrent));
    }
}

}  // namespace

std::string_view store_problem(const Vitals& vitals) {
    if (vitals.store_file_lost) return "the database's file was deleted or replaced, see the log";
    return vitals.store_healthy ? "" : "the database cannot be written";
}

std::string_view shared_problem(const Vitals& vitals) {
    return vitals.shared_healthy ? ""
                                 : "Redis cannot be used: other trackers do not hear of what happens here";
}

std::uint64_t resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::uint64_t total = 0;
    std::uint64_t resident = 0;
    if (!(file >> total >> resident)) return 0;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::string metrics_text(const Vitals& vitals, const std::vector<SwarmView>& registered) {
    MetricsWriter out;
    out.family("shoal_tracker_build_info", "gauge", "Always 1; the version is the label.");
    out.sample(1, fmt::format("{{version=\"{}\"}}", version()));
    out.gauge("shoal_tracker_swarms", "Swarms in memory.", vitals.totals.swarms);
    out.gauge("shoal_tracker_registered_torrents", "Swarms that an operator registered.",
              vitals.totals.registered);
    out.family("shoal_tracker_peers", "gauge",
               "Peers in memory; lost ones stopped announcing without a word.");
    out.sample(vitals.totals.seeds, "{state=\"seed\"}");
    out.sample(vitals.totals.leechers, "{state=\"leecher\"}");
    out.sample(vitals.totals.lost, "{state=\"lost\"}");
    out.gauge("shoal_tracker_completed", "Completed downloads of the swarms in memory.",
              vitals.totals.completed);
    out.family("shoal_tracker_announces_total", "counter", "Announces that were answered with peers.");
    out.sample(vitals.http_announces, "{protocol=\"http\"}");
    out.sample(vitals.udp_announces, "{protocol=\"udp\"}");
    out.family("shoal_tracker_scrapes_total", "counter", "Scrapes that were answered.");
    out.sample(vitals.http_scrapes, "{protocol=\"http\"}");
    out.sample(vitals.udp_scrapes, "{protocol=\"udp\"}");
    out.family("shoal_tracker_failures_total", "counter", "Announces and scrapes that were refused.");
    out.sample(vitals.http_failures, "{protocol=\"http\"}");
    out.sample(vitals.udp_errors, "{protocol=\"udp\"}");
    write_reasons(vitals, out);
    out.counter("shoal_tracker_udp_connects_total", "Connection ids given out over UDP.",
                vitals.udp_connects);
    out.counter("shoal_tracker_http_requests_total", "HTTP requests of all kinds.", vitals.http_requests);
    out.gauge("shoal_tracker_http_connections", "Open HTTP connections.", vitals.connections);
    out.counter("shoal_tracker_http_connections_accepted_total", "HTTP connections accepted.",
                vitals.connections_accepted);
    out.counter("shoal_tracker_http_connections_refused_total", "HTTP connections over the limit.",
                vitals.connections_refused);
    if (vitals.persistent) {
        out.gauge("shoal_tracker_store_healthy",
                  "0 while the database cannot be written, and from when its file is deleted or replaced to "
                  "the restart.",
                  vitals.store_healthy ? 1 : 0);
        out.gauge("shoal_tracker_store_file_lost",
                  "1 from when the file is deleted or replaced to the restart.",
                  vitals.store_file_lost ? 1 : 0);
        out.counter("shoal_tracker_store_transactions_total", "Batches written.", vitals.store_transactions);
        out.counter("shoal_tracker_store_records_total", "Changes written.", vitals.store_records);
        out.counter("shoal_tracker_store_failures_total", "Batches that failed and were tried again.",
                    vitals.store_failures);
        out.gauge("shoal_tracker_store_written_timestamp_seconds", "When the database last had everything.",
                  vitals.store_written_at);
    }
    if (vitals.shared) {
        out.gauge("shoal_tracker_shared_healthy", "0 while Redis cannot be used: this tracker goes on alone.",
                  vitals.shared_healthy ? 1 : 0);
        out.counter("shoal_tracker_shared_written_total", "Changes told to the other trackers.",
                    vitals.shared_written);
        out.counter("shoal_tracker_shared_read_total", "Changes heard from the other trackers.",
                    vitals.shared_read);
        out.counter("shoal_tracker_shared_refused_total", "Values in Redis that were no tracker's records.",
                    vitals.shared_refused);
        out.counter("shoal_tracker_shared_loads_total",
                    "Loads of everything: at the start, and after a part of the changes was missed.",
                    vitals.shared_loads);
        out.gauge("shoal_tracker_shared_written_timestamp_seconds", "When Redis last had everything.",
                  vitals.shared_written_at);
    }
    write_registered(registered, out);
    if (vitals.certificate_expires) {
        out.gauge("shoal_tracker_certificate_expiry_timestamp_seconds",
                  "When the first certificate of the TLS chain expires.",
                  static_cast<std::uint64_t>(*vitals.certificate_expires));
    }
    out.gauge("process_resident_memory_bytes", "Resident memory.", vitals.resident_bytes);
    out.gauge("process_start_time_seconds", "When the process started.", vitals.started);
    return out.take();
}

}  // namespace shoal::tracker
