// SPDX-License-Identifier: Apache-2.0
// A thin shell around SQLite: one connection, statements that are prepared once, rows that are read
// in place. A connection belongs to one thread at a time. Values are bound without copies, so they
// must outlive the Rows.
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

// The rows of one running statement. next() also reports errors of preparing and binding.
class Rows {
public:
    Rows(Rows&& other) noexcept;
    Rows& operator=(Rows&&) = delete;
    ~Rows(); // resets the statement, which the connection keeps

    base::Result<bool> next(); // false: no more rows
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

// Longest wait of a statement for a lock of another connection, in milliseconds.
inline constexpr base::Duration lock_wait(500);

class Connection {
public:
    enum class Access { read_only, read_write };
    // errc::unavailable if the file cannot be opened, errc::failed otherwise. If the file is no
    // database, only the first statement reports that (errc::damaged).
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
    // Runs a statement that has no rows, or whose rows do not matter.
    template <class... Values> base::Result<> run(std::string_view sql, const Values&... values)
    {
        auto rows = query(sql, values...);
        if (const auto stepped = rows.next(); !stepped) return stepped.error();
        return {};
    }
    base::Result<> script(const char* sql); // several statements, not kept
    // Sets how long a statement waits for a lock of another connection before it fails with
    // errc::locked. After open(): lock_wait.
    void set_lock_wait(base::Duration wait);
    base::Path file() const;  // absolute
    bool is_writable() const; // false: the permissions or the file system allow reading only
    std::int64_t last_row() const;
    bool in_transaction() const;

    // Ends SQLite's own checkpoints. From then on log_pages() is the length of the write-ahead log
    // after the last commit, in pages.
    void take_over_checkpoints();
    int log_pages() const { return *log_pages_; }
    // Copies the log into the database as far as no reader needs its older state. Does not wait:
    // pages that a reader, or another process that checkpoints, keeps in the log stay there.
    struct Checkpointed {
        int pages = 0;      // of the log
        int copied = 0;     // of these, now in the database
        bool whole = false; // all of them are now in the database
    };
    base::Result<Checkpointed> checkpoint();
    // Interrupts a running checkpoint(), which then is not whole. Any thread.
    void interrupt();
    // After this, closing neither writes to the database nor repeats a failed sync.
    void leave_log_at_close();

    // Copies page by page to `file`, which must exist and be empty. Does not sync it. Within a
    // transaction it copies that transaction's snapshot, whatever others write meanwhile. go_on
    // gets the octets that are done and the octets in total. errc::stopped: go_on returned false.
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
