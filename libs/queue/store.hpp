// SPDX-License-Identifier: Apache-2.0
// What a Queue owns: the folder's lock, the writer, and the connections that read.
#pragma once

#include "queue/queue.hpp"
#include "queue/readers.hpp"
#include "queue/writer.hpp"

#include <memory>
#include <mutex>
#include <utility>

namespace queue {

struct Queue::Store {
    Store(
        Settings settings_, base::FolderLock lock_, Connection writing,
        std::function<void(const base::Error&)> on_lost
    );

    base::Path payload_folder() const { return settings.folder / "payloads"; }
    // An error of a read that says the storage is gone ends the service like that of a write.
    base::Error seen(base::Error error) const;

    // Queues run(database, files); done hears of it after the commit.
    template <class T, class Run>
    void write(
        Run run, Completion<T> done, PayloadFiles files = {},
        Writer::Admission admission = Writer::Admission::limited
    )
    {
        using Work = Write<T, Run>;
        writer->submit(
            std::make_unique<Work>(std::move(run), std::move(files), std::move(done)), admission
        );
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
        auto files = PayloadFiles::adopt(payload_folder(), parts, settings.row_payload_limit);
        if (files) return std::move(*files);
        if (files.error().code == base::errc::sync_failed) writer->lose(files.error());
        done(files.error());
        return std::nullopt;
    }

    Settings settings;
    base::FolderLock lock;
    std::mutex files_stay; // held by whoever removes files that rows named, or copies them
    std::unique_ptr<Writer> writer;
    Readers
        readers; // closed before the writer, whose connection then puts the log into the database
};

} // namespace queue
