// SPDX-License-Identifier: Apache-2.0
// The write-ahead log: when it is copied into the database, by which thread, and when it starts
// over.
#include "queue/writer.hpp"

#include <algorithm>

namespace queue {
namespace {

constexpr std::uint64_t log_header = 32;
constexpr std::uint64_t log_frame = 24 + 4096; // pages of the store have 4096 octets

std::uint64_t octets_of(int pages)
{
    return pages == 0 ? 0 : log_header + static_cast<std::uint64_t>(pages) * log_frame;
}

// Writes one page without changing it.
class Rewrite final : public Item {
public:
    base::Result<> run(Connection& database) override
    {
        const auto version = user_version(database);
        if (!version) return version.error();
        return database.run("PRAGMA user_version = " + std::to_string(*version));
    }
    void committed() override {}
    void rolled_back(const base::Error&) override {}
    void lost(const base::Error&) override {}
    std::uint64_t octets() const override { return 0; }

private:
    static base::Result<std::int64_t> user_version(Connection& database)
    {
        auto rows = database.query("SELECT user_version FROM pragma_user_version");
        if (const auto found = rows.next(); !found) return found.error();
        return rows.integer(0);
    }
};

} // namespace

bool Writer::empty_log()
{
    if (checkpoints_held_) return false;
    copier_.wait(); // the room that the copy makes is needed now
    (void)take_copied();
    if (lost_) return false;
    checkpoint_here();
    return !lost_;
}

// Checkpoints run here and not inside SQLite's commit: no caller waits for them, and a failed sync
// is noticed. A reader can keep pages in the log. Because each try syncs what it copies, the next
// try comes when the log has grown by a quarter of checkpoint_pages, or while idle.
void Writer::checkpoint_if_due()
{
    const int pages = database_.log_pages();
    if (pages < last_pages_) { // the log has started over
        next_checkpoint_ = limits_.checkpoint_pages;
        checkpoint_waits_ = false;
        copied_ = 0;
    }
    last_pages_ = pages;
    go_on_after_copying();
    if (lost_) return;
    if (copier_.is_busy()) return obstacles_.log_is_copied(octets_of(pages));
    const bool due = pages >= next_checkpoint_;
    if (due && !checkpoints_held_) return checkpoint();
    if (due) checkpoint_waits_ = true;
    obstacles_.log_is(octets_of(pages), checkpoints_held_);
}

bool Writer::is_long_to_copy() const
{
    return octets_of(last_pages_) > octets_of(copied_) + limits_.copied_here;
}

void Writer::checkpoint()
{
    if (!is_long_to_copy()) return checkpoint_here();
    checkpoint_waits_ = true;
    copier_.start();
}

void Writer::checkpoint_here()
{
    const auto done = database_.checkpoint();
    const bool full = !done && done.error().code == base::errc::disk_full;
    if (!done && !full) return lose(done.error());
    note_checkpoint(done ? *done : Connection::Checkpointed{.pages = last_pages_});
}

void Writer::note_checkpoint(const Connection::Checkpointed& done)
{
    copied_ = std::max(copied_, done.copied);
    checkpoint_waits_ = !done.whole;
    next_checkpoint_ =
        done.whole ? limits_.checkpoint_pages : done.pages + limits_.checkpoint_pages / 4;
    if (done.whole)
        obstacles_.log_is_copied(octets_of(done.pages));
    else
        obstacles_.log_is(octets_of(done.pages), false);
}

std::optional<Connection::Checkpointed> Writer::take_copied()
{
    auto done = copier_.take();
    if (!done) return std::nullopt;
    if (!*done) {
        const auto& code = done->error().code;
        const bool later =
            code == errc::locked || code == errc::unavailable || code == base::errc::disk_full;
        if (!later) lose(done->error());
        return std::nullopt;
    }
    if ((*done)->copied > last_pages_) return std::nullopt; // the log has started over since
    copied_ = std::max(copied_, (*done)->copied);
    return **done;
}

void Writer::go_on_after_copying()
{
    auto copied = take_copied();
    if (!copied || checkpoints_held_) return;
    if (copied->whole) return checkpoint(); // copies what was written meanwhile
    copied->pages = last_pages_;
    note_checkpoint(*copied); // a reader needs the rest
}

// Runs here and not when SQLite closes, because closing would report a failed sync to no caller. A
// long log stays, so that the stop is bounded. The next start copies it.
void Writer::last_checkpoint()
{
    copier_.stop();
    (void)take_copied();
    if (lost_) return;
    if (is_long_to_copy()) return database_.leave_log_at_close();
    checkpoint_here();
}

// Writes, because SQLite starts the log over when a transaction writes and no reader needs the log.
// Without other writes the end of the obstacle would go unnoticed, and new work would be refused
// for longer.
void Writer::start_log_over()
{
    Group group;
    group.push_back({std::make_unique<Rewrite>(), Admission::limited});
    commit(group);
}

} // namespace queue
