#include "channel/release.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "channel/bencode_reader.hpp"
#include "channel/channel_name.hpp"
#include "common/bencode_writer.hpp"
#include "common/error.hpp"
#include "common/printable.hpp"

namespace shoal::channel {
namespace {

constexpr std::string_view kType = "shoal.release";
constexpr std::int64_t kFormat = 1;

std::string problem_of(const Release& release) {
    if (const std::string problem = name_problem(release.channel); !problem.empty())
        return "the channel's name " + problem;
    if (release.number < 1) return "its number is less than 1";
    if ((release.number == 1) == release.previous.has_value())
        return "each release but the first names the one before";
    if (!release.info_hash_v1 && !release.info_hash_v2) return "it has no info-hash";
    if (release.size < 1) return "it is empty";
    if (release.note.size() > kMaxNoteBytes)
        return fmt::format("its note is longer than {} bytes", kMaxNoteBytes);
    if (printable(release.note) != release.note) return "its note is no line of plain text";
    return {};
}

}  // namespace

std::string write_release(const Release& release) {
    if (const std::string problem = problem_of(release); !problem.empty())
        throw Error(ExitCode::kUsage, fmt::format("release {}", release.number), problem, "correct it");
    std::string bytes;
    BencodeWriter out(bytes);
    out.begin_dict();
    out.entry("channel", release.channel);
    out.entry("format", kFormat);
    if (release.info_hash_v1) out.entry("info hash", view(*release.info_hash_v1));
    if (release.info_hash_v2) out.entry("info hash v2", view(*release.info_hash_v2));
    if (!release.note.empty()) out.entry("note", release.note);
    out.entry("number", release.number);
    if (release.previous) out.entry("previous", view(*release.previous));
    out.entry("size", release.size);
    out.entry("type", kType);
    out.end();
    return bytes;
}

Release read_release(std::string_view bytes, std::string_view source) {
    BencodeReader in(bytes, std::string(source));
    Release out;
    if (bytes.size() > kMaxReleaseBytes) in.fail("it is too long for a release");
    in.begin_dict();
    out.channel = in.string_of("channel", kMaxNameBytes);
    if (in.number_of("format") != kFormat) in.fail("its format is newer than this program");
    if (in.optional_key("info hash")) out.info_hash_v1 = in.fixed<20>();
    if (in.optional_key("info hash v2")) out.info_hash_v2 = in.fixed<32>();
    if (in.optional_key("note")) {
        out.note = in.string(kMaxNoteBytes);
        if (out.note.empty()) in.fail("a note that is empty is left out");
    }
    out.number = in.number_of("number");
    if (in.optional_key("previous")) out.previous = in.fixed<32>();
    out.size = in.number_of("size");
    if (in.string_of("type", kType.size()) != kType) in.fail("it is not a release");
    in.end();
    in.finish();
    if (const std::string problem = problem_of(out); !problem.empty()) in.fail(problem);
    return out;
}

SignedRelease sign_release(const Release& release, const SecretKey& key) {
    SignedRelease out{release, write_release(release), {}};
    const std::string comment = fmt::format("shoal release {} {}", release.channel, release.number);
    out.signature = sign_file(out.bytes, comment, key);
    return out;
}

SignedRelease read_signed_release(std::string_view bytes, std::string_view signature, const Root& root,
                                  std::string_view source) {
    SignedRelease out{read_release(bytes, source), std::string(bytes), read_signature(signature, source)};
    if (out.release.channel != root.name)
        throw Error(ExitCode::kRefused, source,
                    fmt::format("it is of channel '{}', not of '{}'", out.release.channel, root.name),
                    "publish it in its own channel");
    const bool ours = std::any_of(root.publish_keys.begin(), root.publish_keys.end(),
                                  [&](const PublicKey& key) { return verifies(bytes, out.signature, key); });
    if (!ours)
        throw Error(ExitCode::kRefused, source,
                    fmt::format("no publish key of '{}' has signed it (it names key {})", root.name,
                                key_name(out.signature.id)),
                    "sign it with a key that the channel's root names");
    return out;
}

}  // namespace shoal::channel
