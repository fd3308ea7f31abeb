#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "client/swarm/policy/types.hpp"

namespace shoal::policy {

/// Who keeps a place at a torrent that has everything, where places are short. A host of a fleet takes
/// something, or says by the extension protocol that it is one of ours and waits for its turn. Who does
/// neither is a stranger, and goes after a while. It is by this alone that peers are told apart: a thousand
/// honest hosts of one network, or of one address, lose nothing. An address of which nobody takes anything is
/// kept out for a while then; where its connections could have asked and did not, twice as long every time.
class Places {
  public:
    struct Options {
        Duration patience = std::chrono::seconds(6);         ///< with a stranger, where places are short
        Duration little_patience = std::chrono::seconds(2);  ///< the same where strangers have half of them
        std::uint32_t strangers_an_address = 4;              ///< where places are short
        Duration first_block = std::chrono::seconds(10);
        Duration longest_block = std::chrono::minutes(10);
    };
    struct Verdict {
        std::vector<PeerId> go;
        std::map<std::string, Duration> block;  ///< addresses that are to be kept out, and for how long
    };

    Places() = default;
    explicit Places(const Options& options) : options_(options) {}

    void joined(PeerId peer, const std::string& address, TimePoint now);
    void left(PeerId peer);
    /// It was unchoked: it might ask now.
    void may_ask(PeerId peer);
    /// It takes content, gives some, or is one of ours.
    void belongs(PeerId peer);
    [[nodiscard]] std::size_t connections() const { return peers_.size(); }
    /// @param places  connections that the torrent takes
    Verdict judge(std::uint32_t places, TimePoint now);

  private:
    struct Peer {
        std::string address;
        TimePoint since;
        bool stranger = true;
        bool might_ask = false;
    };
    struct Blocked {
        Duration duration{};
        TimePoint until{};
    };

    Options options_;
    std::unordered_map<PeerId, Peer> peers_;
    std::map<std::string, Blocked> blocked_;
};

}  // namespace shoal::policy
