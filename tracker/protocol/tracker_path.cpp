#include "tracker/protocol/tracker_path.hpp"

namespace shoal::tracker {
namespace {

TrackerPath::What what_is(std::string_view part) {
    if (part == "announce") return TrackerPath::What::kAnnounce;
    return part == "scrape" ? TrackerPath::What::kScrape : TrackerPath::What::kOther;
}

}  // namespace

TrackerPath parse_tracker_path(std::string_view path) {
    path = path.substr(0, path.find('?'));
    if (path.starts_with('/')) path.remove_prefix(1);
    while (path.ends_with('/')) path.remove_suffix(1);
    const auto slash = path.find('/');
    const std::string_view first = path.substr(0, slash);
    const std::string_view rest =
        slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
    if (const auto what = what_is(first); what != TrackerPath::What::kOther) return {what, rest};
    const auto what = first == "api" ? TrackerPath::What::kOther : what_is(rest);
    return {what, what == TrackerPath::What::kOther ? std::string_view{} : first};
}

}  // namespace shoal::tracker
