#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <libtorrent/fwd.hpp>
#include <libtorrent/io_context.hpp>
#include <utility>

namespace shoal::client::disk {

/// Where torrents wait before all their content is checked. libtorrent would begin with all of them at once,
/// each with as many pieces under way as keep every thread busy: a thousand torrents would take hundreds of
/// megabytes, and the head of a disk would never come to rest. Here the next one begins when those before it
/// have so few pieces left that the threads could run dry. Belongs to the network thread.
class CheckLine {
  public:
    using Begin = std::function<void()>;

    /// @param enough  pieces under way; with fewer the next torrent begins
    CheckLine(lt::io_context& network, std::size_t enough) : network_(network), enough_(enough) {}

    /// @param torrent  whose check it is
    /// @param begin  called by the network's loop; counts the first pieces of the check before it returns
    void wait(const void* torrent, Begin begin);
    /// Begins what waits for that torrent without waiting any longer: it ends. Null: of all torrents.
    void leave(const void* torrent);
    void piece_begun() { ++under_way_; }
    void piece_done();

  private:
    void next();

    lt::io_context& network_;
    const std::size_t enough_;
    std::size_t under_way_ = 0;
    bool beginning_ = false;
    std::deque<std::pair<const void*, Begin>> waiting_;
};

}  // namespace shoal::client::disk
