// SPDX-License-Identifier: Apache-2.0
// The writer thread: takes what waits, runs each item in a savepoint of one transaction, commits
// once, then tells everybody. Nobody is told before the commit, and nobody is forgotten.
#pragma once

#include "base/time.hpp"
#include "queue/log_copier.hpp"
#include "queue/obstacles.hpp"
#include "queue/payloads.hpp"
#include "queue/sqlite.hpp"
#include "queue/store_files.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace queue {

// One write and whom to tell about it.
class Item {
public:
    virtual ~Item() = default;
    // Inside a savepoint. Once, but for what is submitted `always`: again, where it was rolled
    // back.
    virtual base::Result<> run(Connection& database) = 0;
    virtual void committed() = 0; // says what run() returned
    virtual void rolled_back(const base::Error& error) = 0;
    virtual void lost(const base::Error& error) = 0; // whether it was committed is unknown
    virtual std::uint64_t octets() const = 0;        // of content it holds in memory, about
};

// Run is called as base::Result<T>(Connection&, PayloadFiles&) and calls leave() on the files its
// rows name.
template <class T, class Run> class Write final : public Item {
public:
    Write(
        Run run, PayloadFiles files, std::function<void(base::Result<T>)> done, std::uint64_t octets
    )
        : run_(std::move(run)), files_(std::move(files)), done_(std::move(done)), octets_(octets)
    {
    }
    base::Result<> run(Connection& database) override
    {
        result_.emplace(run_(database, files_));
        if (*result_) return {};
        files_.reclaim();
        return result_->error();
    }
    void committed() override { done_(std::move(*result_)); }
    void rolled_back(const base::Error& error) override
    {
        files_.reclaim();
        done_(error);
    }
    void lost(const base::Error& error) override
    {
        files_.leave(); // the row may be there after all; the next start decides
        done_(error);
    }
    std::uint64_t octets() const override { return octets_; }

private:
    Run run_;
    PayloadFiles files_;
    std::function<void(base::Result<T>)> done_;
    std::uint64_t octets_;
    std::optional<base::Result<T>> result_;
};

class Writer {
public:
    struct Limits {
        std::size_t group = 256;
        std::size_t waiting = 4096;
        std::uint64_t waiting_octets = 64u << 20;
        int checkpoint_pages = 4000;                   // of the log: then it goes into the database
        std::uint64_t log_warning = 256u << 20;        // octets of a log that cannot be emptied
        base::Duration tick = std::chrono::seconds(1); // between looks at the store while idle
        // Octets that are copied on the writer's thread. More are copied on a thread of their own.
        std::uint64_t copied_here = 64u << 20;
    };
    // Asked while idle: whether the folder still is ours alone. An error ends all writing.
    using Check = std::function<base::Result<>()>;
    // `files` are looked at after each commit, before it is told: what was removed takes no answer.
    Writer(
        Connection database, StoreFiles files, Limits limits,
        std::function<void(const base::Error&)> on_lost, Check check = {}
    );
    ~Writer(); // close()
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    // Since the start. What is being written counts as waiting until it is told about.
    struct Statistics {
        std::uint64_t commits = 0;
        std::uint64_t items = 0;
        std::size_t waiting = 0;
        std::uint64_t waiting_octets = 0;
        base::Duration longest_commit{}; // with what its items do in it
    };
    Statistics statistics() const;
    const Obstacles& obstacles() const { return obstacles_; }

