#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/file_io.hpp"

namespace shoal::client {

/// What becomes of other content that has the name already.
enum class OldContent {
    kRefuse,  ///< it stays, and nothing is delivered
    kRemove,
    kKeep,  ///< it stays beside the new one as NAME.old, or NAME.old.2 where there is one already, and so on
};

/// The hidden folder in which a download grows until it is verified: TARGET/.shoal-<16 hex of the info-hash>/
///
///     content/NAME   the unfinished file or folder
///     manifest       the .torrent, so that a magnet's download goes on without its peers
///     resume         a ResumeRecord
///     lock           held by the process that downloads
///     delivery       written before anything is put into place: which inodes are on their way
///     at             a link to where NAME is: to content/, and after delivery to TARGET
///
/// It is on the target's file system, so that delivery is one rename.
class StagingFolder {
  public:
    StagingFolder(const std::filesystem::path& target, std::string_view info_hash);
    StagingFolder(const StagingFolder&) = delete;
    StagingFolder& operator=(const StagingFolder&) = delete;
    ~StagingFolder();

    /// Makes the folder where it is not there. Throws Error (kFileSystem), also where another process
    /// downloads the same torrent into the same target.
    void open();

    /// The folder to give to the session: NAME is in it before and after delivery.
    [[nodiscard]] std::filesystem::path session_folder() const { return folder_ / "at"; }
    /// Relative to the target, the folder of content().
    [[nodiscard]] std::filesystem::path content_folder() const { return folder_.filename() / "content"; }
    [[nodiscard]] std::filesystem::path content(const std::string& name) const;

    void save_manifest(std::string_view bytes) const;
    [[nodiscard]] std::optional<std::string> load_manifest() const;
    void save_resume(std::string_view bytes) const;
    [[nodiscard]] std::optional<std::string> load_resume() const;

    /// Puts content/NAME at its final place in one step: whoever opens the place finds the old content or the
    /// new one, and never a mixture or nothing (on file systems without renameat2(2) there is a moment with
    /// neither). Throws Error (kFileSystem), also where there is something and `old` is kRefuse.
    void deliver(const std::string& name, OldContent old);
    /// How far a deliver() or deliver_files() came whose process was killed. What is left to do of it is done
    /// where that can be (kOver).
    enum class Delivery { kNone, kBegun, kOver };
    Delivery finish_delivery(const std::string& name);
    /// What the last deliver_files() was called with; empty also where it was deliver(), or none.
    [[nodiscard]] std::vector<std::string> noted_files() const;
    /// Waits until all that was written to the target's file system is on stable storage.
    void sync() const;
    /// The same for some files of the folder NAME, which keep coming from here to the session as well as what
    /// its pieces hold of others. Where there is a folder NAME already the files are put into it one by one;
    /// throws Error (kFileSystem) also where a link in it would lead them elsewhere.
    void deliver_files(const std::string& name, const std::vector<std::string>& files, OldContent old);
    /// Deletes the folder and what is left in it. Does nothing where it is not there.
    void remove();
    /// Deletes the folder of a run that is over. Leaves that of one that is under way.
    void remove_leftovers();
    /// Deletes it only where it holds no content yet.
    void remove_if_unused();

  private:
    void rename_into_place(const std::filesystem::path& from, const std::filesystem::path& to,
                           OldContent old) const;
    void keep(const std::filesystem::path& replaced, const std::filesystem::path& place) const;
    struct Note;
    [[nodiscard]] std::optional<Note> read_note() const;
    void note_delivery(const std::string& name, const std::vector<std::string>& files, OldContent old) const;
    Delivery finish_files(const std::string& name, const Note& note);
    void point_session_folder(const std::filesystem::path& to) const;

    std::filesystem::path target_;
    std::filesystem::path folder_;
    int lock_ = -1;
};

}  // namespace shoal::client
