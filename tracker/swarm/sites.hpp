#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/ip_network.hpp"

namespace shoal::tracker {

/// Machines that are near each other: a rack, a hall, a data centre.
struct Site {
    std::string name;
    std::vector<IpNetwork> networks;
};

/// Finds the site of an address; where networks overlap the narrowest one counts.
class Sites {
  public:
    explicit Sites(std::vector<Site> sites) : sites_(std::move(sites)) {}

    /// 1 for the first site, and so on; 0 for an address of no site.
    [[nodiscard]] std::uint16_t of(const IpAddress& address) const {
        std::uint16_t found = 0;
        unsigned bits = 0;
        for (std::size_t i = 0; i < sites_.size(); ++i) {
            for (const IpNetwork& network : sites_[i].networks) {
                if (!network.contains(address) || (found != 0 && network.prefix_bits <= bits)) continue;
                found = static_cast<std::uint16_t>(i + 1);
                bits = network.prefix_bits;
            }
        }
        return found;
    }
    [[nodiscard]] std::string_view name(std::uint16_t site) const {
        return site == 0 || site > sites_.size() ? std::string_view{} : sites_[site - 1].name;
    }
    [[nodiscard]] std::size_t size() const { return sites_.size(); }

  private:
    std::vector<Site> sites_;
};

}  // namespace shoal::tracker
