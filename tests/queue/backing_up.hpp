// SPDX-License-Identifier: Apache-2.0
// What tests of backups and of restores have in common.
#pragma once

#include "opened.hpp"

#include "crypto/digest.hpp"
#include "queue/backup.hpp"
#include "support/disk.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>

namespace queue {

// As received or submitted: the digest of a compressed part is that of its octets. Without
// assertions: threads use it.
inline NewPart file_part(const Queue& queue, const std::string& octets, bool compressed = true)
{
    auto part = small_part(octets);
    part.part.compressed = compressed;
    part.part.sha256 = compressed ? crypto::sha256(octets) : "of its canonical form";
    base::Spool spool(queue.spool_folder(), 0);
    if (spool.write(octets)) part.content = spool.finish();
    return part;
}

inline base::Result<BackedUp> back_up(Queue& queue, const base::Path& to)
{
    BackupProgress progress;
    return queue.back_up(to, at(1000), progress);
}

// Everything that is kept of a message, as text; `events` may differ by what a restore adds.
inline std::string whole(const Queue& queue, const std::string& id)
{
    const auto message = queue.find(id, queue::Visibility::all());
    if (!message) return "missing";
    std::string text = std::string(to_text(message->summary.state)) + "|" + message->envelope +
                       "|" + message->receipt + "|" + message->summary.header.message_id + "|" +
                       std::to_string(message->attempts.size());
    for (std::size_t n = 0; n < message->parts.size(); ++n) {
        const auto content = queue.payload(id, n, queue::Visibility::all());
        REQUIRE(content);
        auto reader = base::ContentReader::open(*content);
        REQUIRE(reader);
        text += "|" + message->parts[n].sha256 + "|";
        for (auto piece = reader->read(); piece && !piece->empty(); piece = reader->read())
            text += *piece;
    }
    return text;
}

inline std::vector<std::string> ids(const Queue& queue)
{
    std::vector<std::string> all;
    Filter filter{.visibility = Visibility::all(), .limit = 500};
    while (true) {
        const auto page = queue.list(filter);
        REQUIRE(page);
        for (const auto& row : *page)
            all.push_back(row.id);
        if (page->size() < filter.limit) return all;
        filter.before = page->back().sequence;
    }
}

// A store with a message of each kind.
inline void fill(Queue& queue)
{
    auto large = outbound("large");
    large.parts.push_back(file_part(queue, std::string(70'000, 'x')));
    large.parts.push_back(file_part(queue, std::string(90'000, 'y'), false));
    REQUIRE(enqueue(queue, std::move(large)));
    REQUIRE(enqueue(queue, outbound("small")));
    auto in = inbound("in");
    in.parts.push_back(file_part(queue, std::string(80'000, 'z')));
    REQUIRE(accept(queue, std::move(in)));
}

inline std::vector<std::string> names_in(const base::Path& folder)
{
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

// Has room for so many changes below what begins with a path, and for everything elsewhere.
class SmallDisk final : public base::IoGate {
public:
    SmallDisk(std::string begins, int room) : begins_(std::move(begins)), room_(room) {}
    base::IoVerdict before(const base::IoRequest& request) override
    {
        if (!request.path.starts_with(begins_) || !takes_room(request.call)) return {};
        return {.error = room_-- > 0 ? 0 : ENOSPC};
    }
    void after(const base::IoRequest&) override {}

private:
    static bool takes_room(base::IoCall call)
    {
        using enum base::IoCall;
        return call == create || call == write || call == link || call == rename ||
               call == make_folder;
    }
    std::string begins_;
    std::atomic<int> room_;
};

} // namespace queue
