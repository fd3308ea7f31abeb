#include "client/swarm/trust.hpp"

#include <libtorrent/address.hpp>
#include <libtorrent/ip_filter.hpp>
#include <libtorrent/settings_pack.hpp>
#include <libtorrent/torrent_handle.hpp>
#include <libtorrent/torrent_info.hpp>
#include <string>

#include "common/error.hpp"

namespace shoal::client {
namespace {

/// ffdhe2048 of RFC 7919, for peers that know no elliptic curves. libtorrent wants some, and these are
/// everybody's.
constexpr const char* kDhParameters =
    "-----BEGIN DH PARAMETERS-----\n"
    "MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz\n"
    "+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a\n"
    "87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7\n"
    "YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi\n"
    "7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD\n"
    "ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==\n"
    "-----END DH PARAMETERS-----\n";

template <typename Bytes>
Bytes last_address(Bytes bytes, unsigned prefix_bits) {
    for (std::size_t bit = prefix_bits; bit < bytes.size() * 8; ++bit)
        bytes[bit / 8] = static_cast<unsigned char>(bytes[bit / 8] | (0x80 >> (bit % 8)));
    return bytes;
}

void allow(lt::ip_filter& filter, const IpNetwork& network) {
    const lt::address first = lt::make_address(network.address.to_string());
    if (first.is_v4()) {
        const lt::address_v4 last(last_address(first.to_v4().to_bytes(), network.prefix_bits));
        filter.add_rule(first, last, 0);
    } else {
        const lt::address_v6 last(last_address(first.to_v6().to_bytes(), network.prefix_bits));
        filter.add_rule(first, last, 0);
    }
}

}  // namespace

lt::ip_filter filter_for(const std::vector<IpNetwork>& networks) {
    lt::ip_filter filter;
    if (networks.empty()) return filter;
    filter.add_rule(lt::make_address("0.0.0.0"), lt::make_address("255.255.255.255"), lt::ip_filter::blocked);
    filter.add_rule(lt::make_address("::"), lt::make_address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
                    lt::ip_filter::blocked);
    for (const IpNetwork& network : networks) allow(filter, network);
    return filter;
}

void set_encryption(lt::settings_pack& settings, Encryption encryption) {
    using pack = lt::settings_pack;
    const auto policy = encryption == Encryption::kRequired  ? pack::pe_forced
                        : encryption == Encryption::kAllowed ? pack::pe_enabled
                                                             : pack::pe_disabled;
    settings.set_int(pack::out_enc_policy, policy);
    settings.set_int(pack::in_enc_policy, policy);
    // Otherwise an encrypted handshake may be followed by plain content.
    settings.set_int(pack::allowed_enc_level,
                     encryption == Encryption::kRequired ? pack::pe_rc4 : pack::pe_both);
}

void require_certificate(const lt::torrent_info& info, const SessionProfile& profile) {
    if (info.ssl_cert().empty() || !profile.certificate.empty()) return;
    throw Error(ExitCode::kUsage, info.name(), "only peers with a certificate may have it",
                "name yours, signed by the torrent's authority, with --cert and --key");
}

void show_certificate(lt::torrent_handle torrent, const lt::torrent_info& info,
                      const SessionProfile& profile) {
    if (info.ssl_cert().empty()) return;
    torrent.set_ssl_certificate_buffer(profile.certificate, profile.private_key, kDhParameters);
}

}  // namespace shoal::client
