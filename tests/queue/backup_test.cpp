// SPDX-License-Identifier: Apache-2.0
#include "backing_up.hpp"

#include <functional>
#include <future>
#include <map>
#include <thread>

using namespace queue;
using namespace std::chrono_literals;

namespace {

// Does something when the first file of a backup is about to be linked.
class AtFirstLink final : public base::IoGate {
public:
    explicit AtFirstLink(std::function<void()> work) : work_(std::move(work)) {}
    base::IoVerdict before(const base::IoRequest& request) override
    {
        if (request.call == base::IoCall::link && !done_.exchange(true)) work_();
        return {};
    }
    void after(const base::IoRequest&) override {}

private:
    std::function<void()> work_;
    std::atomic<bool> done_ = false;
};

// Begins retention when a backup has its rows and is about to link the first file. Each further
// link waits for a commit of the writer. Retention needs one commit before it removes files, so
// without a lock it would remove them long before the last link.
class RetentionBeside final : public base::IoGate {
public:
    RetentionBeside(base::Path payloads, std::function<void()> retain, std::function<void()> commit)
        : payloads_(std::move(payloads)), retain_(std::move(retain)), commit_(std::move(commit))
    {
    }
    base::IoVerdict before(const base::IoRequest& request) override
    {
        if (!request.path.starts_with(payloads_.native())) return {};
        if (request.call == base::IoCall::unlink) ++removed_;
        if (request.call != base::IoCall::link) return {};
        if (linked_++ == 0)
            retain_();
        else
            commit_();
        removed_at_last_link_ = removed_.load();
        return {};
    }
    void after(const base::IoRequest&) override {}
    int linked() const { return linked_; }
    int removed() const { return removed_; }
    int removed_at_last_link() const { return removed_at_last_link_; }

private:
    base::Path payloads_;
    std::function<void()> retain_;
    std::function<void()> commit_;
    std::atomic<int> linked_ = 0;
    std::atomic<int> removed_ = 0;
    std::atomic<int> removed_at_last_link_ = -1;
};

// Works while a backup has its view, and counts what goes from the log into the store then, and
// later.
class WatchedStore final : public base::IoGate {
public:
    WatchedStore(base::Path file, std::function<void()> work)
        : file_(std::move(file)), work_(std::move(work))
    {
    }
    base::IoVerdict before(const base::IoRequest& request) override
    {
        if (request.call == base::IoCall::write && request.path == file_.native()) ++writes_;
        const bool listing =
            request.call == base::IoCall::create && request.path.ends_with("/files");
        if (!listing) return {};
        const int earlier = writes_;
        work_();
        during_ = writes_ - earlier;
        return {};
    }
    void after(const base::IoRequest&) override {}
    int during() const { return during_; }
    int afterwards() const { return writes_ - during_; }

private:
    base::Path file_;
    std::function<void()> work_;
    std::atomic<int> writes_ = 0;
    std::atomic<int> during_ = -1;
};

// A disk that gives no file a second name elsewhere.
class NoLinks final : public base::IoGate {
public:
    base::IoVerdict before(const base::IoRequest& request) override
    {
        return {.error = request.call == base::IoCall::link ? EXDEV : 0};
    }
    void after(const base::IoRequest&) override {}
};

std::vector<base::Path> payloads_in(const base::Path& folder)
{
    std::vector<base::Path> files;
    for (const auto& name : base::list_folder(folder / "payloads").value())
        files.push_back(folder / "payloads" / name);
    return files;
}

} // namespace

TEST_CASE("a backup is its owner's alone", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path() / "store");
    fill(store.queue);
    REQUIRE(back_up(store.queue, folder.path() / "backup"));
    CHECK(names_in(folder.path()) == std::vector<std::string>{"backup", "store"});
    CHECK(
        names_in(folder.path() / "backup") ==
        std::vector<std::string>{"kurir.db", "manifest", "payloads"}
    );
    namespace fs = std::filesystem;
    constexpr auto others = fs::perms::group_all | fs::perms::others_all;
    CHECK((fs::status(folder.path() / "backup").permissions() & others) == fs::perms::none);
    for (const auto& entry : fs::recursive_directory_iterator(folder.path() / "backup"))
        CHECK((entry.status().permissions() & others) == fs::perms::none);
}

TEST_CASE("a backup does not go over anything that is there", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path() / "store");
    fill(store.queue);
    std::filesystem::create_directories(folder.path() / "backup");
    CHECK(
        back_up(store.queue, folder.path() / "backup").error().code == base::errc::already_exists
    );
    CHECK(names_in(folder.path() / "backup").empty());
    CHECK(
        back_up(store.queue, folder.path() / "no" / "folder").error().code == base::errc::not_found
    );
    CHECK(names_in(folder.path()) == std::vector<std::string>{"backup", "store"});
}

