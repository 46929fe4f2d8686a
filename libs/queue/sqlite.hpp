// SPDX-License-Identifier: Apache-2.0
// A thin shell around SQLite: one connection, its statements prepared once, rows read in place.
// A connection belongs to one thread at a time. Values are bound without copies: they must outlive
// the Rows.
#pragma once

#include "base/file.hpp"
#include "base/time.hpp"
#include "queue/errc.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace queue {

// Octets bound as BLOB; a plain string_view is bound as TEXT.
struct Blob {
    base::BytesView octets;
};

// The rows of one running statement. Errors of preparing and binding come out of next().
class Rows {
public:
    Rows(Rows&& other) noexcept;
    Rows& operator=(Rows&&) = delete;
    ~Rows(); // resets the statement, which the connection keeps

    base::Result<bool> next(); // false: no more
    bool is_null(int column) const;
    std::int64_t integer(int column) const;
    base::BytesView view(int column) const; // TEXT or BLOB, valid until next()
    std::string text(int column) const { return std::string(view(column)); }

private:
    friend class Connection;
    explicit Rows(base::Error error) : error_(std::move(error)) {}
    explicit Rows(sqlite3_stmt* statement) : statement_(statement) {}
    void check(int code);
    void bind(int index, std::int64_t value);
    void bind(int index, std::string_view value);
    void bind(int index, const Blob& value);
    template <class T> void bind(int index, const std::optional<T>& value)
    {
        if (value) bind(index, *value); // an unbound parameter is NULL
    }

    sqlite3_stmt* statement_ = nullptr;
    std::optional<base::Error> error_;
};

// Statements wait this long for a lock of another connection.
inline constexpr base::Duration lock_wait(500);

class Connection {
public:
    enum class Access { read_only, read_write };
    // errc::damaged if the file is no database, errc::unavailable if it cannot be opened,
    // errc::failed otherwise.
    static base::Result<Connection> open(const base::Path& file, Access access);
    Connection(Connection&&) noexcept;
    Connection& operator=(Connection&&) noexcept;
    ~Connection();

    template <class... Values> Rows query(std::string_view sql, const Values&... values)
    {
        auto rows = prepare(sql);
        int index = 0;
        (rows.bind(++index, values), ...);
        return rows;
    }
    // For a statement without rows, or whose rows do not matter.
    template <class... Values> base::Result<> run(std::string_view sql, const Values&... values)
    {
        auto rows = query(sql, values...);
        if (const auto stepped = rows.next(); !stepped) return stepped.error();
        return {};
    }
    base::Result<> script(const char* sql); // several statements, not kept
    // How long a statement waits for a lock that another connection holds, before it fails with
    // errc::locked. After open(): lock_wait.
    void set_lock_wait(base::Duration wait);
    base::Path file() const;  // absolute
    bool is_writable() const; // false: the permissions or the file system allow reading only
    std::int64_t last_row() const;
    bool in_transaction() const;

    // The write-ahead log's length after the last commit, in pages; counted from
    // take_over_checkpoints() on.
    void take_over_checkpoints();
    int log_pages() const { return *log_pages_; }
    // Copies the log into the database as far as no reader needs its older state. Waits for
    // nobody: what a reader, or another process that checkpoints, keeps in the log stays there.
    struct Checkpointed {
        int pages = 0;      // of the log
        int copied = 0;     // of these, in the database now
        bool whole = false; // all of them are in the database now
    };
    base::Result<Checkpointed> checkpoint();
    void interrupt();          // of a checkpoint() that runs, which then is not whole. Any thread.
    void leave_log_at_close(); // closing must not write, nor sync again what failed

    // Page by page to `file`, which is there and empty; not synced. Within a transaction it is that
    // transaction's view, whatever others write meanwhile. go_on hears how many octets of how many
    // are done; errc::stopped once it says no.
    using GoOn = std::function<bool(std::uint64_t done, std::uint64_t of)>;
    base::Result<> copy_to(const base::Path& file, const GoOn& go_on);

private:
    struct CloseDatabase {
        void operator()(sqlite3* database) const;
    };
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    explicit Connection(sqlite3* database);
    Rows prepare(std::string_view sql);

    std::unique_ptr<sqlite3, CloseDatabase> database_;
    std::map<std::string, std::unique_ptr<sqlite3_stmt, Finalize>, std::less<>> statements_;
    std::unique_ptr<int> log_pages_ = std::make_unique<int>(0);
};

} // namespace queue
