// SPDX-License-Identifier: Apache-2.0
// A backup has three steps. First, one snapshot of the store is copied page by page, and its
// payload files are listed. Then the snapshot ends, and the payload files are hard-linked or
// copied. Last, the complete backup gets its name. Retention waits until the backup has ended.
#include "queue/backup.hpp"

#include "base/id.hpp"
#include "base/log.hpp"
#include "queue/file_copy.hpp"
#include "queue/manifest.hpp"
#include "queue/rows.hpp"
#include "queue/store.hpp"

namespace queue {
namespace {

// Octets for the manifest, and for other users of the disk.
constexpr std::uint64_t margin = 16u << 20;

struct Work {
    base::Path store; // the data folder
    // The partial folder until the backup is complete, then its final name.
    base::Path target;
    BackupProgress& progress;
    ManifestHead head;
    BackedUp made;
};

base::Result<> need_space(const base::Path& folder, std::uint64_t octets)
{
    const auto space = base::free_space(folder);
    if (!space) return space.error();
    if (*space >= octets + margin) return {};
    return base::Error(
        base::errc::disk_full, "the backup needs " + std::to_string((octets + margin) >> 20) +
                                   " MB, and " + std::to_string(*space >> 20) + " MB are free"
    );
}

// Starts the snapshot, determines its sizes, and checks the free space.
base::Result<> measure(Connection& view, Work& work)
{
    auto rows =
        view.query("SELECT (SELECT user_version FROM pragma_user_version),"
                   " (SELECT total(messages) FROM state_count),"
                   " (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size),"
                   " count(*), total(stored_size) FROM part WHERE file IS NOT NULL");
    const auto found = rows.next();
    if (!found) return found.error();
    work.head.schema = rows.integer(0);
    work.head.messages = work.made.messages = static_cast<std::uint64_t>(rows.integer(1));
    work.made.database_octets = static_cast<std::uint64_t>(rows.integer(2));
    work.made.payloads = static_cast<std::uint64_t>(rows.integer(3));
    work.made.payload_octets = static_cast<std::uint64_t>(rows.integer(4));
    // The database counts twice: it is copied, then read again for its digest.
    work.progress.of = work.made.database_octets * 2 + work.made.payload_octets;
    return need_space(work.target, work.made.database_octets);
}

base::Result<> copy_database(Connection& view, Work& work)
{
    const auto file = work.target / "kurir.db";
    if (const auto made = base::File::create(file); !made) return made.error(); // mode 0600
    const auto go_on = [&work](std::uint64_t done, std::uint64_t) {
        work.progress.done = done;
        return !work.progress.stop;
    };
    if (const auto copied = view.copy_to(file, go_on); !copied) return copied.error();
    auto copy = base::File::open(file);
    if (!copy) return copy.error();
    return copy->sync();
}

// The list goes into a file, because a million names do not fit into memory. A compressed part's
// digest is that of the file's octets. Other parts may have been signed in canonical form, so their
// files are digested when they are read.
base::Result<> list_files(Connection& view, Work& work)
{
    auto list = ManifestWriter::create(work.target / "files");
    if (!list) return list.error();
    const ManifestHead none{.database_sha256 = base::Bytes(crypto::sha256_size, '\0')};
    if (const auto begun = list->head(none); !begun) return begun.error();
    auto rows = view.query("SELECT file, stored_size, compressed, sha256 FROM part"
                           " WHERE file IS NOT NULL ORDER BY file");
    while (true) {
        const auto found = rows.next();
        if (!found) return found.error();
        if (!*found) return list->finish();
        ManifestFile file{
            .name = rows.text(0), .size = static_cast<std::uint64_t>(rows.integer(1)), .sha256 = {}
        };
        if (rows.integer(2) != 0) file.sha256 = rows.text(3);
        if (const auto listed = list->file(file); !listed) return listed.error();
    }
}

base::Result<> read_view(Connection& view, Work& work)
{
    if (const auto measured = measure(view, work); !measured) return measured.error();
    if (const auto copied = copy_database(view, work); !copied) return copied.error();
    return list_files(view, work);
}

base::Result<std::uint64_t> size_of(const base::Path& file)
{
    const auto opened = base::File::open(file);
    if (!opened) return opened.error();
    return opened->size();
}

// Hard-links the file if the file system can, else copies it. A link is safe because payload files
// are never written to again.
base::Result<ReadThrough>
take_octets(const ManifestFile& file, const base::Path& from, const base::Path& to, Work& work)
{
    if (work.made.linked) {
        const auto linked = base::link_file(from, to);
        if (!linked) return linked.error();
        if (!*linked) {
            work.made.linked = false;
            // This was the first file, so all files are still to be copied.
            const auto left = work.made.payload_octets;
            if (const auto space = need_space(work.target, left); !space) return space.error();
        }
    }
    if (!work.made.linked) return copy_file(from, to, work.progress);
    if (file.sha256.empty()) return read_through(to, work.progress);
    const auto size = size_of(to);
    if (!size) return size.error();
    work.progress.done += *size;
    return ReadThrough{.size = *size, .sha256 = file.sha256};
}

base::Result<> take_file(ManifestFile& file, Work& work)
{
    if (work.progress.stop) return base::Error(errc::stopped);
    const auto from = work.store / "payloads" / file.name;
    auto taken = take_octets(file, from, work.target / "payloads" / file.name, work);
    if (!taken && taken.error().code == base::errc::not_found)
        return base::Error(errc::damaged, from.string() + " is missing");
    if (!taken) return taken.error();
    const bool same = file.sha256.empty() || file.sha256 == taken->sha256;
    if (taken->size != file.size || !same)
        return base::Error(errc::damaged, from.string() + " is not what was written");
    file.sha256 = std::move(taken->sha256);
    return {};
}

base::Result<> take_files(Work& work, ManifestWriter& manifest)
{
    auto list = ManifestReader::open(work.target / "files");
    if (!list) return list.error();
    while (true) {
        auto file = list->next();
        if (!file) return file.error();
        if (!*file) break;
        if (const auto taken = take_file(**file, work); !taken) return taken.error();
        if (const auto listed = manifest.file(**file); !listed) return listed.error();
    }
    if (const auto removed = base::remove_file(work.target / "files"); !removed)
        return removed.error();
    return base::sync_folder(work.target / "payloads");
}

base::Result<> write_manifest(Work& work)
{
    auto through = read_through(work.target / "kurir.db", work.progress);
    if (!through) return through.error();
    work.made.database_octets = work.head.database_size = through->size;
    work.head.database_sha256 = std::move(through->sha256);
    auto manifest = ManifestWriter::create(work.target / "manifest");
    if (!manifest) return manifest.error();
    if (const auto begun = manifest->head(work.head); !begun) return begun.error();
    if (const auto taken = take_files(work, *manifest); !taken) return taken.error();
    if (const auto finished = manifest->finish(); !finished) return finished.error();
    return base::sync_folder(work.target);
}

base::Result<> begin(const base::Path& folder, const Work& work)
{
    std::error_code ignored;
    if (std::filesystem::exists(std::filesystem::symlink_status(folder, ignored)))
        return base::Error(base::errc::already_exists, folder.string());
    if (const auto made = base::create_folder(work.target); !made) return made.error();
    return base::create_folder(work.target / "payloads");
}

base::Result<> name(const base::Path& folder, Work& work)
{
    if (const auto renamed = base::rename_file(work.target, folder); !renamed)
        return renamed.error();
    work.target = folder;
    return base::sync_folder(folder.parent_path());
}

// Removes a failed backup. If that fails too, the folder's name shows that it is not a backup.
void discard(const base::Path& target)
{
    // The manifest goes first, because without it the folder is no backup.
    auto done = base::remove_file(target / "manifest");
    for (const auto& folder : {target / "payloads", target}) {
        const auto names = base::list_folder(folder);
        for (std::size_t n = 0; done && names && n < names->size(); ++n)
            done = base::remove_file(folder / (*names)[n]);
        if (done) done = base::remove_folder(folder);
        if (!done && done.error().code == base::errc::not_found) done = {};
    }
    if (!done)
        base::log(
            base::Level::warning, "backup_not_removed",
            {{"folder", target.string()}, {"error", done.error().text()}}
        );
}

// Holds the writer's checkpoints while a snapshot is read for long. The log grows meanwhile. The
// destructor then copies the log into the database. It uses a connection of its own, so that the
// writer does not stop.
class LongRead {
public:
    LongRead(Writer& writer, base::Path file) : writer_(writer), file_(std::move(file))
    {
        writer_.hold_checkpoints(true);
    }
    LongRead(const LongRead&) = delete;
    ~LongRead()
    {
        const auto caught_up = catch_up();
        // After errc::locked and errc::unavailable no checkpoint has begun: the writer does it.
        const bool begun = caught_up || (caught_up.error().code != errc::locked &&
                                         caught_up.error().code != errc::unavailable);
        if (!caught_up && begun) writer_.lose(caught_up.error());
        writer_.hold_checkpoints(false);
    }

private:
    base::Result<> catch_up()
    {
        auto database = Connection::open(file_, Connection::Access::read_write);
        if (!database) return database.error();
        if (const auto set = database->script("PRAGMA synchronous = FULL"); !set)
            return set.error();
        const auto done = database->checkpoint();
        // If the disk is full, the log stays. The writer meets that error itself and handles it.
        if (!done && done.error().code != base::errc::disk_full) return done.error();
        return {};
    }

    Writer& writer_;
    base::Path file_;
};

} // namespace

base::Result<BackedUp>
Queue::back_up(const base::Path& folder, base::Time now, BackupProgress& progress)
{
    const std::lock_guard files_stay(store_->files_stay);
    Work work{
        .store = store_->settings.folder,
        .target = folder.string() + ".partial-" + base::uuid(),
        .progress = progress,
        .head = {.taken = now},
        .made = {}
    };
    auto done = begin(folder, work);
    if (done) {
        const LongRead reading(*store_->writer, work.store / "kurir.db");
        auto snapshot = store_->readers.snapshot();
        done = snapshot ? read_view(snapshot->database(), work) : snapshot.error();
    }
    if (done) done = write_manifest(work);
    if (done) done = name(folder, work);
    if (done) return work.made;
    discard(work.target);
    return done.error();
}

} // namespace queue