TEST_CASE("a backup that is told to stop leaves nothing", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path() / "store");
    fill(store.queue);
    BackupProgress progress;
    progress.stop = true;
    const auto made = store.queue.back_up(folder.path() / "backup", at(0), progress);
    CHECK(made.error().code == errc::stopped);
    CHECK(names_in(folder.path()) == std::vector<std::string>{"store"});
    CHECK(enqueue(store.queue, outbound("goes on")));
}

TEST_CASE("a backup to a disk without room leaves nothing, and the store goes on", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path() / "store");
    fill(store.queue);
    std::size_t failures = 0;
    for (int after = 0; after < 60; ++after) {
        // The N-th change of the backup's folder finds no room.
        auto made = base::Result<BackedUp>(BackedUp{});
        {
            SmallDisk disk((folder.path() / "backup").string(), after);
            const support::GateInPlace gate(disk);
            made = back_up(store.queue, folder.path() / "backup");
        }
        if (made) break;
        ++failures;
        CAPTURE(after, made.error().detail);
        CHECK(made.error().code == base::errc::disk_full);
        CHECK(names_in(folder.path()) == std::vector<std::string>{"store"});
        CHECK(store.lost == 0);
    }
    CHECK(failures > 8);
    CHECK(failures < 60);
    CHECK(names_in(folder.path()) == std::vector<std::string>{"backup", "store"});
    CHECK(enqueue(store.queue, outbound("goes on")));
}

TEST_CASE("a backup with a payload that is missing or changed is none", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path() / "store");
    fill(store.queue);
    const auto payloads = folder.path() / "store" / "payloads";
    const auto victim = payloads / base::list_folder(payloads)->front();
    const bool missing = GENERATE(true, false);
    if (missing)
        REQUIRE(base::remove_file(victim));
    else
        REQUIRE(base::replace_file(victim, "short"));
    CHECK(back_up(store.queue, folder.path() / "backup").error().code == errc::damaged);
    CHECK(names_in(folder.path()) == std::vector<std::string>{"store"});
}

