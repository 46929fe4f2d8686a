// SPDX-License-Identifier: Apache-2.0
// Every call of a piece of work fails once, and from there on for ever: what was answered is there
// afterwards, and after a failed sync nothing is answered any more.
#include "opened.hpp"
#include "support/disk.hpp"
#include "work.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <iostream>

using namespace queue;

namespace {

// The store as it is found without faults.
std::string difference_after(const base::Path& folder, const Work& work)
{
    auto opened = Queue::open(small_settings(folder), [](const base::Error&) {});
    if (!opened) return "does not open: " + opened.error().text();
    Ledger ledger;
    auto different = work.difference(*opened, ledger);
    if (different.empty()) different = repeat_everything(*opened, ledger);
    return different.empty() ? difference(*opened, folder, ledger) : different;
}

std::string what_is_wrong(const Work& work, const support::FaultyDisk& disk)
{
    std::string wrong;
    for (const auto& fault : work.faults())
        wrong += fault + "; ";
    // While a store is made SQLite takes back what it wrote and syncs that: nothing was promised.
    if (work.started())
        for (const auto& path : disk.synced_again())
            wrong += "synced again: " + path + "; ";
    if (work.lost() > 1) wrong += "the loss was told twice; ";
    if (disk.sync_failed() && work.opened() && work.lost() == 0)
        wrong += "a failed sync, and nobody was told; ";
    return wrong;
}

std::string outcome(const Work& work)
{
    if (!work.opened()) return "did not open";
    if (work.lost() > 0) return "lost";
    return work.refused() > 0 ? "refused" : "went on";
}

struct Sweep {
    std::uint64_t calls = 0;
    std::uint64_t runs = 0;
    std::map<std::string, int> outcomes;
};

// One run with this fault. False: the work is shorter than that.
bool run(const support::Fault& fault, Sweep& sweep)
{
    const auto folder = support::TemporaryFolder::in_memory();
    const auto store = folder.path() / "data";
    support::FaultyDisk disk(fault);
    Work work(store);
    {
        const support::GateInPlace gate(disk);
        work.run();
    }
    if (disk.failed().empty()) return false;
    sweep.calls = std::max(sweep.calls, fault.nth);
    ++sweep.runs;
    ++sweep.outcomes[outcome(work)];
    const auto wrong = what_is_wrong(work, disk) + difference_after(store, work);
    if (wrong.empty()) return true;
    INFO(
        "call " << fault.nth << (fault.for_ever ? " and all after it" : "") << ", errno "
                << fault.error << ": " << disk.failed()
    );
    CHECK(wrong == "");
    return true;
}

// KURIR_FAULTS=all: every call; else each kind of fault takes its share of them.
bool all()
{
    const char* const wish = std::getenv("KURIR_FAULTS");
    return wish != nullptr && std::string(wish) == "all";
}

void say(const Sweep& sweep, const std::string& what)
{
    std::cout << "I/O faults, " << what << ": " << sweep.runs << " runs, up to call "
              << sweep.calls;
    for (const auto& [name, runs] : sweep.outcomes)
        std::cout << ", " << name << " " << runs;
    std::cout << std::endl;
}

} // namespace

TEST_CASE("whichever call fails, what was answered is kept and nothing else is said", "[queue]")
{
    struct Kind {
        int error;
        bool for_ever;
        const char* name;
    };
    constexpr std::array kinds{
        Kind{EIO, false, "EIO once"}, Kind{EIO, true, "EIO for ever"},
        Kind{ENOSPC, false, "ENOSPC once"}, Kind{ENOSPC, true, "ENOSPC for ever"}
    };
    const std::uint64_t stride = all() ? 1 : 4 * kinds.size();
    for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
        const auto& [error, for_ever, name] = kinds[kind];
        Sweep sweep;
        auto n = all() ? 1 : 1 + 4 * kind;
        while (run({.nth = n, .for_ever = for_ever, .error = error, .torn = n % 2 == 0}, sweep))
            n += stride;
        CHECK(sweep.calls > 300); // a test in which nothing failed would prove nothing
        say(sweep, name);
    }
}

TEST_CASE("a sync that failed ends the work, whichever it is", "[queue]")
{
    Sweep sweep;
    for (const auto call : {base::IoCall::sync, base::IoCall::sync_folder})
        for (std::uint64_t n = 1; run({.nth = n, .error = EIO, .only = call}, sweep);)
            n += 1;
    CHECK(sweep.outcomes["went on"] == 0);
    CHECK(sweep.outcomes["refused"] == 0);
    CHECK(sweep.outcomes["lost"] > 15);
    say(sweep, "syncs and no others");
}

TEST_CASE("a read that fails ends the work or fails what needed it", "[queue]")
{
    Sweep sweep;
    const std::uint64_t stride = all() ? 1 : 5;
    for (std::uint64_t n = 1; run({.nth = n, .error = EIO, .reads = true}, sweep); n += stride)
        CHECK(n < 10'000);
    say(sweep, "reads");
}
