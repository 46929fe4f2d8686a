// SPDX-License-Identifier: Apache-2.0
// What a Queue owns: the folder's lock, the writer, and the connections that read.
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
    // On the writer's thread. The lock is taken again if its file was removed.
    base::Result<> keep_lock();
    void go_on_with(Sweep sweep);
    std::size_t close(base::Duration patience); // the number of results that were not written

    const base::Path& payload_folder() const { return payloads->path(); }
    // An error of a read that says the storage is gone ends the service like that of a write.
    base::Error seen(base::Error error) const;

    // Queues run(database, files), which holds `octets` of content in memory; done hears of it
    // after the commit.
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
    // Makes the large parts of a message durable files, on the caller's thread. Tells done and
    // gives nothing if it cannot.
    template <class T>
    std::optional<PayloadFiles> adopt(std::vector<NewPart>& parts, const Completion<T>& done)
    {
        if (writer->lost()) { // no folder whose sync failed is synced again
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
    std::mutex files_stay; // held by whoever removes files that rows named, or copies them
    std::unique_ptr<Writer> writer;
    Readers
        readers; // closed before the writer, whose connection then puts the log into the database
    std::optional<std::size_t> closed; // close() was called, and this is what it returned
    std::optional<Sweeper> sweeper;    // while there is something to sweep; it uses readers
};

} // namespace queue