TEST_CASE("a backup on another file system has copies instead of names", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path() / "store");
    fill(store.queue);
    NoLinks disk;
    const support::GateInPlace gate(disk);
    SECTION("which are whole")
    {
        const auto made = back_up(store.queue, folder.path() / "backup");
        REQUIRE(made);
        CHECK_FALSE(made->linked);
        CHECK(made->payload_octets == 240'000);
        const auto files = payloads_in(folder.path() / "backup");
        CHECK(files.size() == 3);
        for (const auto& file : files)
            CHECK(std::filesystem::hard_link_count(file) == 1);
        REQUIRE(restore(folder.path() / "backup", folder.path() / "again", at(2000)));
        const Opened again(folder.path() / "again");
        for (const auto& id : ids(store.queue))
            CHECK(whole(again.queue, id) == whole(store.queue, id));
    }
    SECTION("and are compared with what was written")
    {
        for (const auto& file : payloads_in(folder.path() / "store"))
            if (std::filesystem::file_size(file) == 70'000)
                REQUIRE(base::replace_file(file, std::string(70'000, 'X')));
        CHECK(back_up(store.queue, folder.path() / "backup").error().code == errc::damaged);
        CHECK(names_in(folder.path()) == std::vector<std::string>{"store"});
    }
    SECTION("and a stop ends that too")
    {
        BackupProgress progress;
        AtFirstLink stop([&] { progress.stop = true; });
        base::set_io_gate(&stop);
        const auto made = store.queue.back_up(folder.path() / "backup", at(0), progress);
        base::set_io_gate(&disk);
        CHECK(made.error().code == errc::stopped);
        CHECK(names_in(folder.path()) == std::vector<std::string>{"store"});
    }
}

TEST_CASE("a backup to where the tests' memory is, is whole, linked or not", "[queue]")
{
    const support::TemporaryFolder folder;
    const auto elsewhere = support::TemporaryFolder::in_memory(); // a tmpfs, where there is one
    Opened store(folder.path() / "store");
    fill(store.queue);
    const auto made = back_up(store.queue, elsewhere.path() / "backup");
    REQUIRE(made);
    for (const auto& file : payloads_in(elsewhere.path() / "backup"))
        CHECK(std::filesystem::hard_link_count(file) == (made->linked ? 2 : 1));
    REQUIRE(restore(elsewhere.path() / "backup", elsewhere.path() / "again", at(2000)));
    const Opened again(elsewhere.path() / "again");
    for (const auto& id : ids(store.queue))
        CHECK(whole(again.queue, id) == whole(store.queue, id));
}

TEST_CASE("a backup while others write is one moment of the store", "[queue]")
{
    const support::TemporaryFolder folder;
    std::map<std::string, std::string> after; // what the store says when all is over
    std::vector<std::string> early;
    {
        Opened store(folder.path() / "store");
        auto& queue = store.queue;
        for (int n = 0; n < 40; ++n) {
            auto message = outbound("early" + std::to_string(n));
            message.parts.push_back(file_part(queue, std::string(70'000, 'x')));
            early.push_back(enqueue(queue, std::move(message))->id);
        }
        std::atomic<bool> over = false;
        std::atomic<int> written = 0;
        std::thread writer([&] {
            for (int n = 0; !over; ++n) {
                auto message = outbound("late" + std::to_string(n));
                message.parts.push_back(file_part(queue, std::string(70'000, 'y')));
                std::promise<void> done;
                queue.enqueue(std::move(message), [&](const auto&) { done.set_value(); });
                done.get_future().wait();
                ++written;
            }
        });
        while (written < 5)
            std::this_thread::yield();
        int backups = 0;
        for (; backups < 4; ++backups)
            CHECK(back_up(queue, folder.path() / ("backup" + std::to_string(backups))));
        over = true;
        writer.join();
        CHECK(store.lost == 0);
        CHECK(written > 8);
        for (const auto& id : ids(queue))
            after[id] = whole(queue, id);
    }
    std::size_t earlier = 0;
    for (int n = 0; n < 4; ++n) {
        const auto name = std::to_string(n);
        const auto again = folder.path() / ("again" + name);
        REQUIRE(restore(folder.path() / ("backup" + name), again, at(2000)));
        const Opened store(again);
        const auto there = ids(store.queue);
        // What came later is a further row: one moment is a beginning of what there was in the end.
        CHECK(there.size() >= earlier);
        earlier = there.size();
        for (const auto& id : there)
            CHECK(whole(store.queue, id) == after[id]);
        for (const auto& id : early)
            CHECK(store.queue.find(id, queue::Visibility::all()));
        CHECK(base::list_folder(again / "payloads")->size() == there.size());
    }
}

TEST_CASE("retention waits for a backup, which has all that its rows name", "[queue]")
{
    const support::TemporaryFolder folder;
    {
        Opened store(folder.path() / "store");
        auto& queue = store.queue;
        for (int n = 0; n < 60; ++n) {
            auto message = inbound(std::to_string(n));
            message.state = State::answered;
            message.parts.push_back(file_part(queue, std::string(70'000, 'x')));
            REQUIRE(accept(queue, std::move(message)));
        }
        std::future<base::Result<Retained>> retention;
        std::promise<void> begun;
        const auto retain = [&] {
            begun.set_value();
            const RetentionRules rules{
                .usual = {.payload = 1s, .payload_failed = 1s, .record = 1h}
            };
            RetentionCursor cursor;
            return queue.retain(rules, at(100), cursor);
        };
        RetentionBeside disk(
            folder.path() / "store" / "payloads",
            [&] {
                retention = std::async(std::launch::async, retain);
                begun.get_future().wait();
            },
            [&] { (void)enqueue(queue, outbound(base::uuid())); }
        );
        auto made = base::Result<BackedUp>(BackedUp{});
        auto retained = base::Result<Retained>(Retained{});
        {
            const support::GateInPlace gate(disk);
            made = back_up(queue, folder.path() / "backup");
            REQUIRE(retention.valid());
            retained = retention.get();
        }
        CHECK(made);
        CHECK(disk.linked() == 60);
        CHECK(disk.removed_at_last_link() == 0);
        REQUIRE(retained);
        CHECK(retained->files == 60);
        CHECK(disk.removed() == 60);
        CHECK(base::list_folder(folder.path() / "store" / "payloads")->empty());
    }
    CHECK(restore(folder.path() / "backup", folder.path() / "again", at(2000)));
}

TEST_CASE("the log is not put away while a backup reads, and is when it has read", "[queue]")
{
    const support::TemporaryFolder folder;
    std::atomic<int> lost = 0;
    auto opened = Queue::open(
        {.folder = folder.path() / "store", .checkpoint_pages = 100},
        [&](const base::Error&) { ++lost; }
    );
    REQUIRE(opened);
    auto& queue = *opened;
    fill(queue);
    WatchedStore gate(folder.path() / "store" / "kurir.db", [&] {
        for (int n = 0; n < 20; ++n) {
            auto message = outbound(base::uuid());
            message.parts.clear();
            for (const auto* id : {"one", "two", "three"})
                message.parts.push_back(small_part(std::string(60'000, 'x'), id));
            (void)enqueue(queue, std::move(message));
        }
    });
    auto made = base::Result<BackedUp>(BackedUp{});
    {
        const support::GateInPlace in_place(gate);
        made = back_up(queue, folder.path() / "backup");
    }
    CHECK(made);
    CHECK(made->messages == 3);
    CHECK(gate.during() == 0); // a writer that waits for this reader would stand still
    CHECK(gate.afterwards() > 500);
    CHECK(lost == 0);
}
