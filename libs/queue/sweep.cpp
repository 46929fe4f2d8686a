// SPDX-License-Identifier: Apache-2.0
// A file is removed only after a look-up found no row for its name. No row can get that name later,
// because only an earlier run made such names.
#include "queue/sweep.hpp"

#include "base/log.hpp"

namespace queue {
namespace {

constexpr std::size_t names_of_a_step = 500;
constexpr auto between_steps = std::chrono::milliseconds(10); // leaves the disk to other work

} // namespace

base::Result<Sweep> Sweep::begin(const PayloadFolder& folder)
{
    auto names = base::FolderNames::open(folder.path());
    if (!names) return names.error();
    return Sweep(folder, std::move(*names));
}

base::Result<bool> Sweep::step(Connection& database, std::size_t max)
{
    for (std::size_t n = 0; n < max; ++n) {
        const auto name = names_.next();
        if (!name) return name.error();
        if (!*name) return false;
        if (const auto looked = look_at(database, (*name)->native()); !looked)
            return looked.error();
    }
    return true;
}

base::Result<> Sweep::look_at(Connection& database, const std::string& name)
{
    if (folder_->is_of_this_run(name)) return {};
    auto rows = database.query("SELECT 1 FROM part WHERE file = ?", std::string_view(name));
    const auto referenced = rows.next();
    if (!referenced) return referenced.error();
    if (*referenced) return {};
    if (const auto removed = base::remove_file(folder_->path() / name); !removed)
        return removed.error();
    ++removed_;
    return {};
}

Sweeper::Sweeper(Sweep sweep, Readers& readers, std::function<void(const base::Error&)> on_error)
    : sweep_(std::move(sweep)), readers_(readers), on_error_(std::move(on_error))
{
    thread_ = std::thread([this] { work(); });
}

Sweeper::~Sweeper()
{
    close();
}

void Sweeper::close()
{
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void Sweeper::work()
{
    while (pause()) {
        const auto more = step();
        // A lock of another process is temporary.
        if (!more && more.error().code == errc::locked) continue;
        if (!more) return on_error_(more.error());
        if (*more) continue;
        if (sweep_.removed() != 0)
            base::log(
                base::Level::info, "payloads_swept", {{"removed", std::to_string(sweep_.removed())}}
            );
        done_ = true;
        return;
    }
}

// Each step has a snapshot of its own. A snapshot that stays open keeps the log from starting over.
base::Result<bool> Sweeper::step()
{
    auto snapshot = readers_.snapshot();
    if (!snapshot) return snapshot.error();
    return sweep_.step(snapshot->database(), names_of_a_step);
}

bool Sweeper::pause()
{
    std::unique_lock lock(mutex_);
    return !wake_.wait_for(lock, between_steps, [this] { return closed_; });
}

} // namespace queue
