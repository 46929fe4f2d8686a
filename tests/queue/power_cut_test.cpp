// SPDX-License-Identifier: Apache-2.0
// The power goes after any call of a piece of work: whatever had been answered by then is there,
// and the step under way wholly or not at all.
#include "opened.hpp"
#include "queue/backup.hpp"
#include "support/disk.hpp"
#include "work.hpp"

#include <cerrno>
#include <cstdlib>
#include <functional>
#include <iostream>

using namespace queue;
using support::Cut;

namespace {

// KURIR_POWER_CUTS=all: after every call, with many draws; a number: that draw alone.
std::string wish()
{
    const char* const given = std::getenv("KURIR_POWER_CUTS");
    return given == nullptr ? "" : given;
}

std::vector<Cut> cuts(std::size_t at)
{
    if (!wish().empty() && wish() != "all")
        return {{.kind = Cut::Kind::some, .seed = static_cast<std::uint32_t>(std::stoul(wish()))}};
    std::vector<Cut> result{{}, {.kind = Cut::Kind::everything}};
    const std::uint32_t draws = wish() == "all" ? 6 : 1;
    for (std::uint32_t draw = 0; draw < draws; ++draw) {
        const auto seed = static_cast<std::uint32_t>(at) * 16 + draw;
        const std::size_t sector = (at + draw) % 2 == 0 ? 512 : 4096;
        result.push_back({.kind = Cut::Kind::some, .seed = seed, .sector = sector});
    }
    return result;
}

std::string to_text(const Cut& cut)
{
    if (cut.kind == Cut::Kind::nothing) return "nothing unsynced";
    if (cut.kind == Cut::Kind::everything) return "everything";
    return "seed " + std::to_string(cut.seed) + ", sectors of " + std::to_string(cut.sector);
}

// What the store in `folder` holds is one of these.
std::string difference_from(const base::Path& folder, const std::vector<Ledger>& ledgers)
{
    auto opened = Queue::open(small_settings(folder), [](const base::Error&) {});
    if (!opened) return "does not open: " + opened.error().text();
    std::string different;
    for (const auto& ledger : ledgers) {
        const auto found = difference(*opened, folder, ledger);
        if (found.empty()) return "";
        different += (different.empty() ? "" : "; or ") + found;
    }
    return different;
}

std::string
difference_left(const support::Platter& platter, const Cut& cut, const std::vector<Ledger>& ledgers)
{
    const auto left = support::TemporaryFolder::in_memory();
    platter.write_to(left.path(), cut);
    return difference_from(left.path() / "data", ledgers);
}

// What may be there after so many calls: what was answered by then, and the step after it.
std::vector<Ledger> possible(const std::vector<Work::Answered>& answers, std::size_t calls)
{
    std::vector<Ledger> result(1); // nothing
    for (const auto& answer : answers) {
        if (answer.moment <= calls) result.clear();
        result.push_back(answer.ledger);
        if (answer.moment > calls) break;
    }
    return result;
}

bool is_there(const base::Path& path)
{
    return std::filesystem::exists(path);
}

// What has the name of a backup is restored to this, what has not, to this or not at all.
std::string difference_of_backup(const base::Path& left, const Ledger& ledger)
{
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(left))
        names.push_back(entry.path().filename().string());
    for (const auto& name : names) {
        if (name == "data") continue;
        const auto again = left / ("again-" + name);
        const auto restored = restore(left / name, again, at(3001));
        if (!restored && name == "backup") return "not to be restored: " + restored.error().text();
        if (!restored) continue;
        const auto wrong = difference_from(again, {ledger});
        if (!wrong.empty()) return name + ": " + wrong;
    }
    return "";
}

// A folder without a store is restored into once more.
std::string difference_of_restored(const base::Path& left, const Ledger& ledger)
{
    if (!is_there(left / "again" / "kurir.db")) {
        const auto restored = restore(left / "backup", left / "again", at(3002));
        if (!restored) return "not to be restored again: " + restored.error().text();
    }
    return difference_from(left / "again", {ledger});
}

base::Result<BackedUp> back_up(const base::Path& store, const base::Path& to)
{
    auto opened = Queue::open(small_settings(store), [](const base::Error&) {});
    if (!opened) return opened.error();
    BackupProgress progress;
    return opened->back_up(to, at(3000), progress);
}

// After each call, with each cut: nothing is wrong with what is left, and what was made is there
// once all calls were.
void check_each_cut(
    support::Platter platter, const std::vector<support::DiskCall>& calls, const std::string& made,
    const std::function<std::string(const base::Path&)>& what_is_wrong
)
{
    for (std::size_t done = 0; done <= calls.size(); ++done) {
        if (done > 0) platter.apply(calls[done - 1], {});
        for (const auto& cut : cuts(done)) {
            const auto left = support::TemporaryFolder::in_memory();
            platter.write_to(left.path(), cut);
            INFO("after call " << done << " of " << calls.size() << ", left: " << to_text(cut));
            if (done == calls.size()) CHECK(is_there(left.path() / made));
            const auto wrong = what_is_wrong(left.path());
            if (!wrong.empty()) CHECK(wrong == "");
        }
    }
}

} // namespace

