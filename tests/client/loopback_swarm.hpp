#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <libtorrent/add_torrent_params.hpp>
#include <libtorrent/address.hpp>
#include <libtorrent/alert.hpp>
#include <libtorrent/bencode.hpp>
#include <libtorrent/create_torrent.hpp>
#include <libtorrent/file_storage.hpp>
#include <libtorrent/peer_info.hpp>
#include <libtorrent/posix_disk_io.hpp>
#include <libtorrent/session.hpp>
#include <libtorrent/session_params.hpp>
#include <libtorrent/settings_pack.hpp>
#include <libtorrent/torrent_handle.hpp>
#include <libtorrent/torrent_info.hpp>
#include <libtorrent/torrent_status.hpp>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/temporary_folder.hpp"

/// Sessions of one process on loopback addresses of their own: what a plugin makes libtorrent do, not how
/// fast.
namespace shoal::client {

namespace lt = libtorrent;

/// A session with one torrent, which it has not added yet.
class LoopbackHost {
  public:
    static lt::session_params params(int number) {
        using Pack = lt::settings_pack;
        const std::string address = address_of(number);
        Pack pack;
        pack.set_str(Pack::listen_interfaces, address + ":0");
        pack.set_str(Pack::user_agent, address);
        pack.set_bool(Pack::enable_dht, false);
        pack.set_bool(Pack::enable_lsd, false);
        pack.set_bool(Pack::enable_upnp, false);
        pack.set_bool(Pack::enable_natpmp, false);
        pack.set_bool(Pack::enable_incoming_utp, false);
        pack.set_bool(Pack::enable_outgoing_utp, false);
        pack.set_bool(Pack::allow_multiple_connections_per_ip, true);
        pack.set_int(Pack::alert_mask, lt::alert_category::error | lt::alert_category::status);
        pack.set_int(Pack::unchoke_slots_limit, -1);
        lt::session_params result(pack);
        result.disk_io_constructor = lt::posix_disk_io_constructor;
        return result;
    }

    explicit LoopbackHost(int number) : LoopbackHost(number, params(number)) {}
    LoopbackHost(int number, lt::session_params params)
        : address(address_of(number)), session(std::move(params)) {}

    void add_torrent(const lt::torrent_info& info, const std::filesystem::path& folder, bool seed) {
        lt::add_torrent_params add;
        add.ti = std::make_shared<lt::torrent_info>(info);
        add.save_path = folder.string();
        add.flags &= ~(lt::torrent_flags::auto_managed | lt::torrent_flags::paused);
        if (seed) add.flags |= lt::torrent_flags::seed_mode;
        torrent = session.add_torrent(add);
    }

    [[nodiscard]] lt::tcp::endpoint endpoint() const {
        return {lt::make_address(address), session.listen_port()};
    }
    void dial(const LoopbackHost& other) { torrent.connect_peer(other.endpoint()); }
    [[nodiscard]] bool done() const { return torrent.status().is_seeding; }
    [[nodiscard]] std::int64_t uploaded() const { return torrent.status().total_payload_upload; }

    /// The addresses of those that it is connected with; who dialled comes from 127.0.0.1, but says its name.
    /// @param pieces  that they have at least
    [[nodiscard]] std::set<std::string> peers(int pieces = 0) const {
        std::vector<lt::peer_info> all;
        torrent.get_peer_info(all);
        std::set<std::string> addresses;
        for (const lt::peer_info& peer : all) {
            const bool connected = !(peer.flags & (lt::peer_info::connecting | lt::peer_info::handshake));
            if (connected && peer.num_pieces >= pieces) addresses.insert(peer.client);
        }
        return addresses;
    }

    std::string address;
    lt::session session;
    lt::torrent_handle torrent;

  private:
    static std::string address_of(int number) { return "127.7.0." + std::to_string(number); }
};

/// What they fetch, and where.
class LoopbackContent {
  public:
    static constexpr int kPieceSize = 64 * 1024;
    static constexpr int kPieces = 96;

    LoopbackContent() {
        const auto origin = folder_for(0, true);
        std::ofstream out(origin / "content", std::ios::binary);
        std::mt19937_64 random(7);
        for (int n = 0; n < kPieceSize * kPieces / 8; ++n) {
            const std::uint64_t word = random();
            out.write(reinterpret_cast<const char*>(&word), sizeof(word));
        }
        out.close();
        lt::file_storage files;
        files.add_file("content", std::int64_t{kPieceSize} * kPieces);
        lt::create_torrent create(files, kPieceSize, lt::create_torrent::v1_only);
        lt::set_piece_hashes(create, origin.string());
        std::vector<char> bytes;
        lt::bencode(std::back_inserter(bytes), create.generate());
        info_ = std::make_shared<lt::torrent_info>(lt::span<const char>(bytes), lt::from_span);
    }

    [[nodiscard]] const lt::torrent_info& info() const { return *info_; }
    /// Seeds share one, which has the content.
    [[nodiscard]] std::filesystem::path folder_for(int host, bool seed) const {
        auto folder = folder_.path() / (seed ? "origin" : std::to_string(host));
        std::filesystem::create_directories(folder);
        return folder;
    }

  private:
    test::TemporaryFolder folder_;
    std::shared_ptr<lt::torrent_info> info_;
};

/// Bounded by what no healthy run comes near.
template <typename Condition>
bool eventually(Condition condition) {
    for (int n = 0; n < 1200; ++n) {
        if (condition()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return false;
}

}  // namespace shoal::client
