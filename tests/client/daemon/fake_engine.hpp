#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "client/daemon/engine.hpp"
#include "common/error.hpp"

namespace shoal::daemon {

/// Torrents that only exist in a test; remembers what it was told to do.
class FakeEngine : public Engine {
  public:
    struct Torrent {
        TorrentView view;
        TorrentDetail detail;
        std::vector<FileView> files;
        std::vector<PeerView> peers;
        std::vector<TrackerView> trackers;
        SlowView slow;
        std::vector<bool> pieces;
        TorrentChange last_change;
    };
    std::map<TorrentNumber, Torrent> table;
    std::vector<std::string> calls;  ///< "start 1"
    std::vector<AddRequest> added;
    std::vector<TorrentNumber> removed;
    SessionView session_view;
    SessionStats session_stats;
    SessionChange last_session_change;
    std::int64_t clock = 1'700'000'000;
    mutable int detail_calls = 0;
    mutable int slow_calls = 0;

    static std::string hash_of(TorrentNumber number) {
        std::string hash(40, 'a');
        hash.back() = static_cast<char>('0' + number);
        return hash;
    }

    Torrent& insert(TorrentNumber number, const std::string& name) {
        Torrent& torrent = table[number];
        torrent.view.number = number;
        torrent.view.name = name;
        torrent.view.hash = hash_of(number);
        torrent.view.folder = "/data";
        return torrent;
    }

    std::vector<TorrentNumber> torrents() const override {
        std::vector<TorrentNumber> numbers;
        for (const auto& [number, torrent] : table) numbers.push_back(number);
        return numbers;
    }
    std::optional<TorrentNumber> find(std::string_view hash) const override {
        for (const auto& [number, torrent] : table)
            if (torrent.view.hash == hash) return number;
        return std::nullopt;
    }
    TorrentView view(TorrentNumber torrent) const override { return table.at(torrent).view; }
    TorrentDetail detail(TorrentNumber torrent) const override {
        ++detail_calls;
        return table.at(torrent).detail;
    }
    std::vector<FileView> files(TorrentNumber torrent) const override { return table.at(torrent).files; }
    std::vector<PeerView> peers(TorrentNumber torrent) const override { return table.at(torrent).peers; }
    std::vector<TrackerView> trackers(TorrentNumber torrent) const override {
        return table.at(torrent).trackers;
    }
    SlowView slow(TorrentNumber torrent) const override {
        ++slow_calls;
        return table.at(torrent).slow;
    }
    std::vector<bool> pieces(TorrentNumber torrent) const override { return table.at(torrent).pieces; }
    std::vector<TorrentNumber> recently_removed() const override { return removed; }
    std::int64_t now() const override { return clock; }

    AddResult add(const AddRequest& request) override {
        added.push_back(request);
        if (request.manifest == "bad") throw Error(ExitCode::kBadTorrent, "metainfo", "not a torrent");
        for (const auto& [number, torrent] : table)
            if (torrent.view.name == request.manifest) return {number, true};
        const TorrentNumber number = table.empty() ? 1 : table.rbegin()->first + 1;
        Torrent& torrent = insert(number, request.manifest + request.magnet);
        torrent.view.files = 2;
        if (request.choose) torrent.last_change = request.choose(torrent.view.files);
        return {number, false};
    }
    void start(TorrentNumber torrent) override { note("start", torrent); }
    void stop(TorrentNumber torrent) override { note("stop", torrent); }
    void verify(TorrentNumber torrent) override { note("verify", torrent); }
    void reannounce(TorrentNumber torrent) override { note("reannounce", torrent); }
    void remove(TorrentNumber torrent, bool delete_content) override {
        note(delete_content ? "delete" : "remove", torrent);
        table.erase(torrent);
    }
    void change(TorrentNumber torrent, const TorrentChange& change) override {
        table.at(torrent).last_change = change;
    }
    void relocate(TorrentNumber torrent, const std::string& folder, bool move) override {
        note((move ? "move to " : "find in ") + folder, torrent);
    }
    void rename(TorrentNumber torrent, const std::string& path, const std::string& name) override {
        note("rename " + path + " " + name, torrent);
    }
    SessionView session() const override { return session_view; }
    SessionStats stats() const override { return session_stats; }
    void change_session(const SessionChange& change) override { last_session_change = change; }
    void close() override { calls.emplace_back("close"); }

  private:
    void note(const std::string& what, TorrentNumber torrent) {
        if (table.count(torrent) == 0) throw Error(ExitCode::kFailed, "torrent", "not found");
        if (what == "start" && table.at(torrent).view.trouble == TroubleKind::kLocal)
            throw Error(ExitCode::kFileSystem, "/data", "No space left on device");
        calls.push_back(what + " " + std::to_string(torrent));
    }
};

}  // namespace shoal::daemon
