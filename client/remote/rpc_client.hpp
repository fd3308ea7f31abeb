#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

namespace shoal::remote {

/// Where the daemon's control port is.
struct RpcAddress {
    std::string name = "127.0.0.1:9091";  ///< as the user wrote it
    std::string url = "http://127.0.0.1:9091/transmission/rpc";
    std::filesystem::path unix_socket;  ///< empty: by TCP
    std::string credentials;            ///< "USER:PASSWORD"; empty: none
    std::string token;                  ///< empty: none
    std::string site;                   ///< where its host is; empty: not known
    /// For all that is asked of it, from the client's making on; zero: a minute an answer.
    std::chrono::milliseconds patience{0};
};

/// "node1", "10.0.0.1:9091", "[fd00::1]", ":9092" (of this machine), "http://host:9091/transmission/rpc", or
/// "unix:/run/shoal.sock", also as a plain path where the socket is there. Without a port it is 9091. Throws
/// Error (kUsage).
RpcAddress parse_rpc_address(const std::string& text);

/// Asks one daemon, one request after the other, over one connection.
class RpcClient {
  public:
    explicit RpcClient(RpcAddress address);
    RpcClient(const RpcClient&) = delete;
    RpcClient& operator=(const RpcClient&) = delete;
    ~RpcClient();

    /// @param arguments  a JSON object
    /// @return the arguments of the answer, a JSON object
    /// Throws Error: kNoPeer where the daemon cannot be reached, kUsage for wrong credentials, kFailed with
    /// the daemon's words where it refuses.
    std::string call(const std::string& method, const std::string& arguments);

  private:
    struct Connection;
    std::unique_ptr<Connection> connection_;
};

}  // namespace shoal::remote
