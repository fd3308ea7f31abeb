#pragma once

#include <functional>
#include <optional>
#include <variant>
#include <vector>

#include "tracker/access/access_control.hpp"
#include "tracker/model/announce.hpp"
#include "tracker/model/failure.hpp"
#include "tracker/model/record.hpp"

namespace shoal::tracker {

class SwarmTable;

/// What a front end made of the bytes; a malformed request also counts for its source's rate.
template <class Request>
using Parsed = std::variant<Request, Failure>;

/// Decides about announces and scrapes, whatever they came over: rate, key, form, swarm, then where the
/// announcer can be dialled. The front ends (HTTP, UDP) parse requests for it and write its answers.
/// Thread-safe.
class AnnounceDesk {
  public:
    AnnounceDesk(SwarmTable& swarms, AccessControl& access, std::function<UnixSeconds()> now);

    /// @param answer  filled in, all but the tracker id; its memory is used again. Undefined after a refusal
    /// @return why the announce is refused
    [[nodiscard]] std::optional<Failure> announce(const Caller& caller, const Parsed<AnnounceRequest>& parsed,
                                                  AnnounceAnswer& answer);
    /// @param counts  gets an entry for each info-hash, in their order; zeros for an unknown one. Undefined
    ///                after a refusal
    /// @return why the scrape is refused
    [[nodiscard]] std::optional<Failure> scrape(const Caller& caller, const Parsed<ScrapeRequest>& parsed,
                                                std::vector<SwarmCounts>& counts);

  private:
    SwarmTable& swarms_;
    AccessControl& access_;
    std::function<UnixSeconds()> now_;
};

}  // namespace shoal::tracker
