#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/ip_address.hpp"

namespace shoal::tracker {

/// Fills `answer` with what to send back; empty: nothing. Called from every thread at the same time.
using DatagramHandler =
    std::function<void(std::string_view datagram, const Endpoint& from, std::string& answer)>;

/// Answers datagrams in batches (recvmmsg, sendmmsg), with a socket of its own for each thread and address.
/// The answer leaves from the address that was asked, also on a host with several.
class UdpServer {
  public:
    /// Binds at once. Throws Error (kFailed) that names the address where it is taken.
    UdpServer(const std::vector<Endpoint>& listen, unsigned threads, DatagramHandler handler);
    UdpServer(const UdpServer&) = delete;
    UdpServer& operator=(const UdpServer&) = delete;
    ~UdpServer();  ///< stops

    void start();
    void stop();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace shoal::tracker
