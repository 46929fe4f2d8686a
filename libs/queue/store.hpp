// SPDX-License-Identifier: Apache-2.0
// The parts of a Queue: the folder's lock, the writer, and the connections that read.
#pragma once

#include "queue/queue.hpp"
#include "queue/readers.hpp"
#include "queue/sweep.hpp"
#include "queue/writer.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace queue {

struct Queue::Store {
    Store(
        Settings settings_, base::FolderLock lock_, Connection writing, StoreFiles files,
        std::unique_ptr<PayloadFolder> payloads_, std::function<void(const base::Error&)> on_lost
    );
    // Takes the folder's lock again if its file was removed. Runs on the writer's thread.
    // base::errc::locked: another process has taken it.
    base::Result<> keep_lock();
    void go_on_with(Sweep sweep);
    std::size_t close(base::Duration patience); // returns the number of unwritten results

    const base::Path& payload_folder() const { return payloads->path(); }
    // Returns `error`. If it says that the storage is gone, ends the service, as after an error of
    // a write.
    base::Error seen(base::Error error) const;

    // Queues run(database, files), which holds `octets` of content in memory. Calls `done` after
    // the commit.
    template <class T, class Run>
    void write(
        Run run, Completion<T> done, PayloadFiles files = {},
        Writer::Admission admission = Writer::Admission::limited, std::uint64_t octets = 0
    )
    {
        using Work = Write<T, Run>;
        auto work =
            std::make_unique<Work>(std::move(run), std::move(files), std::move(done), octets);
        writer->submit(std::move(work), admission);
    }
    // Makes the large parts of a message durable files, on the caller's thread. If that fails,
    // gives the error to `done` and returns nothing.
    template <class T>
    std::optional<PayloadFiles> adopt(std::vector<NewPart>& parts, const Completion<T>& done)
    {
        // Never sync a folder again after its sync failed.
        if (writer->lost()) {
            done(base::Error(errc::failed));
            return std::nullopt;
        }
        auto files = PayloadFiles::adopt(*payloads, parts, settings.row_payload_limit);
        if (files) return std::move(*files);
        if (files.error().code == base::errc::sync_failed) writer->lose(files.error());
        done(files.error());
        return std::nullopt;
    }

    Settings settings;
    base::FolderLock lock;
    std::unique_ptr<PayloadFolder> payloads;
    // Held while files that rows named are removed or copied.
    std::mutex files_stay;
    std::unique_ptr<Writer> writer;
    // Declared after `writer`, so that these connections close first. The writer's connection
    // closes last and then puts the log into the database.
    Readers readers;
    std::optional<std::size_t> closed; // result of close(), once called
    std::optional<Sweeper> sweeper;    // set if a sweep goes on after the start; uses readers
};

} // namespace queue
