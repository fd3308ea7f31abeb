#include "tracker/web/client_name.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

namespace shoal::tracker {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kClients{{{"SH", "shoal"},
                                                                                  {"LT", "libtorrent"},
                                                                                  {"lt", "rTorrent"},
                                                                                  {"TR", "Transmission"},
                                                                                  {"qB", "qBittorrent"},
                                                                                  {"A2", "aria2"},
                                                                                  {"DE", "Deluge"},
                                                                                  {"UT", "uTorrent"},
                                                                                  {"WW", "WebTorrent"},
                                                                                  {"GT", "anacrolix"}}};

}  // namespace

std::string client_name(const PeerId& id) {
    const std::string_view raw = id.view();
    const bool printable =
        std::all_of(raw.begin(), raw.begin() + 8, [](unsigned char c) { return std::isgraph(c) != 0; });
    if (!printable) return "";
    if (raw.starts_with("A2-")) {  // "A2-1-36-0-": not quite the usual form
        std::string version(raw.substr(3, raw.find_last_of('-', 9) - 3));
        std::replace(version.begin(), version.end(), '-', '.');
        return "aria2 " + version;
    }
    if (raw[0] != '-' || raw[7] != '-') return "";
    const std::string_view code = raw.substr(1, 2);
    const auto* const known = std::find_if(kClients.begin(), kClients.end(),
                                           [&](const auto& client) { return client.first == code; });
    std::string name(known == kClients.end() ? code : known->second);
    for (std::size_t i = 3; i < 7; ++i) {
        name += i == 3 ? ' ' : '.';
        name += raw[i];
    }
    return name;
}

}  // namespace shoal::tracker
