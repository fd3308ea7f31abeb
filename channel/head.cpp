#include "channel/head.hpp"

#include <fmt/format.h>

#include "channel/bencode_reader.hpp"
#include "channel/channel_name.hpp"
#include "common/bencode_writer.hpp"
#include "common/error.hpp"
#include "common/hex.hpp"

namespace shoal::channel {
namespace {

constexpr std::string_view kType = "shoal.head";
constexpr std::int64_t kFormat = 1;

std::string problem_of(const Head& head) {
    if (const std::string problem = name_problem(head.channel); !problem.empty())
        return "the channel's name " + problem;
    if (head.sequence < 1) return "its sequence is less than 1";
    if (head.release < 1) return "its release is less than 1";
    return {};
}

/// "v" of BEP 44.
std::string value_of(const Head& head) {
    std::string bytes;
    BencodeWriter out(bytes);
    out.begin_dict();
    out.entry("digest", view(head.digest));
    out.entry("expires", head.expires);
    out.entry("format", kFormat);
    out.entry("release", head.release);
    out.entry("type", kType);
    out.end();
    return bytes;
}

}  // namespace

std::string signed_message(std::string_view salt, std::int64_t sequence, std::string_view value) {
    std::string bytes;
    BencodeWriter out(bytes);
    out.entry("salt", salt);
    out.entry("seq", sequence);
    out.key("v");
    out.raw(value);
    return bytes;
}

SignedHead sign_head(const Head& head, const SecretKey& key) {
    if (const std::string problem = problem_of(head); !problem.empty())
        throw Error(ExitCode::kUsage, fmt::format("head {} of '{}'", head.sequence, head.channel), problem,
                    "correct it");
    return {head, key.public_key().key,
            ed25519_sign(signed_message(head.channel, head.sequence, value_of(head)), key.seed())};
}

std::string write_head(const SignedHead& head) {
    std::string bytes;
    BencodeWriter out(bytes);
    out.begin_dict();
    out.entry("k", view(head.key));
    out.entry("salt", head.head.channel);
    out.entry("seq", head.head.sequence);
    out.entry("sig", view(head.signature));
    out.key("v");
    out.raw(value_of(head.head));
    out.end();
    return bytes;
}

SignedHead read_head(std::string_view bytes, std::string_view source) {
    BencodeReader in(bytes, std::string(source));
    SignedHead out;
    if (bytes.size() >= kMaxHeadBytes) in.fail("it is too long for a head");
    in.begin_dict();
    out.key = in.bytes_of<32>("k");
    out.head.channel = in.string_of("salt", kMaxNameBytes);
    out.head.sequence = in.number_of("seq");
    out.signature = in.bytes_of<64>("sig");
    in.key("v");
    in.begin_dict();
    out.head.digest = in.bytes_of<32>("digest");
    out.head.expires = in.number_of("expires");
    // An older program must not act on a head of which it knows only a part.
    if (in.number_of("format") != kFormat) in.fail("its format is newer than this program");
    out.head.release = in.number_of("release");
    if (in.string_of("type", kType.size()) != kType) in.fail("it is not a channel's head");
    in.end();
    in.end();
    in.finish();
    if (const std::string problem = problem_of(out.head); !problem.empty()) in.fail(problem);
    return out;
}

std::string head_problem(const SignedHead& head, const Root& root) {
    if (head.head.channel != root.name)
        return fmt::format("the head is of channel '{}', not of '{}'", head.head.channel, root.name);
    if (!holds_key(root.head_keys, head.key))
        return fmt::format("key {} may not sign heads of '{}'", hex(view(head.key)), root.name);
    const std::string message = signed_message(head.head.channel, head.head.sequence, value_of(head.head));
    if (!ed25519_verify(message, head.signature, head.key)) return "the head's signature is wrong";
    return {};
}

}  // namespace shoal::channel
