// A day of a fleet's life in minutes: does anything grow?
//
//     churn [--hours 24] [--peers 20000] [--json FILE]
//
// The tracker's table and its store, driven second by second on a simulated clock, as the program drives
// them: every peer announces when it is told to, the table is swept four times a second, changes are written
// once a second to a real file. Peers come and go all the time, some without a word; a new torrent comes
// every 10 minutes and its peers are gone after three hours.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "tracker/store/sqlite_store.hpp"
#include "tracker/swarm/swarm_table.hpp"

namespace {

using namespace shoal::tracker;

constexpr UnixSeconds kStart = 1'800'000'000;
constexpr UnixSeconds kHour = 3600;
constexpr UnixSeconds kTorrentPeriod = 600;
constexpr UnixSeconds kTorrentLife = 3 * kHour;
constexpr UnixSeconds kStayShortest = 300;
constexpr UnixSeconds kStayLongest = 3300;
constexpr std::uint64_t kSize = 5'000'000'000;

struct Client {
    AnnounceRequest request;
    PeerContact contact;
    UnixSeconds leaves = 0;
    bool says_goodbye = false;
};

struct Due {
    UnixSeconds at;
    std::uint32_t client;
    bool operator<(const Due& other) const { return at > other.at; }
};

std::uint64_t resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::uint64_t pages = 0;
    file >> pages >> pages;
    return pages * 4096;
}

std::uint64_t file_bytes(const std::filesystem::path& folder) {
    std::uint64_t total = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) total += entry.file_size();
    return total;
}

InfoHash torrent_hash(std::uint64_t number) {
    InfoHash hash;
    for (auto& byte : hash.bytes) {
        number = number * 6364136223846793005u + 1442695040888963407u;
        byte = static_cast<std::uint8_t>(number >> 56);
    }
    return hash;
}

class Fleet {
  public:
    Fleet(std::uint32_t peers, const std::filesystem::path& file)
        : clients_(peers), table_({}, [this] { return random_(); }), store_(file) {
        // All are there from the start; each leaves at a time of its own.
        for (std::uint32_t i = 0; i < peers; ++i) {
            join(i, kStart);
            clients_[i].leaves = kStart + below(kStayLongest);
        }
    }

    void second(UnixSeconds now) {
        for (int i = 0; i < 4; ++i) table_.sweep(now);
        while (!due_.empty() && due_.top().at <= now) {
            const std::uint32_t index = due_.top().client;
            due_.pop();
            step(index, now);
        }
        table_.take_changes(changes_);
        records_ += changes_.size();
        store_.apply(changes_, now);
    }

    [[nodiscard]] SwarmTotals totals() const { return table_.totals(); }
    [[nodiscard]] std::uint64_t announces() const { return announces_; }
    [[nodiscard]] std::uint64_t records() const { return records_; }

  private:
    UnixSeconds below(UnixSeconds bound) { return static_cast<UnixSeconds>(random_() % bound); }

    void step(std::uint32_t index, UnixSeconds now) {
        Client& client = clients_[index];
        if (client.leaves <= now) {
            if (client.says_goodbye) {
                client.request.event = Event::kStopped;
                announce(client, now);
            }
            join(index, now);
            return;
        }
        const bool was_leecher = *client.request.left > 0;
        client.request.left = *client.request.left - std::min(*client.request.left, kSize / 20);
        client.request.event = was_leecher && *client.request.left == 0 ? Event::kCompleted : Event::kNone;
        due_.push({now + announce(client, now), index});
    }

    /// A new peer, with a new id, in one of the torrents that are alive.
    void join(std::uint32_t index, UnixSeconds now) {
        Client& client = clients_[index];
        client = {};
        const UnixSeconds newest = now / kTorrentPeriod;
        client.request.info_hash = torrent_hash(newest - below(kTorrentLife / kTorrentPeriod));
        std::memcpy(client.request.peer_id.bytes.data(), "-CH0001-", 8);
        const std::uint64_t id = random_();
        std::memcpy(client.request.peer_id.bytes.data() + 8, &id, sizeof id);
        client.request.left = kSize;
        client.request.event = Event::kStarted;
        client.contact.peer_id = client.request.peer_id;
        client.contact.ipv4 = {10, static_cast<std::uint8_t>(index >> 16),
                               static_cast<std::uint8_t>(index >> 8), static_cast<std::uint8_t>(index)};
        client.contact.port4 = 6881;
        client.leaves = now + kStayShortest + below(kStayLongest - kStayShortest);
        client.says_goodbye = below(4) != 0;
        due_.push({now + 1 + below(30), index});
    }

