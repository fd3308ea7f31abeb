#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "client/daemon/engine.hpp"

namespace shoal::daemon {

/// The version of the protocol that we speak: Transmission 4.0, and 3.00 whose own programs ask with 16.
inline constexpr int kRpcVersion = 17;
inline constexpr int kRpcVersionMinimum = 14;

/// The bytes behind a URL or a path of this machine; throws Error.
using SourceReader = std::function<std::string(const std::string& url_or_path)>;

/// One request of the Transmission RPC (docs/rpc-spec.md of Transmission 4.0) on its way from text to text.
/// Whatever is wrong with the request becomes the answer's `result`; nothing throws but running out of
/// memory.
class RpcCall {
  public:
    explicit RpcCall(std::string_view body);
    RpcCall(const RpcCall&) = delete;
    RpcCall& operator=(const RpcCall&) = delete;
    ~RpcCall();

    /// Reads what `torrent-add` names by URL or path. Needs no engine and may take long.
    void read_sources(const SourceReader& read);
    /// On the engine's thread.
    void run(Engine& engine);
    /// The answer, once it has run.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] const std::string& method() const;
    /// Why it was refused; empty for success.
    [[nodiscard]] const std::string& failure() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace shoal::daemon
