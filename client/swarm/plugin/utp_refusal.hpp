#pragma once

#include <chrono>
#include <cstdint>
#include <libtorrent/extensions.hpp>
#include <libtorrent/session_handle.hpp>
#include <libtorrent/torrent_handle.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include "client/swarm/plugin/torrent_dialler.hpp"
#include "common/file_descriptor.hpp"

/// Inside client/swarm only: refuses incoming uTP (BEP 29) where a session wants TCP alone, which is ten
/// times as fast and more.
///
/// A client that dials over uTP first, as libtorrent's and Transmission's do, waits for seconds where nobody
/// answers. A RESET sends it to TCP at once. libtorrent sends none, so its socket gets a second one beside
/// it, at the same address (SO_REUSEPORT), and the kernel hands the first packets of uTP connections to that
/// one.
///
/// Transmission 3.00 needs more: by a fault of its own it hangs up the TCP connection that follows, and comes
/// back after a quarter of an hour. Its libutp tells itself by the first packet, which has the extension
/// "extension bits" (2); libtorrent's has none. The packet's source port is the port that it listens on, so
/// it is dialled there, for one torrent after the other: the packet does not say for which.
namespace shoal::client {

/// uTP's first packet, ST_SYN, as far as a refusal needs it.
struct UtpSyn {
    std::uint16_t connection;
    std::uint16_t sequence;
    bool old_libutp;

    /// None for any other packet.
    static std::optional<UtpSyn> parse(std::string_view packet);
};

/// The ST_RESET, 20 bytes, that refuses it: no longer than what it answers.
std::string utp_reset(const UtpSyn& syn, std::chrono::microseconds now);

/// From then on the kernel gives uTP's first packets to the new socket, and all others to `udp_socket`, which
/// is bound already. The error is the kernel's.
FileDescriptor divert_first_packets(int udp_socket, std::error_code& error);

/// For session_params, so that it is there before the first socket is. Has a thread of its own, which
/// answers.
class UtpRefusal : public libtorrent::plugin {
  public:
    /// @param finished_dial  the session's seeding_outgoing_connections
    /// @param incoming_percent  see AddedPlaces
    UtpRefusal(bool finished_dial, int incoming_percent);
    UtpRefusal(const UtpRefusal&) = delete;
    UtpRefusal& operator=(const UtpRefusal&) = delete;
    ~UtpRefusal() override;

    libtorrent::feature_flags_t implemented_features() override { return alert_feature; }
    void added(const libtorrent::session_handle& session) override { dialler_.use(session); }
    /// On libtorrent's thread, before it reads from a socket that it tells of.
    void on_alert(const libtorrent::alert* alert) override;
    std::shared_ptr<libtorrent::torrent_plugin> new_torrent(const libtorrent::torrent_handle& torrent,
                                                            libtorrent::client_data_t) override;

  private:
    void answer_until_stopped();
    void answer(int socket);

    TorrentDialler dialler_;
    int incoming_percent_;
    FileDescriptor poll_;
    FileDescriptor stop_;
    std::vector<FileDescriptor> sockets_;  ///< of libtorrent's thread; the other knows them by `poll_`
    std::jthread thread_;
};

}  // namespace shoal::client
