#include "tracker/web/vitals.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>

#include "common/metrics/page.hpp"
#include "common/version.hpp"

namespace shoal::tracker {
namespace {

using metrics::Page;

void write_reasons(const Vitals& vitals, Page& page) {
    page.metric("shoal_tracker_failures_by_reason_total", "counter",
                "Announces and scrapes that were refused, by what their clients were told.");
    for (const auto& [protocol, reasons] :
         {std::pair("http", &vitals.http_reasons), std::pair("udp", &vitals.udp_reasons)}) {
        for (const auto& [reason, count] : *reasons)
            page.sample({{"protocol", protocol}, {"reason", reason}}, count);
    }
}

/// Writes the samples of each torrent's sites, as far as `most` of them allow.
class SiteSamples {
  public:
    SiteSamples(const std::vector<SwarmView>& torrents, std::size_t most) {
        std::size_t samples = 0;
        for (const SwarmView& torrent : torrents) {
            if (!torrent.progress) continue;
            for (const SitePart& site : torrent.progress->sites) {
                add(sites_[site.name], site);
                samples += kSamplesOfOne;
                if (samples <= most)
                    shown_.emplace_back(torrent.info_hash.hex(), &site);
                else
                    ++left_out_;
            }
        }
    }

    void write(Page& page) const {
        page.metric(
            "shoal_tracker_site_peers", "gauge",
            "Peers of a site in the registered torrents of this page; site is empty for those of none.");
        for (const auto& [name, site] : sites_) {
            for (const auto& [state, count] : states_of(site))
                page.sample({{"site", name}, {"state", state}}, count);
        }
        page.metric("shoal_tracker_torrent_site_peers", "gauge", "Peers of a registered torrent at a site.");
        for (const auto& [hash, site] : shown_) {
            for (const auto& [state, count] : states_of(*site))
                page.sample({{"info_hash", hash}, {"site", site->name}, {"state", state}}, count);
        }
        page.metric("shoal_tracker_torrent_site_stalled_peers", "gauge",
                    "Leechers of a registered torrent at a site that have got nothing for two intervals.");
        for (const auto& [hash, site] : shown_)
            page.sample({{"info_hash", hash}, {"site", site->name}}, site->stalled);
        page.metric("shoal_tracker_torrent_site_progress_ratio", "gauge",
                    "Share of a registered torrent that the peers of a site have, as a mean.");
        for (const auto& [hash, site] : shown_) {
            if (site->mean) page.ratio({{"info_hash", hash}, {"site", site->name}}, *site->mean);
        }
        page.metric("shoal_tracker_torrent_site_bytes_per_second", "gauge",
                    "What the leechers of a registered torrent at a site receive together.");
        for (const auto& [hash, site] : shown_)
            page.sample({{"info_hash", hash}, {"site", site->name}}, static_cast<std::uint64_t>(site->rate));
        page.gauge("shoal_tracker_torrent_sites_left_out",
                   "Pairs of a torrent and a site without samples of their own, because there are too many.",
                   left_out_);
    }

  private:
    static constexpr std::size_t kSamplesOfOne = 7;  ///< for each pair of a torrent and a site

    static std::array<std::pair<std::string_view, std::uint64_t>, 4> states_of(const SitePart& site) {
        return {{{"seed", site.seeds},
                 {"leecher", site.leechers},
                 {"partial seed", site.partial_seeds},
                 {"lost", site.lost}}};
    }
    static void add(SitePart& all, const SitePart& part) {
        all.seeds += part.seeds;
        all.leechers += part.leechers;
        all.partial_seeds += part.partial_seeds;
        all.lost += part.lost;
    }

