#include "channel/publication.hpp"

#include <fmt/format.h>

#include "channel/bencode_reader.hpp"
#include "common/bencode_writer.hpp"
#include "common/error.hpp"

namespace shoal::channel {
namespace {

constexpr std::size_t kMostSignatureBytes = 4096;

}  // namespace

std::string write_publication(const Publication& publication) {
    std::string bytes;
    BencodeWriter out(bytes);
    out.begin_dict();
    out.entry("head", write_head(publication.head));
    out.entry("manifest", publication.manifest);
    out.entry("release", publication.release.bytes);
    out.entry("signature", write_signature(publication.release.signature));
    out.end();
    return bytes;
}

Publication read_publication(std::string_view bytes, const Root& root, std::size_t most_manifest,
                             std::string_view source) {
    BencodeReader in(bytes, std::string(source));
    Publication out;
    in.begin_dict();
    out.head = read_head(in.string_of("head", kMaxHeadBytes), source);
    out.manifest = in.string_of("manifest", most_manifest);
    const std::string_view release = in.string_of("release", kMaxReleaseBytes);
    const std::string_view signature = in.string_of("signature", kMostSignatureBytes);
    in.end();
    in.finish();
    if (const std::string problem = head_problem(out.head, root); !problem.empty())
        throw Error(ExitCode::kRefused, source, problem, "sign it with a key that the channel's root names");
    out.release = read_signed_release(release, signature, root, source);
    if (write_signature(out.release.signature) != signature)
        in.fail("its signature is written in another way");
    if (out.head.head.digest != sha256(release) || out.head.head.release != out.release.release.number)
        throw Error(ExitCode::kRefused, source, "its head names another release", "publish again");
    return out;
}

}  // namespace shoal::channel
