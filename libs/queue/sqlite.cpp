// SPDX-License-Identifier: Apache-2.0
// The only file that calls SQLite, apart from queue/vfs for SQLite's files. It maps SQLite's result
// codes to a few errors: faults of one item (conflict, too_large), a full disk, a lock of another
// process, and a file that could not be opened. After any other error the store cannot be trusted.
#include "queue/sqlite.hpp"

#include "queue/vfs.hpp"

#include <boost/assert.hpp>
#include <sqlite3.h>

#include <climits>

namespace queue {
namespace {

bool is_of_files(int code)
{
    const int kind = code & 0xff;
    return kind == SQLITE_IOERR || kind == SQLITE_FULL || kind == SQLITE_CANTOPEN;
}

base::Error error_of(int code, sqlite3* database)
{
    std::string detail = sqlite3_errstr(code);
    if (database != nullptr) detail = sqlite3_errmsg(database);
    if (const auto cause = take_file_failure(); is_of_files(code) && !cause.empty())
        detail += " (" + cause + ")";
    // The content of the disk is in doubt. Closing must neither write nor repeat the failed sync.
    if ((code & 0xff) == SQLITE_IOERR && database != nullptr)
        sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
        return {errc::conflict, std::move(detail)};
    case SQLITE_TOOBIG:
        return {base::errc::too_large, std::move(detail)};
    case SQLITE_FULL:
        return {base::errc::disk_full, std::move(detail)};
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return {errc::damaged, std::move(detail)};
    // Caused by other connections: a transaction that writes, an exclusive lock, a recovery of the
    // log (SQLITE_BUSY_RECOVERY), or a race for a reader's slot. SQLITE_LOCKED is not among them,
    // because only a connection's own statements cause it.
    case SQLITE_BUSY:
    case SQLITE_PROTOCOL:
        return {errc::locked, std::move(detail)};
    // Nothing was written, and nothing is in doubt.
    case SQLITE_CANTOPEN:
    case SQLITE_NOMEM:
        return {errc::unavailable, std::move(detail)};
    default:
        return {errc::failed, std::move(detail)};
    }
}

int note_log_pages(void* pages, sqlite3*, const char*, int count)
{
    *static_cast<int*>(pages) = count;
    return SQLITE_OK;
}

// SQLite binds a null pointer as NULL, and an empty view may have a null pointer.
const char* never_null(std::string_view value)
{
    return value.data() == nullptr ? "" : value.data();
}

} // namespace

Rows::Rows(Rows&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)), error_(std::move(other.error_))
{
}

Rows::~Rows()
{
    if (statement_ == nullptr) return;
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_); // bindings point into the caller's memory
}

void Rows::check(int code)
{
    if (code != SQLITE_OK && !error_) error_ = error_of(code, sqlite3_db_handle(statement_));
}

void Rows::bind(int index, std::int64_t value)
{
    if (statement_ != nullptr) check(sqlite3_bind_int64(statement_, index, value));
}

void Rows::bind(int index, std::string_view value)
{
    if (statement_ == nullptr) return;
    check(sqlite3_bind_text64(
        statement_, index, never_null(value), value.size(), SQLITE_STATIC, SQLITE_UTF8
    ));
}

void Rows::bind(int index, const Blob& value)
{
    if (statement_ == nullptr) return;
    check(sqlite3_bind_blob64(
        statement_, index, never_null(value.octets), value.octets.size(), SQLITE_STATIC
    ));
}

base::Result<bool> Rows::next()
{
    if (error_) return *error_;
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return error_of(code, sqlite3_db_handle(statement_));
}

