// SPDX-License-Identifier: Apache-2.0
// What a power cut leaves of a folder: the durable, and of the rest what the draw says.
#include "support/disk.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace support {
namespace {

namespace fs = std::filesystem;
using base::IoCall;

// Some draws keep nearly all, some nearly nothing: both find other mistakes than the toss of a
// coin.
class Draw {
public:
    Draw(const Cut& cut, std::size_t of) : kind_(cut.kind)
    {
        constexpr std::array chances{0.1, 0.5, 0.9, 0.99};
        std::seed_seq seeds{cut.seed, static_cast<std::uint32_t>(of)};
        random_.seed(seeds);
        chance_ = chances[cut.seed % chances.size()];
    }
    bool keeps()
    {
        if (kind_ != Cut::Kind::some) return kind_ == Cut::Kind::everything;
        return std::bernoulli_distribution(chance_)(random_);
    }

private:
    Cut::Kind kind_;
    std::mt19937 random_;
    double chance_ = 0;
};

void put(base::Bytes& file, std::uint64_t offset, base::BytesView octets)
{
    const auto from = static_cast<std::size_t>(offset);
    if (file.size() < from + octets.size()) file.resize(from + octets.size(), '\0');
    std::ranges::copy(octets, file.begin() + static_cast<std::ptrdiff_t>(from));
}

void put_some(
    base::Bytes& file, std::uint64_t offset, base::BytesView octets, const Cut& cut, Draw& draw
)
{
    while (!octets.empty()) {
        const auto to_border = cut.sector - static_cast<std::size_t>(offset % cut.sector);
        const auto piece = octets.substr(0, to_border);
        if (draw.keeps()) put(file, offset, piece);
        offset += piece.size();
        octets.remove_prefix(piece.size());
    }
}

template <class Map, class Changes> void put_names(Map& names, const Changes& changes)
{
    for (const auto& [name, node] : changes) {
        if (node)
            names[name] = *node;
        else
            names.erase(name);
    }
}

} // namespace

Platter::Platter(const fs::path& folder) : folder_(folder.string())
{
    read(folder, add(true));
}

void Platter::read(const fs::path& folder, std::size_t node)
{
    for (const auto& entry : fs::directory_iterator(folder)) {
        const auto child = add(entry.is_directory());
        nodes_[node].names[entry.path().filename()] = child;
        if (entry.is_directory()) {
            read(entry.path(), child);
            continue;
        }
        std::ifstream file(entry.path(), std::ios::binary);
        nodes_[child].durable.assign(std::istreambuf_iterator<char>(file), {});
    }
    nodes_[node].durable_names = nodes_[node].names;
}

std::size_t Platter::add(bool folder)
{
    nodes_.push_back({.folder = folder});
    return nodes_.size() - 1;
}

Platter::Place Platter::place(const std::string& path) const
{
    const fs::path whole(path);
    return {.folder = node(whole.parent_path()), .name = whole.filename()};
}

std::size_t Platter::node(const std::string& path) const
{
    std::size_t found = 0;
    for (const auto& part : fs::path(path.substr(folder_.size())).relative_path()) {
        const auto& names = nodes_[found].names;
        const auto next = names.find(part);
        if (next == names.end()) throw std::logic_error("the platter has no " + path);
        found = next->second;
    }
    return found;
}

void Platter::name(const Place& place, std::optional<std::size_t> node)
{
    auto& folder = nodes_[place.folder];
    folder.unsynced_names.push_back({{place.name, node}});
    put_names(folder.names, folder.unsynced_names.back());
}

void Platter::rename(const Place& from, const Place& to)
{
    const auto moved = nodes_[from.folder].names.at(from.name);
    if (from.folder != to.folder) {
        name(to, moved);
        return name(from, std::nullopt);
    }
    auto& folder = nodes_[from.folder];
    folder.unsynced_names.push_back({{from.name, std::nullopt}, {to.name, moved}});
    put_names(folder.names, folder.unsynced_names.back());
}

void Platter::apply(const DiskCall& call, const Cut& cut)
{
    ++applied_;
    switch (call.call) {
    case IoCall::open:
    case IoCall::read:
        return;
    case IoCall::create:
        return name(place(call.path), add(false));
    case IoCall::make_folder:
        return name(place(call.path), add(true));
    case IoCall::write:
        nodes_[node(call.path)].unsynced.push_back({.offset = call.offset, .octets = call.octets});
        return;
    case IoCall::truncate:
        nodes_[node(call.path)].unsynced.push_back({.offset = call.offset, .octets = {}});
        return;
    case IoCall::rename:
        return rename(place(call.path), place(call.target));
    case IoCall::link:
        return name(place(call.target), node(call.path));
    case IoCall::unlink:
        return name(place(call.path), std::nullopt);
    case IoCall::sync: {
        auto& file = nodes_[node(call.path)];
        const Cut all{.kind = Cut::Kind::everything};
        file.durable = left_of(file, call.failed ? cut : all, applied_);
        file.unsynced.clear();
        return;
    }
    case IoCall::sync_folder: {
        if (call.failed) return;
        auto& folder = nodes_[node(call.path)];
        folder.durable_names = folder.names;
        folder.unsynced_names.clear();
        return;
    }
    }
}

base::Bytes Platter::left_of(const Node& node, const Cut& cut, std::size_t of)
{
    Draw draw(cut, of);
    auto left = node.durable;
    for (const auto& change : node.unsynced) {
        if (change.octets)
            put_some(left, change.offset, *change.octets, cut, draw);
        else if (draw.keeps())
            left.resize(static_cast<std::size_t>(change.offset), '\0');
    }
    return left;
}

void Platter::write_to(const fs::path& into, const Cut& cut) const
{
    write_folder(0, into, cut);
}

void Platter::write_folder(std::size_t node, const fs::path& into, const Cut& cut) const
{
    const auto& folder = nodes_[node];
    Draw draw(cut, node);
    auto names = folder.durable_names;
    for (const auto& changes : folder.unsynced_names)
        if (draw.keeps()) put_names(names, changes);
    for (const auto& [name, child] : names) {
        if (nodes_[child].folder) {
            fs::create_directory(into / name);
            write_folder(child, into / name, cut);
            continue;
        }
        const auto octets = left_of(nodes_[child], cut, child);
        std::ofstream(into / name, std::ios::binary) << octets;
    }
}

} // namespace support
