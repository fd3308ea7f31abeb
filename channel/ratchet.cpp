#include "channel/ratchet.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "channel/bencode_reader.hpp"
#include "channel/channel_name.hpp"
#include "common/bencode_writer.hpp"
#include "common/error.hpp"

namespace shoal::channel {
namespace {

constexpr std::string_view kType = "shoal.ratchet";

Decision refuse(Verdict verdict, std::string why) {
    return {verdict, std::move(why)};
}

}  // namespace

Ratchet::Ratchet(const Root& root, std::string_view state, std::string_view source) : root_(root) {
    if (!state.empty()) read(state, source);
}

void Ratchet::read(std::string_view state, std::string_view source) {
    BencodeReader in(state, std::string(source));
    in.begin_dict();
    if (in.string_of("channel", kMaxNameBytes) != root_.name) in.fail("it is of another channel");
    in.key("keys");
    in.begin_list();
    while (!in.at_end()) {
        in.begin_dict();
        const Sha256 digest = in.bytes_of<32>("digest");
        const Ed25519Public key = in.bytes_of<32>("key");
        const std::int64_t sequence = in.number_of("sequence");
        in.end();
        if (!seen_.empty() && !(seen_.rbegin()->first < key)) in.fail("its keys are out of order");
        seen_[key] = {sequence, digest};
    }
    in.end();
    const std::int64_t version = in.number_of("root");
    if (in.string_of("type", kType.size()) != kType) in.fail("it does not hold what was followed");
    in.end();
    in.finish();
    if (version > root_.version)
        throw Error(ExitCode::kRefused, fmt::format("root {} of '{}'", root_.version, root_.name),
                    fmt::format("root {} was followed before", version), "get the channel's newest file");
}

std::string Ratchet::write() const {
    std::string bytes;
    BencodeWriter out(bytes);
    out.begin_dict();
    out.entry("channel", root_.name);
    out.key("keys");
    out.begin_list();
    for (const auto& [key, seen] : seen_) {
        out.begin_dict();
        out.entry("digest", view(seen.digest));
        out.entry("key", view(key));
        out.entry("sequence", seen.sequence);
        out.end();
    }
    out.end();
    out.entry("root", root_.version);
    out.entry("type", kType);
    out.end();
    return bytes;
}

std::int64_t Ratchet::highest() const {
    std::int64_t out = 0;
    for (const auto& [key, seen] : seen_) {
        if (holds_key(root_.head_keys, key)) out = std::max(out, seen.sequence);
    }
    return out;
}

Decision Ratchet::judge(const SignedHead& head, UnixSeconds now) const {
    if (std::string problem = head_problem(head, root_); !problem.empty())
        return refuse(Verdict::kForeign, std::move(problem));
    const Sha256 digest = sha256(write_head(head));
    const std::int64_t sequence = head.head.sequence;
    if (sequence < highest())
        return refuse(Verdict::kOlder, fmt::format("sequence {} was seen, this is {}", highest(), sequence));
    if (sequence == highest()) {
        const auto own = seen_.find(head.key);
        if (own != seen_.end() && own->second.sequence == sequence && own->second.digest == digest)
            return {Verdict::kKnown, {}};
        return refuse(Verdict::kConflict, fmt::format("another head has sequence {} too", sequence));
    }
    if (root_.expires <= now) return refuse(Verdict::kExpired, "the channel's root has expired");
    if (head.head.expires <= now)
        return refuse(Verdict::kExpired, fmt::format("the head expired {} s ago", now - head.head.expires));
    return {Verdict::kNew, {}};
}

Decision Ratchet::offer(const SignedHead& head, UnixSeconds now) {
    Decision decision = judge(head, now);
    if (decision.verdict == Verdict::kNew) seen_[head.key] = {head.head.sequence, sha256(write_head(head))};
    return decision;
}

}  // namespace shoal::channel