TEST_CASE("whenever the power goes, what was answered is there", "[queue]")
{
    const auto folder = support::TemporaryFolder::in_memory();
    support::Platter platter(folder.path());
    support::RecordingDisk disk(folder.path());
    Work work(folder.path() / "data", [&] { return disk.size(); });
    {
        const support::GateInPlace gate(disk);
        work.run();
    }
    REQUIRE(work.faults().empty());
    REQUIRE(work.answers().size() > 15);
    const auto calls = disk.calls();
    REQUIRE(calls.size() > 300);
    const std::size_t stride = wish() == "all" ? 1 : 5;
    std::size_t taken = 0;
    for (std::size_t done = 0; done <= calls.size(); ++done) {
        if (done > 0) platter.apply(calls[done - 1], {});
        if (done % stride != 0 && done != calls.size()) continue;
        for (const auto& cut : cuts(done)) {
            ++taken;
            const auto wrong = difference_left(platter, cut, possible(work.answers(), done));
            if (wrong.empty()) continue;
            INFO("after call " << done << ", left: " << to_text(cut));
            CHECK(wrong == "");
        }
    }
    std::cout << "power cuts: " << taken << " after " << calls.size() << " calls" << std::endl;
}

TEST_CASE("what a failed sync left undone is not trusted after a restart", "[queue]")
{
    std::size_t taken = 0;
    for (std::uint64_t n = 1;; ++n) {
        const auto folder = support::TemporaryFolder::in_memory();
        const support::Platter empty(folder.path());
        const auto store = folder.path() / "data";
        support::RecordingDisk disk(
            folder.path(), {.nth = n, .error = EIO, .only = base::IoCall::sync}
        );
        const support::GateInPlace gate(disk);
        Work work(store);
        work.run();
        if (work.opened() && work.lost() == 0) break;
        // The machine goes on, so the kernel shows what the disk may not have; and what comes now
        // stays in the log.
        auto settings = small_settings(store);
        settings.checkpoint_pages = 4000;
        auto opened = Queue::open(settings, [](const base::Error&) {});
        INFO("sync " << n);
        REQUIRE(opened);
        Ledger ledger;
        REQUIRE(work.difference(*opened, ledger) == "");
        REQUIRE(repeat_everything(*opened, ledger) == "");
        for (const auto& cut : cuts(n)) {
            auto platter = empty;
            for (const auto& call : disk.calls())
                platter.apply(call, cut);
            base::set_io_gate(nullptr); // what follows is another disk
            const auto wrong = difference_left(platter, cut, {ledger});
            base::set_io_gate(&disk);
            ++taken;
            INFO("left: " << to_text(cut));
            CHECK(wrong == "");
        }
    }
    CHECK(taken > 30);
    std::cout << "power cuts after a failed sync: " << taken << std::endl;
}

TEST_CASE(
    "whenever the power goes during a backup, it is whole or none, and the store is", "[queue]"
)
{
    const auto folder = support::TemporaryFolder::in_memory();
    const auto store = folder.path() / "data";
    Work work(store);
    work.run();
    REQUIRE(work.faults().empty());
    const support::Platter before(folder.path());
    const bool links = GENERATE(true, false); // or copies, as on another file system
    const support::Fault none;
    const support::Fault no_links{
        .nth = 1, .for_ever = true, .error = EXDEV, .only = base::IoCall::link
    };
    support::RecordingDisk disk(folder.path(), links ? none : no_links);
    {
        const support::GateInPlace gate(disk);
        const auto made = back_up(store, folder.path() / "backup");
        REQUIRE(made);
        REQUIRE(made->payloads > 0);
        REQUIRE(made->linked == links);
    }
    check_each_cut(before, disk.calls(), "backup", [&](const base::Path& left) {
        const auto wrong = difference_from(left / "data", {work.certain()});
        return wrong.empty() ? difference_of_backup(left, work.certain()) : wrong;
    });
}

TEST_CASE("whenever the power goes during a restore, it is whole or can be done again", "[queue]")
{
    const auto folder = support::TemporaryFolder::in_memory();
    Work work(folder.path() / "data");
    work.run();
    REQUIRE(back_up(folder.path() / "data", folder.path() / "backup"));
    std::filesystem::remove_all(folder.path() / "data");
    const support::Platter before(folder.path());
    support::RecordingDisk disk(folder.path());
    {
        const support::GateInPlace gate(disk);
        REQUIRE(restore(folder.path() / "backup", folder.path() / "again", at(3001)));
    }
    check_each_cut(before, disk.calls(), "again/kurir.db", [&](const base::Path& left) {
        return difference_of_restored(left, work.certain());
    });
}
