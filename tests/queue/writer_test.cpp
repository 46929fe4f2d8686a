// SPDX-License-Identifier: Apache-2.0
#include "queue/writer.hpp"

#include "queue/schema.hpp"
#include "support/disk.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <future>
#include <mutex>
#include <thread>

using namespace queue;

namespace {

using Outcome = base::Result<std::int64_t>;
using Run = std::function<Outcome(Connection&, PayloadFiles&)>;

// A writer on a small table, whose group is held back until all its items are there.
struct Bench {
    explicit Bench(Writer::Limits limits = {})
    {
        const auto file = folder.path() / "test.db";
        auto database = Connection::open(file, Connection::Access::read_write);
        REQUIRE(database);
        REQUIRE(prepare_store(*database, file, base::Time()));
        REQUIRE(database->script("CREATE TABLE t (a TEXT NOT NULL UNIQUE, octets BLOB) STRICT"));
        writer.emplace(std::move(*database), StoreFiles(), limits, [this](const base::Error&) {
            ++lost;
        });
    }
    std::future<Outcome> submit(
        Run run, Writer::Admission admission = Writer::Admission::limited, std::uint64_t octets = 0
    )
    {
        auto promise = std::make_shared<std::promise<Outcome>>();
        auto future = promise->get_future();
        auto done = [promise](Outcome outcome) { promise->set_value(std::move(outcome)); };
        using Work = Write<std::int64_t, Run>;
        writer->submit(
            std::make_unique<Work>(std::move(run), PayloadFiles(), std::move(done), octets),
            admission
        );
        return future;
    }
    // Keeps the writer busy until let go: what is submitted meanwhile becomes one group.
    std::future<Outcome> hold(std::shared_future<void> gate)
    {
        auto started = std::make_shared<std::promise<void>>();
        auto busy = submit([gate, started](Connection&, PayloadFiles&) -> Outcome {
            started->set_value();
            gate.wait();
            return 0;
        });
        started->get_future().wait();
        return busy;
    }
    std::int64_t count()
    {
        return *submit([](Connection& database, PayloadFiles&) -> Outcome {
                    auto rows = database.query("SELECT count(*) FROM t");
                    if (const auto found = rows.next(); !found) return found.error();
                    return rows.integer(0);
                }).get();
    }

    support::TemporaryFolder folder;
    std::atomic<int> lost = 0;
    std::optional<Writer> writer;
};

Run insert(std::string name, std::size_t size = 0)
{
    return [name = std::move(name), size](Connection& database, PayloadFiles&) -> Outcome {
        const std::string octets(size, 'x');
        const auto done = database.run("INSERT INTO t VALUES (?, ?)", name, Blob{octets});
        if (!done) return done.error();
        return 1;
    };
}

// Has so much room for the log.
class SmallDisk final : public base::IoGate {
public:
    explicit SmallDisk(std::uint64_t room) : room_(room) {}
    base::IoVerdict before(const base::IoRequest& request) override
    {
        const bool fits = request.offset + request.octets.size() <= room_;
        const bool log = request.call == base::IoCall::write && request.path.ends_with("-wal");
        return {.error = log && !fits ? ENOSPC : 0};
    }
    void after(const base::IoRequest&) override {}

private:
    std::uint64_t room_;
};

} // namespace

TEST_CASE("an item that fails takes back only what it did itself", "[queue]")
{
    Bench bench;
    std::promise<void> gate;
    auto busy = bench.hold(gate.get_future().share());
    auto first = bench.submit(insert("a"));
    auto failing = bench.submit([](Connection& database, PayloadFiles& files) -> Outcome {
        const auto inserted = insert("b")(database, files);
        CHECK(inserted);
        return insert("a")(database, files); // is there already
    });
    auto last = bench.submit(insert("c"));
    gate.set_value();
    CHECK(busy.get());
    CHECK(first.get());
    CHECK(failing.get().error().code == errc::conflict);
    CHECK(last.get());
    CHECK(bench.count() == 2);
    CHECK(bench.lost == 0);
}

