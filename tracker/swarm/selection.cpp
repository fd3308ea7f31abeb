#include "tracker/swarm/selection.hpp"

#include <algorithm>

namespace shoal::tracker {
namespace {

constexpr std::uint32_t kMostPeers = 256;  // in one answer, whatever the options say

// Records are spread over memory: asking for them all before reading the first one overlaps the waits.
void prefetch(const Peer& peer) {
    __builtin_prefetch(&peer);
    __builtin_prefetch(&peer.expires);
}

struct Split {
    std::uint32_t first;
    std::uint32_t second;
};

/// `total` of two kinds, of which there are `have` each: `first` as many as wished, and each fills up what
/// the other lacks.
Split split(std::uint32_t total, std::uint32_t wish, Split have) {
    std::uint32_t first = std::min(have.first, wish);
    const std::uint32_t second = std::min(have.second, total - first);
    first = std::min(have.first, total - second);
    return {first, second};
}

/// Of leechers and seeds, as the swarm is, but at least a quarter of each.
Split split_by_kind(std::uint32_t wanted, Split have) {
    const std::uint64_t all = std::uint64_t{have.first} + have.second;
    if (all <= wanted) return have;
    const std::uint32_t quarter = wanted / 4;
    const auto share = static_cast<std::uint32_t>(std::uint64_t{wanted} * have.first / all);
    return split(wanted, std::clamp(share, quarter, wanted - quarter), have);
}

std::uint32_t size_of(const std::vector<PeerLists>& sites, std::uint16_t site, PeerState state) {
    return site < sites.size() ? static_cast<std::uint32_t>(sites[site][index_of(state)].size()) : 0;
}

/// Cuts 0 to size - 1 into equal parts: part i ends at size * (i + 1) / count. It divides once, not once a
/// part.
class Parts {
  public:
    struct Part {
        std::uint32_t begin = 0;
        std::uint32_t end = 0;
        std::uint32_t over = 0;  ///< the remainder at its end, in parts of count
    };

    Parts(std::uint32_t size, std::uint32_t count)
        : width_(size / count), remainder_(size % count), count_(count) {}
    /// The first one, after an empty part.
    [[nodiscard]] Part after(const Part& part) const {
        Part next{part.end, part.end + width_, part.over + remainder_};
        if (next.over >= count_) {
            next.over -= count_;
            ++next.end;
        }
        return next;
    }