    // `limited` items start new work. `always` items finish work that has begun, so refusing one
    // would only make more work. They need no bound of their own here: each belongs to an exchange,
    // a request or a lease, and these have limits.
    // Disk full: `limited` items are refused; `always` items are tried again after the log has been
    // emptied, then in smaller groups, and are refused with disk_full last.
    // Lock held by another process: `limited` items are refused with errc::locked at once; `always`
    // items wait in their order until the lock is released. Their run() may be called repeatedly.
    enum class Admission { limited, always };
    void submit(std::unique_ptr<Item> item, Admission admission);
    // Does what waits, then joins. While another process holds the lock, it waits for so long at
    // most. Items that are left then are told errc::locked and are not written: returns their
    // number since the start.
    std::size_t close(base::Duration patience = std::chrono::seconds(5));
    // From `end` on no item waits for another process's lock: it is told errc::locked at its next
    // try. For a stop, which waits for the requests that wait for these items. Any thread.
    void limit_waiting(std::chrono::steady_clock::time_point end);
    // The storage cannot be trusted any more: on_lost is told once, every item from now on is lost.
    // Any thread.
    void lose(const base::Error& error);
    bool lost() const { return lost_; }
    // While somebody reads one view of the store for long, a checkpoint would wait for it in vain:
    // meanwhile the log grows. Any thread.
    void hold_checkpoints(bool held) { checkpoints_held_ = held; }

private:
    struct Entry {
        std::unique_ptr<Item> item;
        Admission admission = Admission::limited;
    };
    using Group = std::vector<Entry>;
    void work();
    bool has_room() const;             // mutex_ is held
    std::optional<Group> next_group(); // empty: nothing waits; nothing: closed
    bool gives_up() const;             // mutex_ is held
    void work_off(Group group);
    void wait_for_lock(Group& group, const base::Error& error);
    Group take_what_begins_work(); // of what waits; mutex_ is held
    void note_unlocked();
    void refuse_what_waits(const base::Error& error);
    void look_around();  // while idle
    void look_at_lock(); // while idle and locked
    base::Result<> try_lock();
    static bool is_locked(const base::Result<>& written);
    // Nothing was written and nothing is in doubt: the service goes on.
    static bool goes_on_after(const base::Error& error);
    base::Result<> see_files();
    base::Error save(base::Error error);
    void commit(Group& group);
    void commit_halves(Group& group);
    bool may_write_again(const base::Result<>& written) const;
    static bool ends_work(const Entry& entry);
    static bool all_end_work(const Group& group);
    bool empty_log(); // as far as nobody reads it; false: it is held, or the storage is lost
    // Tells the others that they are undone. False: there are none, or nobody is left.
    bool leave_what_ends_work(Group& group, const base::Error& error);
    void note_commit(std::size_t items, base::Duration took);
    base::Result<> write(Group& group); // if it fails, all of it is undone or errc::failed
    base::Result<> write_all(Group& group);
    base::Result<> perform(Item& item);
    void checkpoint_if_due();
    bool is_long_to_copy() const;
    void checkpoint(); // by the copier, if it takes long
    void checkpoint_here();
    std::optional<Connection::Checkpointed> take_copied(); // an error is dealt with
    void go_on_after_copying();                            // if the copier has ended
    void note_checkpoint(const Connection::Checkpointed& done);
    void last_checkpoint();
    void start_log_over(); // if no reader is at its end

    Connection database_;
    StoreFiles files_;
    Limits limits_;
    std::function<void(const base::Error&)> on_lost_;
    Check check_;
    Obstacles obstacles_;
    int next_checkpoint_;           // pages of the log
    int last_pages_ = 0;            // of the log, after the last commit
    bool checkpoint_waits_ = false; // the log could not be emptied
    int copied_ = 0;                // pages of the log that are in the database
    LogCopier copier_;
    Group kept_; // of the group in work: waits for the lock
    std::atomic<bool> lost_ = false;
    std::atomic<bool> checkpoints_held_ = false;
    // Guards waiting_, statistics_, closed_, locked_, give_up_ and wait_limit_.
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Entry> waiting_;
    Statistics statistics_;
    bool closed_ = false;
    bool locked_ = false; // by another process; only the writer's thread changes it
    std::chrono::steady_clock::time_point give_up_;                   // once closed
    std::optional<std::chrono::steady_clock::time_point> wait_limit_; // once stopping
    std::size_t not_written_ = 0; // of the writer's thread, until it is joined
    std::thread thread_;          // last: it uses all above
};

} // namespace queue
