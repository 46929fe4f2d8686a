// SPDX-License-Identifier: Apache-2.0
#include "opened.hpp"

#include "crypto/digest.hpp"
#include "queue/backup.hpp"
#include "queue/sqlite.hpp"
#include "support/disk.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <functional>
#include <future>
#include <map>
#include <thread>

using namespace queue;
using namespace std::chrono_literals;

namespace {

// As received or submitted: the digest of a compressed part is that of its octets. Without
// assertions: threads use it.
NewPart file_part(const Queue& queue, const std::string& octets, bool compressed = true)
{
    auto part = small_part(octets);
    part.part.compressed = compressed;
    part.part.sha256 = compressed ? crypto::sha256(octets) : "of its canonical form";
    base::Spool spool(queue.spool_folder(), 0);
    if (spool.write(octets)) part.content = spool.finish();
    return part;
}

base::Result<BackedUp> back_up(Queue& queue, const base::Path& to)
{
    BackupProgress progress;
    return queue.back_up(to, at(1000), progress);
}

// Everything that is kept of a message, as text; `events` may differ by what a restore adds.
std::string whole(const Queue& queue, const std::string& id)
{
    const auto message = queue.find(id, {});
    if (!message) return "missing";
    std::string text = std::string(to_text(message->summary.state)) + "|" + message->envelope +
                       "|" + message->receipt + "|" + message->summary.header.message_id + "|" +
                       std::to_string(message->attempts.size());
    for (std::size_t n = 0; n < message->parts.size(); ++n) {
        const auto content = queue.payload(id, n, {});
        REQUIRE(content);
        auto reader = base::ContentReader::open(*content);
        REQUIRE(reader);
        text += "|" + message->parts[n].sha256 + "|";
        for (auto piece = reader->read(); piece && !piece->empty(); piece = reader->read())
            text += *piece;
    }
    return text;
}

std::vector<std::string> ids(const Queue& queue)
{
    std::vector<std::string> all;
    Filter filter{.limit = 500};
    while (true) {
        const auto page = queue.list(filter);
        REQUIRE(page);
        for (const auto& row : *page)
            all.push_back(row.id);
        if (page->size() < filter.limit) return all;
        filter.before = page->back().sequence;
    }
}

// A store with a message of each kind.
void fill(Queue& queue)
{
    auto large = outbound("large");
    large.parts.push_back(file_part(queue, std::string(70'000, 'x')));
    large.parts.push_back(file_part(queue, std::string(90'000, 'y'), false));
    REQUIRE(enqueue(queue, std::move(large)));
    REQUIRE(enqueue(queue, outbound("small")));
    auto in = inbound("in");
    in.parts.push_back(file_part(queue, std::string(80'000, 'z')));
    REQUIRE(accept(queue, std::move(in)));
}

std::vector<std::string> names_in(const base::Path& folder)
{
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

void damage(const base::Path& file)
{
    auto octets = base::read_file(file, 100 << 20).value();
    octets[octets.size() / 2] = static_cast<char>(octets[octets.size() / 2] ^ 1);
    // Not through a link of the store's own file.
    REQUIRE(base::replace_file(file, octets));
}

// Has room for so many changes below what begins with a path, and for everything elsewhere.
class SmallDisk final : public base::IoGate {
public:
    SmallDisk(std::string begins, int room) : begins_(std::move(begins)), room_(room) {}
    base::IoVerdict before(const base::IoRequest& request) override
    {
        if (!request.path.starts_with(begins_) || !takes_room(request.call)) return {};
        return {.error = room_-- > 0 ? 0 : ENOSPC};
    }
    void after(const base::IoRequest&) override {}

private:
    static bool takes_room(base::IoCall call)
    {
        using enum base::IoCall;
        return call == create || call == write || call == link || call == rename ||
               call == make_folder;
    }
    std::string begins_;
    std::atomic<int> room_;
};

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

} // namespace

TEST_CASE("a restored store has what the backed up one had", "[queue]")
{
    const support::TemporaryFolder folder;
    const auto backup = folder.path() / "backup";
    std::map<std::string, std::string> before;
    {
        Opened store(folder.path() / "store");
        fill(store.queue);
        const auto made = back_up(store.queue, backup);
        REQUIRE(made);
        CHECK(made->messages == 3);
        CHECK(made->payloads == 3);
        CHECK(made->payload_octets == 240'000);
        CHECK(made->linked);
        for (const auto& id : ids(store.queue))
            before[id] = whole(store.queue, id);
        REQUIRE(enqueue(store.queue, outbound("after")));
    }
    std::filesystem::remove_all(folder.path() / "store");
    const auto restored = restore(backup, folder.path() / "again", at(2000));
    REQUIRE(restored);
    CHECK(restored->taken == at(1000));
    CHECK(restored->messages == 3);
    CHECK(restored->payloads == 3);
    CHECK(restored->maybe_sent == 2);
    CHECK(restored->maybe_handed_over == 1);
    const Opened store(folder.path() / "again");
    REQUIRE(ids(store.queue).size() == before.size());
    for (const auto& [id, text] : before)
        CHECK(whole(store.queue, id) == text);
    CHECK(store.lost == 0);
}

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
        // SQLite says of a file that cannot be opened no more than that.
        const auto code = made.error().code;
        const bool told = code == base::errc::disk_full || code == errc::failed;
        CHECK(told);
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
            CHECK(store.queue.find(id, {}));
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
        const auto retain = [&] {
            const RetentionRules rules{
                .usual = {.payload = 1s, .payload_failed = 1s, .record = 1h}};
            RetentionPlace place;
            return queue.retain(rules, at(100), place);
        };
        // It comes when the backup has its rows and takes the first file: it must not be done
        // before the backup is.
        AtFirstLink gate_at([&] {
            retention = std::async(std::launch::async, retain);
            (void)retention.wait_for(200ms);
        });
        auto made = base::Result<BackedUp>(BackedUp{});
        {
            const support::GateInPlace gate(gate_at);
            made = back_up(queue, folder.path() / "backup");
        }
        REQUIRE(retention.valid());
        const auto retained = retention.get();
        CHECK(made);
        REQUIRE(retained);
        CHECK(retained->files == 60);
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

TEST_CASE("a backup that was changed since is not restored", "[queue]")
{
    const support::TemporaryFolder folder;
    const auto backup = folder.path() / "backup";
    {
        Opened store(folder.path() / "store");
        fill(store.queue);
        REQUIRE(back_up(store.queue, backup));
    }
    const auto refused = [&] { return restore(backup, folder.path() / "again", at(2000)).error(); };
    const auto payload = backup / "payloads" / base::list_folder(backup / "payloads")->front();

    SECTION("in its database")
    {
        damage(backup / "kurir.db");
        CHECK(refused().code == errc::damaged);
    }
    SECTION("in its manifest")
    {
        auto octets = base::read_file(backup / "manifest", 1 << 20).value();
        ++octets[octets.find("store ") + 8]; // the year: nothing else would tell
        REQUIRE(base::replace_file(backup / "manifest", octets));
        CHECK(refused().code == errc::damaged);
    }
    SECTION("a manifest cut off")
    {
        const auto octets = base::read_file(backup / "manifest", 1 << 20).value();
        const auto last = octets.rfind('\n', octets.size() - 2);
        REQUIRE(base::replace_file(backup / "manifest", octets.substr(0, last + 1)));
        CHECK(refused().code == errc::damaged);
    }
    SECTION("in a payload")
    {
        damage(payload);
        CHECK(refused().code == errc::damaged);
    }
    SECTION("a payload is missing")
    {
        REQUIRE(base::remove_file(payload));
        CHECK(refused().code == errc::damaged);
    }
    SECTION("there is none")
    {
        REQUIRE(base::remove_file(backup / "manifest"));
        CHECK(refused().code == base::errc::not_found);
    }
    // The folder says what happened to it instead of beginning empty.
    if (base::list_folder(folder.path() / "again")->size() > 1)
        CHECK(Queue::open({.folder = folder.path() / "again"}, {}).error().code == errc::damaged);
}

TEST_CASE("a restore that did not end is done again", "[queue]")
{
    const support::TemporaryFolder folder;
    const auto backup = folder.path() / "backup";
    {
        Opened store(folder.path() / "store");
        fill(store.queue);
        REQUIRE(back_up(store.queue, backup));
    }
    const auto again = folder.path() / "again";
    int failures = 0;
    for (int after = 0; after < 80; ++after) {
        auto restored = base::Result<Restored>(Restored{});
        {
            SmallDisk disk(again.string(), after);
            const support::GateInPlace gate(disk);
            restored = restore(backup, again, at(2000));
        }
        if (restored) break;
        ++failures;
        CHECK_FALSE(std::filesystem::exists(again / "kurir.db"));
    }
    CHECK(failures > 8);
    CHECK(failures < 80);
    const Opened store(again);
    CHECK(ids(store.queue).size() == 3);
    CHECK(restore(backup, again, at(2000)).error().code == base::errc::locked);
}

TEST_CASE("a store is never restored over another", "[queue]")
{
    const support::TemporaryFolder folder;
    const auto backup = folder.path() / "backup";
    {
        Opened store(folder.path() / "store");
        fill(store.queue);
        REQUIRE(back_up(store.queue, backup));
    }
    const auto refused = [&](const base::Path& into) {
        return restore(backup, into, at(2000)).error().code == base::errc::already_exists;
    };
    CHECK(refused(folder.path() / "store"));
    const Opened store(folder.path() / "store");
    CHECK(ids(store.queue).size() == 3);

    // Nor beside a log without its database, which would be put into the restored one.
    std::filesystem::create_directories(folder.path() / "half");
    REQUIRE(base::replace_file(folder.path() / "half" / "kurir.db-wal", "log"));
    CHECK(refused(folder.path() / "half"));

    // Nor beside the payloads of a store whose database was moved away: the backup has not all.
    std::filesystem::create_directories(folder.path() / "rest" / "payloads");
    REQUIRE(base::replace_file(folder.path() / "rest" / "payloads" / "0-1", "later"));
    CHECK(refused(folder.path() / "rest"));
    CHECK(base::File::open(folder.path() / "rest" / "payloads" / "0-1"));
}

TEST_CASE("a backup of a newer version is not restored", "[queue]")
{
    const support::TemporaryFolder folder;
    const auto backup = folder.path() / "backup";
    {
        Opened store(folder.path() / "store");
        auto database =
            Connection::open(folder.path() / "store" / "kurir.db", Connection::Access::read_write);
        REQUIRE(database->run("PRAGMA user_version = 99"));
        REQUIRE(back_up(store.queue, backup));
    }
    CHECK(restore(backup, folder.path() / "again", at(2000)).error().code == errc::newer_schema);
    CHECK_FALSE(std::filesystem::exists(folder.path() / "again" / unfinished_restore));
}

TEST_CASE("what was in flight is marked when it is restored", "[queue]")
{
    const support::TemporaryFolder folder;
    std::string acknowledged;
    std::string token;
    std::string token_item;
    {
        Opened store(folder.path() / "store");
        auto& queue = store.queue;
        const auto delivered = enqueue(queue, outbound("delivered"))->id;
        const auto sending = enqueue(queue, outbound("sending", at(1)))->id;
        REQUIRE(claim(queue, claim_by("owner", 10))->size() == 2);
        REQUIRE(settle(
            queue, "owner",
            {.id = delivered, .state = State::delivered, .at = at(11), .receipt = "receipt"}
        ));
        REQUIRE(enqueue(queue, outbound("queued", at(2))));
        REQUIRE(accept(queue, inbound("acknowledged")));
        auto items = lease(queue, lease_of("participant-b", 12));
        acknowledged = items->front().id;
        REQUIRE(acknowledge(queue, acknowledged, items->front().lease, "participant-b"));
        REQUIRE(accept(queue, inbound("leased")));
        items = lease(queue, lease_of("participant-b", 2000));
        token = items->front().lease;
        token_item = items->front().id;
        REQUIRE(accept(queue, inbound("received")));
        REQUIRE(back_up(queue, folder.path() / "backup"));
    }
    const auto restored = restore(folder.path() / "backup", folder.path() / "again", at(2010));
    REQUIRE(restored);
    CHECK(restored->maybe_sent == 2);
    CHECK(restored->maybe_handed_over == 2);

    Opened store(folder.path() / "again");
    auto& queue = store.queue;
    // Outbound: sent again, and known to have been maybe sent before. The lease of then is
    // nobody's.
    const auto jobs = claim(queue, claim_by("owner 2", 2011));
    REQUIRE(jobs->size() == 2);
    for (const auto& job : *jobs)
        CHECK(job.outcome_unknown);
    // Inbound: whoever still has his token may use it; else it is told that it is not the first
    // time.
    CHECK(acknowledge(queue, token_item, token, "participant-b"));
    const auto items = lease(queue, lease_of("participant-b", 2012));
    REQUIRE(items->size() == 1);
    CHECK(items->front().delivery_count == 2);
    // What ended is as it was, and a peer's repeat gets the receipt of the first time.
    CHECK(queue.find(acknowledged, {})->summary.state == State::acknowledged);
    const auto repeat = accept(queue, inbound("received"));
    REQUIRE(repeat);
    CHECK(repeat->kind == Accepted::Kind::repeat);
    CHECK(repeat->receipt == "receipt for form 1");
    const auto events = queue.find(items->front().id, {})->events;
    CHECK(std::ranges::any_of(events, [](const auto& event) { return event.name == "restored"; }));
}

TEST_CASE(
    "a lease that is restored may be handed over at once, with the count it deserves", "[queue]"
)
{
    const support::TemporaryFolder folder;
    {
        Opened store(folder.path() / "store");
        REQUIRE(accept(store.queue, inbound("leased")));
        REQUIRE(lease(store.queue, lease_of("participant-b", 2000))->size() == 1);
        REQUIRE(back_up(store.queue, folder.path() / "backup"));
    }
    REQUIRE(restore(folder.path() / "backup", folder.path() / "again", at(2010)));
    Opened store(folder.path() / "again");
    const auto items = lease(store.queue, lease_of("participant-b", 2010));
    REQUIRE(items->size() == 1);
    CHECK(items->front().delivery_count == 3);
}
