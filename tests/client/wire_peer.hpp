#pragma once

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <cstddef>
#include <cstdint>
#include <libtorrent/sha1_hash.hpp>
#include <string>

#include "client/swarm/plugin/wire.hpp"

namespace shoal::client {

/// A peer that speaks as shoal does, dials a host and does only what a test makes it do (BEP 3, BEP 6 and
/// BEP 10).
class WirePeer {
  public:
    /// What makes it a seed, which unchokes at once.
    struct Seed {
        int takes;  ///< requests at a time, as it says ("reqq")
    };

    /// Whether it says that it is one of ours.
    enum class Kind { kShoal, kStandard };

    /// @param seed  nothing: a leecher without any piece
    /// @param name  what it says in its extended handshake; also its peer id, so of at most 20 characters
    WirePeer(const boost::asio::ip::tcp::endpoint& host, const libtorrent::sha1_hash& torrent,
             const std::string& name, const Seed* seed = nullptr, Kind kind = Kind::kShoal) {
        socket_.connect(host);
        std::string reserved(8, '\0');
        reserved[5] = 0x10;  // extension protocol
        reserved[7] = 0x04;  // fast extension
        std::string id = name;
        id.resize(20, '.');
        constexpr char kUnchoke = 1;
        constexpr char kHaveAll = 14;
        constexpr char kHaveNone = 15;
        constexpr char kExtended = 20;
        const std::string takes = seed != nullptr ? "4:reqqi" + std::to_string(seed->takes) + "e" : "";
        const std::string handshake = "d1:mde" + takes + (kind == Kind::kShoal ? "5:shoalde" : "") + "1:v" +
                                      std::to_string(name.size()) + ":" + name + "e";
        send(
            "\x13"
            "BitTorrent protocol" +
            reserved + torrent.to_string() + id);
        send(framed(std::string(1, seed != nullptr ? kHaveAll : kHaveNone)));
        send(framed(std::string{kExtended, 0} + handshake));
        if (seed != nullptr) send(framed(std::string(1, kUnchoke)));
    }

    void interested() { send(framed(std::string(1, 2))); }
    /// The first block of a piece.
    void request(policy::PieceIndex piece) {
        std::string body{6};
        for (const std::uint32_t number : {piece, policy::PieceIndex{0}, policy::PieceIndex{1 << 14}}) {
            for (const int shift : {24, 16, 8, 0}) body += static_cast<char>(number >> shift & 0xff);
        }
        send(framed(body));
    }
    void have(policy::PieceIndex piece) { send(wire::have(piece)); }

    void read_handshake() { read(68); }
    /// The next message without its length; a keep-alive is empty.
    std::string read_message() {
        std::size_t size = 0;
        for (const char byte : read(4)) size = size << 8 | static_cast<unsigned char>(byte);
        return read(size);
    }
    [[nodiscard]] bool has_more() { return socket_.available() > 0; }

    /// Reads whatever comes until the host hangs up.
    void wait_for_end() {
        std::array<char, 4096> bytes{};
        boost::system::error_code ended;
        while (!ended) socket_.read_some(boost::asio::buffer(bytes), ended);
    }

  private:
    static std::string framed(const std::string& body) {
        return std::string{0, 0, 0, static_cast<char>(body.size())} + body;
    }
    std::string read(std::size_t size) {
        std::string bytes(size, '\0');
        boost::asio::read(socket_, boost::asio::buffer(bytes));
        return bytes;
    }
    void send(const std::string& bytes) { boost::asio::write(socket_, boost::asio::buffer(bytes)); }

    boost::asio::io_context context_;
    boost::asio::ip::tcp::socket socket_{context_};
};

}  // namespace shoal::client