    UnixSeconds announce(const Client& client, UnixSeconds now) {
        ++announces_;
        table_.announce(client.request, client.contact, now, answer_);
        return answer_.interval;
    }

    std::mt19937_64 random_{7};
    std::vector<Client> clients_;
    std::priority_queue<Due> due_;
    SwarmTable table_;
    SqliteStore store_;
    Changes changes_;
    AnnounceAnswer answer_;
    std::uint64_t announces_ = 0;
    std::uint64_t records_ = 0;
};

struct Row {
    UnixSeconds hour;
    SwarmTotals totals;
    std::uint64_t resident;
    std::uint64_t file;
};

void write_json(const char* path, const std::vector<Row>& rows) {
    std::ofstream out(path);
    out << "{\"hours\": [";
    const char* comma = "\n";
    for (const Row& row : rows) {
        out << comma << "{\"hour\": " << row.hour << ", \"swarms\": " << row.totals.swarms
            << ", \"live_peers\": " << row.totals.seeds + row.totals.leechers
            << ", \"lost_peers\": " << row.totals.lost << ", \"resident_bytes\": " << row.resident
            << ", \"file_bytes\": " << row.file << "}";
        comma = ",\n";
    }
    out << "\n]}\n";
}

int run(UnixSeconds hours, std::uint32_t peers, const char* json) {
    char name[] = "/tmp/shoal-churn-XXXXXX";
    if (::mkdtemp(name) == nullptr) return 1;
    const std::filesystem::path folder(name);
    std::vector<Row> rows;
    std::printf("%5s %7s %11s %7s %13s %9s\n", "hour", "swarms", "live peers", "lost", "resident MiB",
                "file MiB");
    {
        Fleet fleet(peers, folder / "swarms.db");
        for (UnixSeconds hour = 0; hour <= hours; ++hour) {
            for (UnixSeconds second = 0; hour > 0 && second < kHour; ++second)
                fleet.second(kStart + (hour - 1) * kHour + second);
            if (hour == 0) continue;
            const Row row{hour, fleet.totals(), resident_bytes(), file_bytes(folder)};
            rows.push_back(row);
            std::printf("%5u %7llu %11llu %7llu %13.1f %9.1f\n", row.hour,
                        static_cast<unsigned long long>(row.totals.swarms),
                        static_cast<unsigned long long>(row.totals.seeds + row.totals.leechers),
                        static_cast<unsigned long long>(row.totals.lost),
                        static_cast<double>(row.resident) / (1 << 20),
                        static_cast<double>(row.file) / (1 << 20));
            std::fflush(stdout);
        }
        std::printf("%llu announces, %llu records written\n",
                    static_cast<unsigned long long>(fleet.announces()),
                    static_cast<unsigned long long>(fleet.records()));
    }
    std::filesystem::remove_all(folder);
    if (json != nullptr) write_json(json, rows);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    UnixSeconds hours = 24;
    std::uint32_t peers = 20'000;
    const char* json = nullptr;
    for (int i = 1; i < argc; i += 2) {
        const std::string option = argv[i];
        if (option == "--hours" && i + 1 < argc) {
            hours = static_cast<UnixSeconds>(std::strtoul(argv[i + 1], nullptr, 10));
        } else if (option == "--peers" && i + 1 < argc) {
            peers = static_cast<std::uint32_t>(std::strtoul(argv[i + 1], nullptr, 10));
        } else if (option == "--json" && i + 1 < argc) {
            json = argv[i + 1];
        } else {
            std::fprintf(stderr, "usage: churn [--hours 24] [--peers 20000] [--json FILE]\n");
            return 2;
        }
    }
    return run(hours, peers, json);
}