bool Rows::is_null(int column) const
{
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t Rows::integer(int column) const
{
    return sqlite3_column_int64(statement_, column);
}

base::BytesView Rows::view(int column) const
{
    // SQLite asks for this order: the pointer first, then the length.
    const void* octets = sqlite3_column_blob(statement_, column);
    if (octets == nullptr) return {};
    const int size = sqlite3_column_bytes(statement_, column);
    return {static_cast<const char*>(octets), static_cast<std::size_t>(size)};
}

void Connection::CloseDatabase::operator()(sqlite3* database) const
{
    sqlite3_close_v2(database);
}
void Connection::Finalize::operator()(sqlite3_stmt* statement) const
{
    sqlite3_finalize(statement);
}

Connection::Connection(sqlite3* database) : database_(database) {}
Connection::Connection(Connection&&) noexcept = default;
Connection::~Connection() = default;

Connection& Connection::operator=(Connection&& other) noexcept
{
    statements_ = std::move(other.statements_); // before their database closes
    database_ = std::move(other.database_);
    log_pages_ = std::move(other.log_pages_);
    return *this;
}

base::Result<Connection> Connection::open(const base::Path& file, Access access)
{
    const int mode = access == Access::read_only ? SQLITE_OPEN_READONLY
                                                 : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    // Never use the default file system, which would bypass the gate.
    if (file_system() == nullptr) return base::Error(errc::failed, "SQLite has no files");
    sqlite3* database = nullptr;
    const int code = sqlite3_open_v2(
        file.c_str(), &database, mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, file_system()
    );
    Connection connection(database); // an object exists even if opening failed
    if (code != SQLITE_OK) {
        auto error = error_of(code, database);
        error.detail += ": " + file.string();
        return error;
    }
    connection.set_lock_wait(lock_wait);
    sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    return connection;
}

Rows Connection::prepare(std::string_view sql)
{
    auto found = statements_.find(sql);
    if (found == statements_.end()) {
        sqlite3_stmt* statement = nullptr;
        const int code = sqlite3_prepare_v3(
            database_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
            &statement, nullptr
        );
        if (code != SQLITE_OK) return Rows(error_of(code, database_.get()));
        found = statements_.emplace(std::string(sql), statement).first;
    }
    BOOST_ASSERT(sqlite3_stmt_busy(found->second.get()) == 0);
    return Rows(found->second.get());
}

base::Result<> Connection::script(const char* sql)
{
    const int code = sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return error_of(code, database_.get());
    return {};
}

void Connection::set_lock_wait(base::Duration wait)
{
    sqlite3_busy_timeout(database_.get(), static_cast<int>(wait.count()));
}

base::Path Connection::file() const
{
    return sqlite3_db_filename(database_.get(), "main");
}

bool Connection::is_writable() const
{
    return sqlite3_db_readonly(database_.get(), "main") == 0;
}

std::int64_t Connection::last_row() const
{
    return sqlite3_last_insert_rowid(database_.get());
}
bool Connection::in_transaction() const
{
    return sqlite3_get_autocommit(database_.get()) == 0;
}

void Connection::take_over_checkpoints()
{
    sqlite3_wal_hook(database_.get(), note_log_pages, log_pages_.get());
}

base::Result<Connection::Checkpointed> Connection::checkpoint()
{
    int pages = 0;
    int copied = 0;
    const int code = sqlite3_wal_checkpoint_v2(
        database_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &pages, &copied
    );
    // After a failure, closing must leave the log alone. It would try the checkpoint again and
    // report the result to no caller.
    const int leave = code == SQLITE_OK ? 0 : 1;
    sqlite3_db_config(database_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, leave, nullptr);
    const bool untouched = (code & 0xff) == SQLITE_BUSY || code == SQLITE_INTERRUPT;
    if (untouched) return Checkpointed{.pages = *log_pages_};
    if (code != SQLITE_OK) return error_of(code, database_.get());
    return Checkpointed{.pages = pages, .copied = copied, .whole = copied == pages};
}

void Connection::interrupt()
{
    sqlite3_interrupt(database_.get());
}

void Connection::leave_log_at_close()
{
    sqlite3_db_config(database_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

base::Result<> Connection::copy_to(const base::Path& file, const GoOn& go_on)
{
    constexpr int pages_of_a_step = 2048;
    auto target = Connection::open(file, Access::read_write);
    if (!target) return target.error();
    // A failed copy is thrown away, so no journal is needed for a rollback.
    if (const auto set = target->script("PRAGMA journal_mode = OFF"); !set) return set.error();
    sqlite3* const to = target->database_.get();
    sqlite3_backup* const copy = sqlite3_backup_init(to, "main", database_.get(), "main");
    if (copy == nullptr) return error_of(sqlite3_errcode(to), to);
    auto size = query("SELECT page_size FROM pragma_page_size");
    const auto read = size.next();
    const auto page = static_cast<std::uint64_t>(read && *read ? size.integer(0) : 0);
    int code = SQLITE_OK;
    bool wanted = true;
    while (code == SQLITE_OK && wanted) {
        code = sqlite3_backup_step(copy, pages_of_a_step);
        const auto of = static_cast<std::uint64_t>(sqlite3_backup_pagecount(copy));
        const auto left = static_cast<std::uint64_t>(sqlite3_backup_remaining(copy));
        wanted = go_on((of - left) * page, of * page);
    }
    (void)sqlite3_backup_finish(copy); // repeats the result of the last step
    if (code != SQLITE_OK && code != SQLITE_DONE) return error_of(code, to);
    if (code != SQLITE_DONE) return base::Error(errc::stopped);
    return {};
}

} // namespace queue