  private:
    std::uint32_t width_;
    std::uint32_t remainder_;
    std::uint32_t count_;
};

/// The narrowest of an announcer's addresses: it says how near to the tracker the announcer is.
AddressScope announcer_scope(const PeerContact& contact) {
    const AddressScope v4 = contact.has_ipv4() ? scope_of(contact.ipv4) : AddressScope::kAnywhere;
    const AddressScope v6 = contact.has_ipv6() ? scope_of(contact.ipv6) : AddressScope::kAnywhere;
    const bool on_this_machine = v4 == AddressScope::kMachine || v6 == AddressScope::kMachine;
    return on_this_machine ? AddressScope::kMachine : v4;
}

}  // namespace

void Selection::Candidates::add(const std::vector<std::uint32_t>& list) {
    if (list.empty() || count_ == kMostLists) return;
    lists_[count_++] = &list;
    size_ += static_cast<std::uint32_t>(list.size());
}

void Selection::Candidates::leave_out(std::uint32_t place, std::uint32_t position) {
    std::uint32_t before = 0;
    for (std::size_t i = 0; i < count_; ++i) {
        const auto& list = *lists_[i];
        if (position < list.size() && list[position] == place) {
            left_out_ = before + position;
            return;
        }
        before += static_cast<std::uint32_t>(list.size());
    }
}

std::uint32_t Selection::Candidates::operator[](std::uint32_t i) const {
    if (i >= left_out_) ++i;
    std::size_t list = 0;
    while (i >= lists_[list]->size()) i -= static_cast<std::uint32_t>(lists_[list++]->size());
    return (*lists_[list])[i];
}

void Selection::choose(std::uint32_t announcer, bool wants_seeds, std::uint32_t wanted, AddressFamily family,
                       UnixSeconds now, Random& random, std::vector<PeerContact>& out) {
    announcer_ = announcer;
    family_ = family;
    scope_ = announcer_scope(pool_[announcer].contact);
    now_ = now;
    random_ = &random;
    out_ = &out;
    if (pool_[announcer].state != PeerState::kLeecher && !wants_seeds) {
        choose_from(PeerState::kLeecher, wanted);
        return;
    }
    const auto count_others = [&](PeerState state) {
        return swarm_.count(state) - (pool_[announcer].state == state ? 1 : 0);
    };
    const std::uint32_t partial = count_others(PeerState::kPartialSeed);
    const std::uint32_t others = count_others(PeerState::kLeecher) + partial;
    const Split kinds = split_by_kind(wanted, {count_others(PeerState::kSeed), others});
    const auto from_partial =
        static_cast<std::uint32_t>(others == 0 ? 0 : std::uint64_t{kinds.second} * partial / others);
    choose_from(PeerState::kSeed, kinds.first);
    choose_from(PeerState::kPartialSeed, from_partial);
    choose_from(PeerState::kLeecher, kinds.second - from_partial);
}

void Selection::choose_from(PeerState state, std::uint32_t count) {
    if (count == 0) return;
    const Peer& announcer = pool_[announcer_];
    Candidates candidates;
    std::uint32_t local = 0;
    std::uint32_t remote = count;
    if (announcer.site != 0) {
        const std::uint32_t here = size_of(swarm_.sites, announcer.site, state);
        const std::uint32_t elsewhere = swarm_.count(state) - here;
        const auto wish = static_cast<std::uint32_t>(count * site_share_);
        const Split halves = split(count, wish, {here - (announcer.state == state ? 1 : 0), elsewhere});
        local = halves.first;
        remote = halves.second;
    }
    if (local > 0) {
        candidates.add(swarm_.sites[announcer.site][index_of(state)]);
        candidates.leave_out(announcer_, announcer.position);
        sample(candidates, local);
    }
    if (remote == 0) return;
    candidates.clear();
    for (std::size_t site = 0; site < swarm_.sites.size(); ++site) {
        if (announcer.site != 0 && site == announcer.site) continue;
        candidates.add(swarm_.sites[site][index_of(state)]);
    }
    candidates.leave_out(announcer_, announcer.position);
    sample(candidates, remote);
}

template <std::size_t N>
bool Selection::reaches(const std::array<std::uint8_t, N>& address) const {
    if (scope_ == AddressScope::kMachine) return true;
    const AddressScope scope = scope_of(address);
    return scope == AddressScope::kAnywhere ||
           (scope == AddressScope::kLink && scope_ == AddressScope::kLink);
}

// Inline: it runs for each peer of each answer.
inline bool Selection::add(const Peer& peer) {
    if (peer.expires <= now_) return false;
    const PeerContact& contact = peer.contact;
    const bool over4 = contact.port4 != 0 && family_ != AddressFamily::kIpv6 && reaches(contact.ipv4);
    const bool over6 = contact.port6 != 0 && family_ != AddressFamily::kIpv4 && reaches(contact.ipv6);
    if (!over4 && !over6) return false;
    out_->push_back(contact);
    if (!over4) out_->back().port4 = 0;
    if (!over6) out_->back().port6 = 0;
    return true;
}

/// One peer at random from each of `count` equal parts, from a random start: no peer twice, each as likely as
/// any other, and no memory. One that is expired or of the wrong family is passed over for its neighbour.
void Selection::sample(const Candidates& candidates, std::uint32_t count) {
    const std::uint32_t size = candidates.size();
    count = std::min({count, size, kMostPeers});
    if (count == 0) return;
    const std::uint32_t start = random_->below(size);
    const auto place_at = [&](std::uint32_t i) {
        return candidates[start + i >= size ? start + i - size : start + i];
    };
    const Parts parts(size, count);
    std::array<std::uint32_t, kMostPeers> chosen;
    std::array<std::uint32_t, kMostPeers> places;
    Parts::Part part{};
    for (std::uint32_t i = 0; i < count; ++i) {
        part = parts.after(part);
        chosen[i] = random_->below(part.end - part.begin);
        places[i] = place_at(part.begin + chosen[i]);
        prefetch(pool_[places[i]]);
    }
    part = {};
    for (std::uint32_t i = 0; i < count; ++i) {
        part = parts.after(part);
        if (add(pool_[places[i]])) continue;
        const std::uint32_t width = part.end - part.begin;
        for (std::uint32_t step = 1; step < width; ++step) {
            if (add(pool_[place_at(part.begin + (chosen[i] + step) % width)])) break;
        }
    }
}

}  // namespace shoal::tracker
