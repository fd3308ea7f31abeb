#pragma once

#include "client/daemon/session_view.hpp"

namespace shoal::daemon {

/// Calls `visit(name, member of SessionChange, member of SessionView)` for every setting that can be changed:
/// the one list of them.
template <typename Visit>
void visit_session_settings(Visit visit) {
    visit("download_folder", &SessionChange::download_folder, &SessionView::download_folder);
    visit("limited_down", &SessionChange::limited_down, &SessionView::limited_down);
    visit("limited_up", &SessionChange::limited_up, &SessionView::limited_up);
    visit("limit_down", &SessionChange::limit_down, &SessionView::limit_down);
    visit("limit_up", &SessionChange::limit_up, &SessionView::limit_up);
    visit("alternative", &SessionChange::alternative, &SessionView::alternative);
    visit("alternative_scheduled", &SessionChange::alternative_scheduled,
          &SessionView::alternative_scheduled);
    visit("alternative_down", &SessionChange::alternative_down, &SessionView::alternative_down);
    visit("alternative_up", &SessionChange::alternative_up, &SessionView::alternative_up);
    visit("alternative_begin", &SessionChange::alternative_begin, &SessionView::alternative_begin);
    visit("alternative_end", &SessionChange::alternative_end, &SessionView::alternative_end);
    visit("alternative_days", &SessionChange::alternative_days, &SessionView::alternative_days);
    visit("ratio_limited", &SessionChange::ratio_limited, &SessionView::ratio_limited);
    visit("ratio_limit", &SessionChange::ratio_limit, &SessionView::ratio_limit);
    visit("idle_limited", &SessionChange::idle_limited, &SessionView::idle_limited);
    visit("idle_minutes", &SessionChange::idle_minutes, &SessionView::idle_minutes);
    visit("start_added", &SessionChange::start_added, &SessionView::start_added);
    visit("peer_limit", &SessionChange::peer_limit, &SessionView::peer_limit);
    visit("peer_limit_per_torrent", &SessionChange::peer_limit_per_torrent,
          &SessionView::peer_limit_per_torrent);
}

inline void apply(const SessionChange& change, SessionView& session) {
    visit_session_settings([&](const char*, auto in_change, auto in_session) {
        if (change.*in_change) session.*in_session = *(change.*in_change);
    });
}

/// What both together change; `later` wins.
inline void merge(const SessionChange& later, SessionChange& into) {
    visit_session_settings([&](const char*, auto member, auto) {
        if (later.*member) into.*member = later.*member;
    });
}

}  // namespace shoal::daemon