    std::map<std::string_view, SitePart> sites_;
    std::vector<std::pair<std::string, const SitePart*>> shown_;
    std::size_t left_out_ = 0;
};

void write_progress(const std::vector<SwarmView>& torrents, Page& page) {
    page.metric("shoal_tracker_torrent_stalled_peers", "gauge",
                "Leechers of a registered torrent that have got nothing for two intervals.");
    for (const SwarmView& torrent : torrents) {
        if (torrent.progress)
            page.sample({{"info_hash", torrent.info_hash.hex()}}, torrent.progress->stalled);
    }
    page.metric("shoal_tracker_torrent_progress_ratio", "gauge",
                "Share of a registered torrent that its peers have: the mean, the median, what 99 % have.");
    for (const SwarmView& torrent : torrents) {
        if (!torrent.progress || !torrent.progress->shares) continue;
        const std::string hash = torrent.info_hash.hex();
        page.ratio({{"info_hash", hash}, {"of", "mean"}}, torrent.progress->shares->mean);
        page.ratio({{"info_hash", hash}, {"of", "median"}}, torrent.progress->shares->half);
        page.ratio({{"info_hash", hash}, {"of", "slowest"}}, torrent.progress->shares->slowest);
    }
    page.metric("shoal_tracker_torrent_bytes_per_second", "gauge",
                "What the leechers of a registered torrent receive together.");
    for (const SwarmView& torrent : torrents) {
        if (torrent.progress)
            page.sample({{"info_hash", torrent.info_hash.hex()}},
                        static_cast<std::uint64_t>(torrent.progress->rate));
    }
    page.metric("shoal_tracker_torrent_remaining_seconds", "gauge",
                "Until 99 % of the leechers that receive something are done, each at its present rate.");
    for (const SwarmView& torrent : torrents) {
        if (torrent.progress && torrent.progress->seconds_left)
            page.sample({{"info_hash", torrent.info_hash.hex()}}, *torrent.progress->seconds_left);
    }
}

void write_registered(const std::vector<SwarmView>& torrents, Page& page) {
    page.metric("shoal_tracker_torrent_info", "gauge", "Always 1; the name of a registered torrent.");
    for (const SwarmView& torrent : torrents)
        page.sample({{"info_hash", torrent.info_hash.hex()}, {"name", torrent.name}}, 1);
    page.metric("shoal_tracker_torrent_size_bytes", "gauge", "Size of a registered torrent.");
    for (const SwarmView& torrent : torrents)
        page.sample({{"info_hash", torrent.info_hash.hex()}}, torrent.size);
    page.metric("shoal_tracker_torrent_peers", "gauge", "Peers of a registered torrent.");
    for (const SwarmView& torrent : torrents) {
        const std::string hash = torrent.info_hash.hex();
        page.sample({{"info_hash", hash}, {"state", "seed"}}, torrent.counts.complete);
        page.sample({{"info_hash", hash}, {"state", "leecher"}}, torrent.counts.downloaders);
        page.sample({{"info_hash", hash}, {"state", "partial seed"}}, torrent.partial_seeds());
        page.sample({{"info_hash", hash}, {"state", "lost"}}, torrent.lost);
    }
    page.metric("shoal_tracker_torrent_completed_total", "counter",
                "Completed downloads of a registered torrent.");
    for (const SwarmView& torrent : torrents)
        page.sample({{"info_hash", torrent.info_hash.hex()}}, torrent.counts.downloaded);
    write_progress(torrents, page);
    // A torrent in fifty halls has 350: a scrape is to stay a few megabytes.
    constexpr std::size_t kMostSiteSamples = 10'000;
    SiteSamples(torrents, kMostSiteSamples).write(page);
}

void write_store(const Vitals& vitals, Page& page) {
    page.gauge("shoal_tracker_store_healthy",
               "0 while the database cannot be written, and from when its file is deleted or replaced to "
               "the restart.",
               vitals.store_healthy ? 1 : 0);
    page.gauge("shoal_tracker_store_file_lost", "1 from when the file is deleted or replaced to the restart.",
               vitals.store_file_lost ? 1 : 0);
    page.counter("shoal_tracker_store_transactions_total", "Batches written.", vitals.store_transactions);
    page.counter("shoal_tracker_store_records_total", "Changes written.", vitals.store_records);
    page.counter("shoal_tracker_store_failures_total", "Batches that failed and were tried again.",
                 vitals.store_failures);
    page.gauge("shoal_tracker_store_written_timestamp_seconds", "When the database last had everything.",
               vitals.store_written_at);
}

void write_sharing(const Vitals& vitals, Page& page) {
    page.gauge("shoal_tracker_shared_healthy", "0 while Redis cannot be used: this tracker goes on alone.",
               vitals.shared_healthy ? 1 : 0);
    page.counter("shoal_tracker_shared_written_total", "Changes told to the other trackers.",
                 vitals.shared_written);
    page.counter("shoal_tracker_shared_read_total", "Changes heard from the other trackers.",
                 vitals.shared_read);
    page.counter("shoal_tracker_shared_refused_total", "Values in Redis that were no tracker's records.",
                 vitals.shared_refused);
    page.counter("shoal_tracker_shared_loads_total",
                 "Loads of everything: at the start, and after a part of the changes was missed.",
                 vitals.shared_loads);
    page.gauge(
        "shoal_tracker_shared_lost_trackers",
        "Trackers that fell silent in the last 30 days without leaving. While it is not 0, completions "
        "may be missing from the counts.",
        vitals.shared_lost_trackers);
    page.gauge("shoal_tracker_shared_written_timestamp_seconds", "When Redis last had everything.",
               vitals.shared_written_at);
}

void write_requests(const Vitals& vitals, Page& page) {
    page.metric("shoal_tracker_announces_total", "counter", "Announces that were answered with peers.");
    page.sample({{"protocol", "http"}}, vitals.http_announces);
    page.sample({{"protocol", "udp"}}, vitals.udp_announces);
    page.metric("shoal_tracker_announce_duration_seconds", "histogram",
                "From an announce that was read to its answer, as far as it was answered with peers.");
    page.histogram({{"protocol", "http"}}, vitals.http_announce_times);
    page.histogram({{"protocol", "udp"}}, vitals.udp_announce_times);
    page.metric("shoal_tracker_scrapes_total", "counter", "Scrapes that were answered.");
    page.sample({{"protocol", "http"}}, vitals.http_scrapes);
    page.sample({{"protocol", "udp"}}, vitals.udp_scrapes);
    page.metric("shoal_tracker_failures_total", "counter", "Announces and scrapes that were refused.");
    page.sample({{"protocol", "http"}}, vitals.http_failures);
    page.sample({{"protocol", "udp"}}, vitals.udp_errors);
    write_reasons(vitals, page);
    page.counter("shoal_tracker_udp_connects_total", "Connection ids given out over UDP.",
                 vitals.udp_connects);
    page.counter("shoal_tracker_http_requests_total", "HTTP requests of all kinds.", vitals.http_requests);
    page.gauge("shoal_tracker_http_connections", "Open HTTP connections.", vitals.connections);
    page.counter("shoal_tracker_http_connections_accepted_total", "HTTP connections accepted.",
                 vitals.connections_accepted);
    page.counter("shoal_tracker_http_connections_refused_total", "HTTP connections over the limit.",
                 vitals.connections_refused);
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

std::string metrics_text(const Vitals& vitals, const std::vector<SwarmView>& registered) {
    Page page;
    page.metric("shoal_tracker_build_info", "gauge", "Always 1; the version is the label.");
    page.sample({{"version", version()}}, 1);
    page.gauge("shoal_tracker_swarms", "Swarms in memory.", vitals.totals.swarms);
    page.gauge("shoal_tracker_registered_torrents", "Swarms that an operator registered.",
               vitals.totals.registered);
    page.gauge(
        "shoal_tracker_registered_torrents_left_out",
        "Registered torrents without samples of their own, because there are too many.",
        vitals.totals.registered - std::min<std::uint64_t>(vitals.totals.registered, registered.size()));
    page.metric("shoal_tracker_peers", "gauge",
                "Peers in memory; lost ones stopped announcing without a word.");
    page.sample({{"state", "seed"}}, vitals.totals.seeds);
    page.sample({{"state", "leecher"}}, vitals.totals.leechers);
    page.sample({{"state", "lost"}}, vitals.totals.lost);
    page.gauge("shoal_tracker_completed", "Completed downloads of the swarms in memory.",
               vitals.totals.completed);
    write_requests(vitals, page);
    if (vitals.persistent) write_store(vitals, page);
    if (vitals.shared) write_sharing(vitals, page);
    write_registered(registered, page);
    if (vitals.certificate_expires) {
        page.gauge("shoal_tracker_certificate_expiry_timestamp_seconds",
                   "When the first certificate of the TLS chain expires.",
                   static_cast<std::uint64_t>(*vitals.certificate_expires));
    }
    metrics::write_process(page);
    page.gauge("process_start_time_seconds", "When the process started.", vitals.started);
    return page.take();
}

}  // namespace shoal::tracker
