#include "torrentgen/manifest/parse_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "torrentgen/manifest/decode.hpp"
#include "torrentgen/manifest/path_rules.hpp"

namespace shoal::manifest {
namespace {

/// "path", "symlink path": a list of elements, each fit for a file system.
std::string join_elements(const lt::bdecode_node& list, std::string_view source_name) {
    std::string path;
    for (int i = 0; i < list.list_size(); ++i) {
        const lt::bdecode_node element = list.list_at(i);
        if (element.type() != lt::bdecode_node::string_t) {
            throw bad_torrent(source_name, "an element of a path is not a string");
        }
        check_element(text_of(element), source_name);
        if (i > 0) path += '/';
        path += text_of(element);
    }
    return path;
}

std::uint64_t checked_size(std::optional<std::int64_t> length, std::string_view source_name) {
    if (!length) throw bad_torrent(source_name, "a file has no length");
    if (*length < 0) throw bad_torrent(source_name, "a file has a negative length");
    if (static_cast<std::uint64_t>(*length) > kMaxTorrentBytes) {
        throw bad_torrent(source_name, "a file is larger than 256 TiB");
    }
    return static_cast<std::uint64_t>(*length);
}

/// "attr", "length" and "symlink path", which v1 and v2 share.
FileEntry parse_entry(const StrictDict& dict, std::string_view source_name) {
    FileEntry file;
    const std::string_view attr = dict.string("attr").value_or("");
    file.pad = attr.find('p') != std::string_view::npos;
    file.executable = attr.find('x') != std::string_view::npos;
    if (attr.find('l') != std::string_view::npos) {
        const lt::bdecode_node target = dict.list("symlink path");
        if (!target || target.list_size() == 0) {
            throw bad_torrent(source_name, "a symbolic link has no target");
        }
        file.symlink = join_elements(target, source_name);
        return file;
    }
    file.size = checked_size(dict.integer("length"), source_name);
    return file;
}

void walk_tree(const lt::bdecode_node& tree, const std::string& folder, ParsedFiles& out,
               std::string_view source_name, int depth) {
    constexpr int kMaxDepth = 100;  // as libtorrent
    if (depth > kMaxDepth) throw bad_torrent(source_name, "folders more than 100 deep");
    for (int i = 0; i < tree.dict_size(); ++i) {
        const auto [key, node] = tree.dict_at(i);
        const std::string_view name = view(key);
        if (node.type() != lt::bdecode_node::dict_t) {
            throw bad_torrent(source_name, "the file tree holds something that is not a dictionary");
        }
        check_element(name, source_name);
        std::string path = folder.empty() ? std::string(name) : folder + "/" + std::string(name);
        const lt::bdecode_node leaf = node.dict_find("");
        if (!leaf) {
            walk_tree(node, path, out, source_name, depth + 1);
            continue;
        }
        if (node.dict_size() != 1 || leaf.type() != lt::bdecode_node::dict_t) {
            throw bad_torrent(source_name, fmt::format("'{}' is a file and a folder", escaped(path)));
        }
        const StrictDict dict(leaf, source_name);
        FileEntry file = parse_entry(dict, source_name);
        if (file.pad) throw bad_torrent(source_name, "padding in the file tree");
        std::string_view root;
        if (file.size > 0) {
            root = dict.string("pieces root").value_or("");
            if (root.size() != 32) {
                throw bad_torrent(source_name, fmt::format("'{}' has no pieces root", escaped(path)));
            }
            if (root.find_first_not_of('\0') == std::string_view::npos) {
                throw bad_torrent(source_name,
                                  fmt::format("the pieces root of '{}' is all zeros", escaped(path)));
            }
        }
        file.path = std::move(path);
        out.files.push_back(std::move(file));
        out.roots.push_back(root);
    }
}

}  // namespace

void check_element(std::string_view name, std::string_view source_name) {
    if (const auto problem = name_problem(name)) {
        throw bad_torrent(source_name, fmt::format("unsafe path: '{}' {}", escaped(name), *problem));
    }
}

ParsedFiles parse_v1_files(const lt::bdecode_node& list, std::string_view source_name) {
    ParsedFiles out;
    out.files.reserve(static_cast<std::size_t>(list.list_size()));
    for (int i = 0; i < list.list_size(); ++i) {
        const lt::bdecode_node node = list.list_at(i);
        if (node.type() != lt::bdecode_node::dict_t)
            throw bad_torrent(source_name, "a file is no dictionary");
        const StrictDict dict(node, source_name);
        FileEntry file = parse_entry(dict, source_name);
        // libtorrent takes the UTF-8 variant where there is one, so it is the one to check.
        lt::bdecode_node path = dict.list("path.utf-8");
        if (!path) path = dict.list("path");
        if (path && path.list_size() > 0) {
            file.path = join_elements(path, source_name);
        } else if (file.pad) {
            file.path = fmt::format(".pad/{}", file.size);
        } else {
            throw bad_torrent(source_name, "a file has no path");
        }
        // How BitComet marked padding before BEP 47; libtorrent honours it.
        if (file.path.find("_____padding_file_") != std::string::npos) file.pad = true;
        out.files.push_back(std::move(file));
    }
    return out;
}

ParsedFiles parse_v1_single(const lt::bdecode_node& info, std::string_view name,
                            std::string_view source_name) {
    FileEntry file = parse_entry(StrictDict(info, source_name), source_name);
    if (file.pad || !file.symlink.empty()) {
        throw bad_torrent(source_name, "its only file is padding or a symbolic link");
    }
    file.path = name;
    ParsedFiles out;
    out.files.push_back(std::move(file));
    return out;
}

ParsedFiles parse_file_tree(const lt::bdecode_node& tree, std::string_view source_name) {
    ParsedFiles out;
    walk_tree(tree, "", out, source_name, 0);
    return out;
}

void check_paths_differ(const std::vector<FileEntry>& files, std::string_view source_name) {
    std::vector<std::string_view> paths;
    paths.reserve(files.size());
    for (const FileEntry& file : files) {
        if (!file.pad) paths.push_back(file.path);
    }
    std::sort(paths.begin(), paths.end(), path_less);
    // In this order whatever lies below a path follows it at once.
    for (std::size_t i = 1; i < paths.size(); ++i) {
        const std::string_view before = paths[i - 1];
        if (paths[i] == before) {
            throw bad_torrent(source_name, fmt::format("two files are called '{}'", escaped(before)));
        }
        if (paths[i].starts_with(before) && paths[i][before.size()] == '/') {
            throw bad_torrent(source_name, fmt::format("'{}' is a file and a folder", escaped(before)));
        }
    }
}

}  // namespace shoal::manifest