TEST_CASE("a full disk fails the whole group, and the service goes on", "[queue]")
{
    Bench bench;
    REQUIRE(bench.submit(insert("before")).get());
    const auto limit = [](std::int64_t pages) -> Run {
        return [pages](Connection& database, PayloadFiles&) -> Outcome {
            const auto sql = "PRAGMA max_page_count = " + std::to_string(pages);
            if (const auto set = database.run(sql); !set) return set.error();
            return 0;
        };
    };
    REQUIRE(bench.submit(limit(100)).get());
    std::promise<void> gate;
    auto busy = bench.hold(gate.get_future().share());
    auto small = bench.submit(insert("small"));
    auto large = bench.submit(insert("large", 1'000'000));
    auto after = bench.submit(insert("after"));
    gate.set_value();
    CHECK(busy.get());
    CHECK(small.get().error().code == base::errc::disk_full);
    CHECK(large.get().error().code == base::errc::disk_full);
    CHECK(after.get().error().code == base::errc::disk_full);
    CHECK(bench.count() == 1);
    REQUIRE(bench.submit(limit(1'000'000)).get());
    CHECK(bench.submit(insert("small")).get());
    CHECK(bench.submit(insert("large", 1'000'000)).get());
    CHECK(bench.lost == 0);
}

TEST_CASE("what ends work is written, though what came with it finds no room", "[queue]")
{
    Bench bench;
    SmallDisk disk(400'000);
    const support::GateInPlace in_place(disk);
    std::promise<void> gate;
    auto busy = bench.hold(gate.get_future().share());
    auto first = bench.submit(insert("first"), Writer::Admission::always);
    auto large = bench.submit(insert("large", 1'000'000));
    auto failing = bench.submit(insert("first"), Writer::Admission::always); // is there already
    auto last = bench.submit(insert("last"), Writer::Admission::always);
    gate.set_value();
    CHECK(busy.get());
    CHECK(first.get());
    CHECK(large.get().error().code == base::errc::disk_full);
    CHECK(failing.get().error().code == errc::conflict);
    CHECK(last.get());
    CHECK(bench.count() == 2);
    // Alone, what does not fit is told so.
    const auto ending = bench.submit(insert("ending", 1'000'000), Writer::Admission::always).get();
    CHECK(ending.error().code == base::errc::disk_full);
    bench.writer->close();
    CHECK(bench.writer->statistics().waiting == 0);
    CHECK(bench.lost == 0);
}

TEST_CASE("after a failed sync nothing is written again, not what ends work either", "[queue]")
{
    Bench bench;
    support::FaultyDisk disk({.nth = 1, .error = ENOSPC, .only = base::IoCall::sync});
    const support::GateInPlace in_place(disk);
    std::promise<void> gate;
    auto busy = bench.hold(gate.get_future().share());
    auto begins = bench.submit(insert("begins"));
    auto ends = bench.submit(insert("ends"), Writer::Admission::always);
    gate.set_value();
    CHECK(busy.get());
    CHECK(begins.get().error().code == errc::failed);
    CHECK(ends.get().error().code == errc::failed);
    CHECK(bench.lost == 1);
    bench.writer->close();
    CHECK(disk.calls() == 1);
}

TEST_CASE("a store that fails is lost once, and every item after it hears so", "[queue]")
{
    Bench bench;
    std::promise<void> gate;
    auto busy = bench.hold(gate.get_future().share());
    auto innocent = bench.submit(insert("a"));
    auto failing = bench.submit([](Connection&, PayloadFiles&) -> Outcome {
        return base::Error(errc::failed);
    });
    auto later = bench.submit(insert("b"));
    gate.set_value();
    CHECK(busy.get());
    CHECK(innocent.get().error().code == errc::failed);
    CHECK(failing.get().error().code == errc::failed);
    CHECK(later.get().error().code == errc::failed);
    CHECK(bench.submit(insert("c")).get().error().code == errc::failed);
    CHECK(bench.lost == 1);
}

TEST_CASE("more than the limit does not wait in memory, but work begun may end", "[queue]")
{
    Bench bench({.group = 4, .waiting = 2});
    std::promise<void> gate;
    auto busy = bench.hold(gate.get_future().share());
    auto first = bench.submit(insert("a"));
    auto second = bench.submit(insert("b"));
    CHECK(bench.submit(insert("c")).get().error().code == errc::stopped);
    auto ending = bench.submit(insert("d"), Writer::Admission::always);
    gate.set_value();
    CHECK(busy.get());
    CHECK(first.get());
    CHECK(second.get());
    CHECK(ending.get());
    CHECK(bench.count() == 3);
}

TEST_CASE("the log does not grow with the number of commits", "[queue]")
{
    Bench bench;
    for (int n = 0; n < 120; ++n)
        REQUIRE(bench.submit(insert(std::to_string(n), 500'000)).get());
    bench.writer->close();
    CHECK(std::filesystem::file_size(bench.folder.path() / "test.db-wal") < 20'000'000);
    CHECK(bench.lost == 0);
}

TEST_CASE(
    "what waits is bounded by the octets it holds, and ending work is taken all the same", "[queue]"
)
{
    Bench bench({.waiting_octets = 1000});
    constexpr auto limited = Writer::Admission::limited;
    std::promise<void> gate;
    auto busy = bench.hold(gate.get_future().share());
    auto first = bench.submit(insert("a"), limited, 600);
    auto second = bench.submit(insert("b"), limited, 600); // below the bound until it came
    CHECK(bench.writer->statistics().waiting_octets == 1200);
    CHECK(bench.writer->statistics().waiting == 3); // with the one that is in work
    CHECK(bench.submit(insert("c"), limited, 1).get().error().code == errc::stopped);
    auto ending = bench.submit(insert("d"), Writer::Admission::always, 5000);
    gate.set_value();
    CHECK(busy.get());
    CHECK(first.get());
    CHECK(second.get());
    CHECK(ending.get());
    bench.writer->close();
    CHECK(bench.writer->statistics().waiting_octets == 0);
    CHECK(bench.writer->statistics().waiting == 0);
}

TEST_CASE("what is larger than the bound is taken when nothing waits", "[queue]")
{
    Bench bench({.waiting_octets = 1000});
    CHECK(bench.submit(insert("a"), Writer::Admission::limited, 2000).get());
}

TEST_CASE("the writer counts what it committed, not what it took back", "[queue]")
{
    Bench bench;
    const auto before = bench.writer->statistics();
    std::promise<void> gate;
    auto busy = bench.hold(gate.get_future().share());
    auto first = bench.submit(insert("a"));
    auto second = bench.submit(insert("b"));
    gate.set_value();
    CHECK(busy.get());
    CHECK(second.get());
    bench.writer->close();
    const auto after = bench.writer->statistics();
    CHECK(before.commits == 0);
    CHECK(after.commits == 2); // the one that was held, and the two that waited for it together
    CHECK(after.items == 3);
    CHECK(after.longest_commit > base::Duration(0));
}

namespace {

std::uint64_t log_of(const Bench& bench)
{
    return std::filesystem::file_size(bench.folder.path() / "test.db-wal");
}

} // namespace

TEST_CASE("what ends work finds the room of a log that cannot grow, but can start over", "[queue]")
{
    Bench bench;
    REQUIRE(bench.submit(insert("before", 1'000'000)).get());
    SmallDisk disk(log_of(bench)); // no octet more
    const support::GateInPlace in_place(disk);
    REQUIRE(bench.submit(insert("begins")).get().error().code == base::errc::disk_full);
    CHECK(bench.submit(insert("ends"), Writer::Admission::always).get());
    CHECK(bench.count() == 2);
    bench.writer->close();
    CHECK(bench.lost == 0);
}

TEST_CASE("what ends work and fits one by one does not fail together", "[queue]")
{
    Bench bench;
    SmallDisk disk(300'000);
    const support::GateInPlace in_place(disk);
    std::promise<void> gate;
    auto busy = bench.hold(gate.get_future().share());
    std::vector<std::future<Outcome>> all;
    for (const auto* name : {"a", "b", "c", "d"})
        all.push_back(bench.submit(insert(name, 200'000), Writer::Admission::always));
    auto larger = bench.submit(insert("larger", 1'000'000), Writer::Admission::always);
    gate.set_value();
    CHECK(busy.get());
    for (auto& each : all)
        CHECK(each.get());
    CHECK(larger.get().error().code == base::errc::disk_full);
    CHECK(bench.count() == 4);
    bench.writer->close();
    CHECK(bench.lost == 0);
}

TEST_CASE("where emptying the log ends in a failed sync, nothing is written again", "[queue]")
{
    Bench bench;
    REQUIRE(bench.submit(insert("before", 1'000'000)).get());
    class FailingSync final : public base::IoGate {
    public:
        explicit FailingSync(std::uint64_t room) : log_(room) {}
        base::IoVerdict before(const base::IoRequest& request) override
        {
            if (request.call == base::IoCall::sync) ++syncs;
            if (syncs > 0 && request.call == base::IoCall::write) ++written;
            return request.call == base::IoCall::sync ? base::IoVerdict{.error = EIO}
                                                      : log_.before(request);
        }
        void after(const base::IoRequest&) override {}
        std::atomic<int> syncs = 0;
        std::atomic<int> written = 0; // after it

    private:
        SmallDisk log_;
    };
    FailingSync disk(log_of(bench));
    const support::GateInPlace in_place(disk);
    const auto ending = bench.submit(insert("ends"), Writer::Admission::always).get();
    REQUIRE_FALSE(ending);
    CHECK(bench.lost == 1);
    CHECK(
        bench.submit(insert("later"), Writer::Admission::always).get().error().code == errc::failed
    );
    bench.writer->close();
    CHECK(disk.syncs == 1);
    CHECK(disk.written == 0);
}

TEST_CASE("while a backup holds the log it is not emptied", "[queue]")
{
    Bench bench;
    REQUIRE(bench.submit(insert("before", 1'000'000)).get());
    bench.writer->hold_checkpoints(true);
    SmallDisk disk(log_of(bench));
    const support::GateInPlace in_place(disk);
    const auto ending = bench.submit(insert("ends"), Writer::Admission::always).get();
    CHECK(ending.error().code == base::errc::disk_full);
    bench.writer->hold_checkpoints(false);
    CHECK(bench.submit(insert("ends"), Writer::Admission::always).get());
    bench.writer->close();
    CHECK(bench.lost == 0);
}

namespace {

// Another process, as SQLite sees it: a connection of its own.
Connection other_program(const Bench& bench, Connection::Access access)
{
    auto opened = Connection::open(bench.folder.path() / "test.db", access);
    REQUIRE(opened);
    return std::move(*opened);
}

Connection lock_of_other(const Bench& bench)
{
    auto other = other_program(bench, Connection::Access::read_write);
    REQUIRE(other.run("BEGIN IMMEDIATE"));
    return other;
}

bool comes_true(const std::function<bool()>& condition)
{
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition())
        if (std::chrono::steady_clock::now() > end)
            return false;
        else
            std::this_thread::yield();
    return true;
}

bool is_within_a_second(std::future<Outcome>& outcome)
{
    return outcome.wait_for(std::chrono::seconds(1)) == std::future_status::ready;
}

std::string names_in(Connection& database)
{
    auto rows = database.query("SELECT group_concat(a, ' ') FROM (SELECT a FROM t ORDER BY rowid)");
    REQUIRE(rows.next());
    return rows.text(0);
}

} // namespace

TEST_CASE("while another process holds the lock, new work is refused and the rest waits", "[queue]")
{
    Bench bench;
    auto other = lock_of_other(bench);
    auto first = bench.submit(insert("first"), Writer::Admission::always);
    auto begins = bench.submit(insert("begins"));
    REQUIRE(is_within_a_second(begins));
    CHECK(begins.get().error().code == errc::locked);
    auto later = bench.submit(insert("later")); // the lock is known
    REQUIRE(later.wait_for(std::chrono::seconds(0)) == std::future_status::ready);
    CHECK(later.get().error().code == errc::locked);
    auto second = bench.submit(insert("second"), Writer::Admission::always);
    CHECK(bench.writer->obstacles().lock());
    CHECK(comes_true([&] { return bench.writer->statistics().waiting == 2; }));
    REQUIRE(other.run("ROLLBACK"));
    auto third = bench.submit(insert("third"), Writer::Admission::always);
    CHECK(first.get());
    CHECK(second.get());
    CHECK(third.get());
    CHECK(names_in(other) == "first second third");
    CHECK(bench.submit(insert("new")).get());
    CHECK_FALSE(bench.writer->obstacles().lock());
    bench.writer->close();
    CHECK(bench.writer->statistics().waiting == 0);
    CHECK(bench.lost == 0);
}

TEST_CASE("what waited when the lock was noticed is refused too, and the order stays", "[queue]")
{
    Bench bench({.group = 2});
    std::promise<void> gate;
    auto busy = bench.hold(gate.get_future().share());
    std::vector<std::future<Outcome>> ending;
    std::vector<std::future<Outcome>> beginning;
    for (const auto* name : {"a", "b", "c"}) {
        ending.push_back(bench.submit(insert(name), Writer::Admission::always));
        beginning.push_back(bench.submit(insert("new")));
    }
    auto other = other_program(bench, Connection::Access::read_write);
    auto locking = std::async(std::launch::async, [&] {
        while (!other.run("BEGIN IMMEDIATE")) {
        }
    });
    gate.set_value();
    CHECK(busy.get());
    locking.get(); // before, between or after what waits: any order is fine, but all is told
    REQUIRE(other.run("ROLLBACK"));
    for (auto& each : ending)
        CHECK(each.get());
    for (auto& each : beginning)
        REQUIRE(each.wait_for(std::chrono::seconds(20)) == std::future_status::ready);
    const auto names = names_in(other);
    CHECK(names.find('a') < names.find('b'));
    CHECK(names.find('b') < names.find('c'));
    CHECK(bench.lost == 0);
}

TEST_CASE("a lock that is released is noticed although nothing waits for it", "[queue]")
{
    Bench bench;
    auto other = lock_of_other(bench);
    CHECK(bench.submit(insert("a")).get().error().code == errc::locked);
    REQUIRE(other.run("ROLLBACK"));
    REQUIRE(comes_true([&] { return bench.submit(insert("b")).get().has_value(); }));
    CHECK_FALSE(bench.writer->obstacles().lock());
}

TEST_CASE("closing does not wait for a lock without end, and says what was not written", "[queue]")
{
    Bench bench;
    auto other = lock_of_other(bench);
    auto ending = bench.submit(insert("ends"), Writer::Admission::always);
    const auto began = std::chrono::steady_clock::now();
    bench.writer->close(std::chrono::milliseconds(200));
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(3));
    REQUIRE(ending.wait_for(std::chrono::seconds(0)) == std::future_status::ready);
    CHECK(ending.get().error().code == errc::locked);
    REQUIRE(other.run("ROLLBACK"));
    CHECK(names_in(other).empty());
    CHECK(bench.lost == 0);
}

TEST_CASE("closing waits for a lock that is released in time", "[queue]")
{
    Bench bench;
    auto other = lock_of_other(bench);
    auto begins = bench.submit(insert("begins"));
    CHECK(begins.get().error().code == errc::locked);
    auto ending = bench.submit(insert("ends"), Writer::Admission::always);
    auto closing =
        std::async(std::launch::async, [&] { bench.writer->close(std::chrono::minutes(1)); });
    REQUIRE(other.run("ROLLBACK"));
    closing.get();
    CHECK(ending.get());
}

TEST_CASE("a reader that stays keeps no commit waiting, and the log is emptied later", "[queue]")
{
    Bench bench(
        {.checkpoint_pages = 10, .log_warning = 1'000'000, .tick = std::chrono::milliseconds(20)}
    );
    REQUIRE(bench.submit(insert("before")).get());
    auto reader = other_program(bench, Connection::Access::read_only);
    REQUIRE(reader.run("BEGIN"));
    CHECK(names_in(reader) == "before");
    for (int n = 0; n < 30; ++n)
        REQUIRE(bench.submit(insert(std::to_string(n), 100'000)).get());
    CHECK(bench.writer->statistics().longest_commit < std::chrono::seconds(3));
    CHECK(bench.writer->obstacles().log_octets() > 3'000'000);
    CHECK(bench.writer->obstacles().log());
    CHECK(names_in(reader) == "before");
    REQUIRE(reader.run("COMMIT"));
    // Nothing is written meanwhile.
    REQUIRE(comes_true([&] { return !bench.writer->obstacles().log(); }));
    CHECK(bench.writer->obstacles().log_octets() == 0);
    REQUIRE(bench.submit(insert("after")).get());
    CHECK(bench.writer->obstacles().log_octets() < 1'000'000);
    CHECK(bench.lost == 0);
}

TEST_CASE("our own readers, one after the other, do not keep the log from being emptied", "[queue]")
{
    Bench bench({.checkpoint_pages = 100});
    REQUIRE(bench.submit(insert("before")).get());
    std::atomic<bool> stop = false;
    std::vector<std::thread> threads;
    for (int n = 0; n < 4; ++n)
        threads.emplace_back([&] {
            auto reader = other_program(bench, Connection::Access::read_only);
            while (!stop) {
                const bool begun = reader.run("BEGIN").has_value();
                if (begun) (void)reader.run("SELECT count(*) FROM t");
                if (begun) (void)reader.run("COMMIT");
            }
        });
    std::uint64_t longest = 0;
    for (int n = 0; n < 1500; ++n) {
        REQUIRE(bench.submit(insert(std::to_string(n), 20'000)).get());
        longest = std::max(longest, bench.writer->obstacles().log_octets());
    }
    stop = true;
    for (auto& thread : threads)
        thread.join();
    CHECK(longest < 16'000'000); // all that was written is twice as much
}

namespace {

// A writer that looks at its files.
struct Watched {
    Watched()
    {
        auto database = Connection::open(file, Connection::Access::read_write);
        REQUIRE(database);
        REQUIRE(prepare_store(*database, file, base::Time()));
        REQUIRE(database->script("CREATE TABLE t (a TEXT NOT NULL UNIQUE, octets BLOB) STRICT"));
        auto files = StoreFiles::of(file);
        REQUIRE(files);
        const auto on_lost = [this](const base::Error& error) {
            const std::lock_guard lock(mutex);
            ++lost;
            said = error.detail;
        };
        writer.emplace(
            std::move(*database), std::move(*files),
            Writer::Limits{.tick = std::chrono::milliseconds(20)}, on_lost
        );
    }
    Outcome write(std::string name)
    {
        std::promise<Outcome> promise;
        auto done = [&promise](Outcome outcome) { promise.set_value(std::move(outcome)); };
        using Work = Write<std::int64_t, Run>;
        writer->submit(
            std::make_unique<Work>(insert(std::move(name)), PayloadFiles(), std::move(done), 0),
            Writer::Admission::limited
        );
        return promise.get_future().get();
    }
    std::vector<base::Path> saved() const
    {
        std::vector<base::Path> found;
        for (const auto& name : base::list_folder(folder.path()).value())
            if (name.native().find(saved_suffix) != std::string::npos)
                found.push_back(folder.path() / name);
        return found;
    }

    support::TemporaryFolder folder;
    base::Path file = folder.path() / "test.db";
    std::mutex mutex; // guards the two below
    int lost = 0;
    std::string said;
    std::optional<Writer> writer;
};

std::string names_of(const base::Path& file)
{
    auto database = Connection::open(file, Connection::Access::read_write);
    REQUIRE(database);
    return names_in(*database);
}

} // namespace

TEST_CASE("nothing is answered once the database is removed, and what it held is saved", "[queue]")
{
    Watched store;
    REQUIRE(store.write("answered"));
    const auto replaced = GENERATE(false, true);
    std::filesystem::remove(store.file);
    if (replaced) REQUIRE(base::File::create(store.file));
    CHECK_FALSE(store.write("unanswered"));
    store.writer->close();
    CHECK(store.lost == 1);
    CHECK(store.said.find("test.db was removed, moved or replaced") != std::string::npos);
    const auto saved = store.saved();
    REQUIRE(saved.size() == 1);
    CHECK(store.said.find(saved.front().string()) != std::string::npos);
    CHECK(names_of(saved.front()).starts_with("answered"));
}

TEST_CASE("a copy of a removed database for which there is no room is none", "[queue]")
{
    Watched store;
    REQUIRE(store.write("answered"));
    class NoRoomForCopy final : public base::IoGate {
    public:
        base::IoVerdict before(const base::IoRequest& request) override
        {
            const bool of_copy = request.path.find(saved_suffix) != std::string_view::npos;
            return {.error = of_copy && request.call == base::IoCall::write ? ENOSPC : 0};
        }
        void after(const base::IoRequest&) override {}
    };
    {
        NoRoomForCopy disk;
        const support::GateInPlace in_place(disk);
        std::filesystem::remove(store.file);
        CHECK_FALSE(store.write("unanswered"));
        store.writer->close();
    }
    CHECK(store.lost == 1);
    CHECK(store.said.find("could not be saved") != std::string::npos);
    CHECK(store.saved().empty());
}

TEST_CASE("a log or index that is removed ends the writing, and nothing is missing", "[queue]")
{
    Watched store;
    REQUIRE(store.write("answered"));
    const std::string suffix = GENERATE("-wal", "-shm");
    std::filesystem::remove(store.file.string() + suffix);
    REQUIRE(comes_true([&] {
        const std::lock_guard lock(store.mutex);
        return store.lost == 1;
    }));
    CHECK_FALSE(store.write("unanswered"));
    store.writer->close();
    CHECK(store.said.find("test.db" + suffix) != std::string::npos);
    CHECK(store.said.find("what was committed is in the database") != std::string::npos);
    CHECK(store.saved().empty());
    CHECK(names_of(store.file) == "answered");
}

TEST_CASE("a data folder that is moved ends the writing and is named", "[queue]")
{
    support::TemporaryFolder above;
    const auto folder = above.path() / "data";
    REQUIRE(base::create_folder(folder));
    const auto file = folder / "test.db";
    auto database = Connection::open(file, Connection::Access::read_write);
    REQUIRE(database);
    REQUIRE(prepare_store(*database, file, base::Time()));
    const auto files = StoreFiles::of(file);
    REQUIRE(files);
    CHECK(files->check());
    std::filesystem::rename(folder, above.path() / "elsewhere");
    const auto checked = files->check();
    CHECK(checked.error().detail.find(folder.string() + " is not the folder") != std::string::npos);
    CHECK_FALSE(files->are_missing()); // it is whole, elsewhere
    std::filesystem::rename(above.path() / "elsewhere", folder);
    CHECK(files->check());
}
