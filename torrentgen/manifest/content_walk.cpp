#include "torrentgen/manifest/content_walk.hpp"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <set>
#include <utility>

#include "common/error.hpp"
#include "torrentgen/manifest/path_rules.hpp"

namespace shoal::manifest {
namespace {

using Identity = std::pair<dev_t, ino_t>;

Identity identity(const struct stat& status) {
    return {status.st_dev, status.st_ino};
}

struct stat status_of(const std::string& path, bool follow) {
    struct stat status {};
    if ((follow ? ::stat(path.c_str(), &status) : ::lstat(path.c_str(), &status)) != 0) {
        throw file_error(escaped(path), errno);
    }
    return status;
}

WalkedFile to_file(std::string path, std::string on_disk, const struct stat& status) {
    WalkedFile file;
    file.path = std::move(path);
    file.on_disk = std::move(on_disk);
    file.size = static_cast<std::uint64_t>(status.st_size);
    file.modified = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
    file.executable = (status.st_mode & S_IXUSR) != 0;
    return file;
}

std::vector<std::string> entries_of(const std::string& folder) {
    const auto close = [](DIR* dir) { ::closedir(dir); };
    const std::unique_ptr<DIR, decltype(close)> dir(::opendir(folder.c_str()), close);
    if (!dir) throw file_error(escaped(folder), errno);
    std::vector<std::string> names;
    while (true) {
        errno = 0;
        const dirent* entry = ::readdir(dir.get());  // NOLINT(concurrency-mt-unsafe): a stream of our own
        if (entry == nullptr && errno != 0) throw file_error(escaped(folder), errno);
        if (entry == nullptr) return names;
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") names.emplace_back(name);
    }
}

class Walker {
  public:
    Walker(std::string root, const WalkOptions& options, std::set<Identity> ignore)
        : root_(std::move(root)),
          options_(options),
          filter_(options.filter),
          symlinks_(options.symlinks),
          ignore_(std::move(ignore)) {}

    Walk run() {
        if (options_.only) {
            for (const std::string& path : *options_.only) visit_listed(path);
        } else {
            walk_folder("", root_, status_of(root_, true));
        }
        std::sort(walk_.files.begin(), walk_.files.end(),
                  [](const WalkedFile& a, const WalkedFile& b) { return path_less(a.path, b.path); });
        const auto twice = std::unique(walk_.files.begin(), walk_.files.end());
        walk_.files.erase(twice, walk_.files.end());
        summarise("symbolic link", skipped_links_, "left out, see --symlinks");
        summarise("special file", skipped_special_, "left out: only regular files can be shared");
        return std::move(walk_);
    }

  private:
    struct Skipped {
        std::size_t count = 0;
        std::string first;
        void add(const std::string& path) {
            if (count++ == 0) first = path;
        }
    };

    void walk_folder(const std::string& path, const std::string& on_disk, const struct stat& status) {
        if (!above_.insert(identity(status)).second) {
            throw Error(ExitCode::kFileSystem, escaped(on_disk),
                        "a symbolic link leads back to a folder above", "remove it, or leave links out");
        }
        for (const std::string& name : entries_of(on_disk)) {
            visit(path.empty() ? name : path + "/" + name, on_disk + "/" + name, name);
        }
        above_.erase(identity(status));
    }

    /// A path of WalkOptions::only; every folder on the way must be fit for a manifest too.
    void visit_listed(const std::string& listed) {
        const std::string path = std::filesystem::path(listed).lexically_normal().string();
        const std::string trimmed = path.ends_with('/') ? path.substr(0, path.size() - 1) : path;
        if (trimmed.starts_with('/') || trimmed == "." || trimmed == ".." || trimmed.starts_with("../")) {
            throw Error(ExitCode::kUsage, escaped(listed), "is not below the folder to share",
                        "list paths relative to it");
        }
        const auto elements = split_path(trimmed);
        for (const std::string_view name : elements) check_name(std::string(name), root_ + "/" + trimmed);
        visit(trimmed, root_ + "/" + trimmed, std::string(elements.back()), true);
    }

