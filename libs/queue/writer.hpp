// SPDX-License-Identifier: Apache-2.0
// The writer thread. It takes the waiting items, runs each in a savepoint of one transaction,
// commits once, then reports to each item. No item gets its result before the commit, and none is
// forgotten.
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

// One write, and its completion.
class Item {
public:
    virtual ~Item() = default;
    // Runs inside a savepoint. An item submitted as `always` runs again after a rollback, others
    // run once.
    virtual base::Result<> run(Connection& database) = 0;
    virtual void committed() = 0; // reports the result of run()
    virtual void rolled_back(const base::Error& error) = 0;
    virtual void lost(const base::Error& error) = 0; // unknown whether it was committed
    virtual std::uint64_t octets() const = 0;        // of content it holds in memory, approximately
};

// `run` is called as base::Result<T>(Connection&, PayloadFiles&). It calls leave() on the files
// that its rows name.
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
        files_.leave(); // the row may exist after all; the next start decides
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
        // Pages of the log. From here on the log is copied into the database.
        int checkpoint_pages = 4000;
        std::uint64_t log_warning = 256u << 20;        // octets of a log that cannot be emptied
        base::Duration tick = std::chrono::seconds(1); // between checks of the store while idle
        // Octets of the log that the writer's thread copies itself. A longer log is copied on
        // another thread.
        std::uint64_t copied_here = 64u << 20;
    };
    // Called while idle: checks that the folder still is ours alone. An error ends all writing.
    using Check = std::function<base::Result<>()>;
    // `files` are checked after each commit, before its items get their results: no result may be
    // reported for a commit into a removed file.
    Writer(
        Connection database, StoreFiles files, Limits limits,
        std::function<void(const base::Error&)> on_lost, Check check = {}
    );
    ~Writer(); // calls close()
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    // Counts since the start. An item that is being written counts as waiting until it has its
    // result.
    struct Statistics {
        std::uint64_t commits = 0;
        std::uint64_t items = 0;
        std::size_t waiting = 0;
        std::uint64_t waiting_octets = 0;
        base::Duration longest_commit{}; // including the work of its items
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
    // Finishes the waiting items, then joins. While another process holds the lock, waits for
    // `patience` at most. The remaining items get errc::locked and are not written. Returns their
    // number since the start.
    std::size_t close(base::Duration patience = std::chrono::seconds(5));
    // From `end` on, no item waits for another process's lock: it gets errc::locked at its next
    // try. For a stop, which waits for the requests that wait for these items. Any thread.
    void limit_waiting(std::chrono::steady_clock::time_point end);
    // Ends all writing, because the storage can no longer be trusted. on_lost is called once, and
    // every item from now on is lost. Any thread.
    void lose(const base::Error& error);
    bool lost() const { return lost_; }
    // Holds checkpoints back, or allows them again. While one snapshot of the store is read for
    // long, a checkpoint could not empty the log. The log grows meanwhile. Any thread.
    void hold_checkpoints(bool held) { checkpoints_held_ = held; }

private:
    struct Entry {
        std::unique_ptr<Item> item;
        Admission admission = Admission::limited;
    };
    using Group = std::vector<Entry>;
    void work();
    bool has_room() const;             // call with mutex_ held
    std::optional<Group> next_group(); // empty: nothing waits; nullopt: closed
    bool gives_up() const;             // call with mutex_ held
    void work_off(Group group);
    void wait_for_lock(Group& group, const base::Error& error);
    Group take_what_begins_work(); // out of waiting_; call with mutex_ held
    void note_unlocked();
    void refuse_what_waits(const base::Error& error);
    void look_around();  // called while idle
    void look_at_lock(); // called while idle and locked
    base::Result<> try_lock();
    static bool is_locked(const base::Result<>& written);
    // True: nothing was written and nothing is in doubt, so the service goes on.
    static bool goes_on_after(const base::Error& error);
    base::Result<> see_files();
    base::Error save(base::Error error);
    void commit(Group& group);
    void commit_halves(Group& group);
    bool may_write_again(const base::Result<>& written) const;
    static bool ends_work(const Entry& entry);
    static bool all_end_work(const Group& group);
    // Empties the log as far as no reader needs it. False: checkpoints are held, or the storage is
    // lost.
    bool empty_log();
    // Drops the items that start new work from the group and reports `error` to them. Returns false
    // and does nothing if all items, or none, start new work.
    bool leave_what_ends_work(Group& group, const base::Error& error);
    void note_commit(std::size_t items, base::Duration took);
    // A failure means that everything was rolled back, or is errc::failed.
    base::Result<> write(Group& group);
    base::Result<> write_all(Group& group);
    base::Result<> perform(Item& item);
    void checkpoint_if_due();
    bool is_long_to_copy() const;
    void checkpoint(); // uses the copier if the log is long
    void checkpoint_here();
    // Handles an error itself and returns nothing then.
    std::optional<Connection::Checkpointed> take_copied();
    void go_on_after_copying(); // does nothing while the copier runs
    void note_checkpoint(const Connection::Checkpointed& done);
    void last_checkpoint();
    void start_log_over(); // works only if no reader is at the log's end

    Connection database_;
    StoreFiles files_;
    Limits limits_;
    std::function<void(const base::Error&)> on_lost_;
    Check check_;
    Obstacles obstacles_;
    int next_checkpoint_;           // due at this many pages of the log
    int last_pages_ = 0;            // pages of the log, after the last commit
    bool checkpoint_waits_ = false; // the log could not be emptied
    int copied_ = 0;                // pages of the log that are in the database
    LogCopier copier_;
    Group kept_; // items of the current group that wait for the lock
    std::atomic<bool> lost_ = false;
    std::atomic<bool> checkpoints_held_ = false;
    // Guards waiting_, statistics_, closed_, locked_, give_up_ and wait_limit_.
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Entry> waiting_;
    Statistics statistics_;
    bool closed_ = false;
    bool locked_ = false; // by another process; changed only on the writer's thread
    std::chrono::steady_clock::time_point give_up_;                   // set when closed
    std::optional<std::chrono::steady_clock::time_point> wait_limit_; // set when a stop begins
    std::size_t not_written_ = 0; // used by the writer's thread until it is joined
    std::thread thread_;          // last: it uses all members above
};

} // namespace queue