    void visit(const std::string& path, const std::string& on_disk, const std::string& name,
               bool listed = false) {
        struct stat status = status_of(on_disk, false);
        const bool is_link = S_ISLNK(status.st_mode);
        const bool wanted =
            listed || (S_ISDIR(status.st_mode) ? filter_.enters_folder(path) : filter_.takes_file(path));
        if (!wanted) return;
        if (is_link && symlinks_ == Symlinks::kSkip) return skipped_links_.add(path);
        if (is_link && symlinks_ == Symlinks::kKeep) return keep_link(path, on_disk, name);
        if (is_link) status = status_of(on_disk, true);
        if (S_ISDIR(status.st_mode)) {
            if (is_link && !filter_.enters_folder(path)) return;
            check_name(name, on_disk);
            return walk_folder(path, on_disk, status);
        }
        if (!S_ISREG(status.st_mode)) return skipped_special_.add(path);
        if (ignore_.contains(identity(status))) return;
        check_name(name, on_disk);
        walk_.files.push_back(to_file(path, on_disk, status));
    }

    void keep_link(const std::string& path, const std::string& on_disk, const std::string& name) {
        std::error_code error;
        const auto target = std::filesystem::read_symlink(on_disk, error);
        if (error) throw file_error(escaped(on_disk), error.value());
        const auto inside = (std::filesystem::path(path).parent_path() / target).lexically_normal().string();
        if (target.is_absolute() || inside.empty() || inside == "." || inside.starts_with("..")) {
            throw Error(ExitCode::kFileSystem, escaped(on_disk), "the link points outside the content",
                        "leave it out with --exclude, or take its target with --symlinks follow");
        }
        check_name(name, on_disk);
        WalkedFile file;
        file.path = path;
        file.on_disk = on_disk;
        file.symlink = inside.ends_with('/') ? inside.substr(0, inside.size() - 1) : inside;
        walk_.files.push_back(std::move(file));
    }

    static void check_name(const std::string& name, const std::string& on_disk) {
        if (const auto problem = name_problem(name)) {
            throw Error(ExitCode::kFileSystem, escaped(on_disk), fmt::format("the name {}", *problem),
                        "other clients would rename it: rename it, or leave it out with --exclude");
        }
    }

    void summarise(std::string_view what, const Skipped& skipped, std::string_view why) {
        if (skipped.count == 0) return;
        walk_.warnings.push_back(
            skipped.count == 1
                ? fmt::format("{}: {} {}", escaped(skipped.first), what, why)
                : fmt::format("{} {}s {} (the first: {})", skipped.count, what, why, escaped(skipped.first)));
    }

    std::string root_;
    const WalkOptions& options_;
    const PathFilter& filter_;
    Symlinks symlinks_;
    std::set<Identity> ignore_;
    std::set<Identity> above_;  // folders from the root down to here, against links in a circle
    Walk walk_;
    Skipped skipped_links_;
    Skipped skipped_special_;
};

}  // namespace

Walk walk_content(const std::filesystem::path& root, const WalkOptions& options) {
    // A link that the user names is what it points to, whatever the policy for links inside.
    std::string path = root.string();
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    const struct stat status = status_of(path, true);
    if (S_ISDIR(status.st_mode)) {
        std::set<Identity> ignored;
        for (const auto& file : options.ignore) {
            struct stat other {};
            if (::stat(file.c_str(), &other) == 0) ignored.insert(identity(other));
        }
        return Walker(path, options, std::move(ignored)).run();
    }
    if (!S_ISREG(status.st_mode)) {
        throw Error(ExitCode::kFileSystem, escaped(path), "neither a regular file nor a folder",
                    "name a file or a folder");
    }
    if (options.only) {
        throw Error(ExitCode::kUsage, escaped(path), "a list of files needs the folder that they are in",
                    "name the folder");
    }
    Walk walk;
    walk.single_file = true;
    walk.files.push_back(to_file(root.filename().string(), path, status));
    return walk;
}

}  // namespace shoal::manifest
