// SPDX-License-Identifier: Apache-2.0
// Which process holds what of the database, from a /proc that the test makes.
#include "queue/holders.hpp"

#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <cstdio>
#include <fstream>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

using namespace queue;
using Hold = Holder::Hold;

namespace {

struct Proc {
    support::TemporaryFolder folder;
    base::Path path = folder.path() / "proc";
    base::Path database = folder.path() / "kurir.db";
    std::string locks;

    Proc()
    {
        std::filesystem::create_directory(path);
        std::ofstream(database) << "database";
        std::ofstream(database.string() + "-shm") << "index";
    }
    void process(int pid, const std::string& name, const base::Path& open = {})
    {
        const auto own = path / std::to_string(pid);
        std::filesystem::create_directories(own / "fd");
        std::ofstream(own / "comm") << name << "\n";
        if (!open.empty()) std::filesystem::create_symlink(open, own / "fd" / "3");
    }
    void
    lock(int pid, const std::string& access, const std::string& suffix, const std::string& range)
    {
        struct stat status = {};
        REQUIRE(::stat((database.string() + suffix).c_str(), &status) == 0);
        char file[64];
        std::snprintf(
            file, sizeof file, "%02x:%02x:%lu", major(status.st_dev), minor(status.st_dev),
            static_cast<unsigned long>(status.st_ino)
        );
        locks += "1: POSIX  ADVISORY  " + access + " " + std::to_string(pid) + " " + file + " " +
                 range + "\n";
    }
    std::vector<Holder> holders()
    {
        std::ofstream(path / "locks") << locks;
        return holders_of(database, path);
    }
};

} // namespace

TEST_CASE("the process that writes is told from one that reads and one that has it open", "[queue]")
{
    Proc proc;
    proc.process(11, "sqlite3");
    proc.process(12, "litestream");
    proc.process(13, "cp", proc.database);
    proc.process(14, "editor", "/etc/passwd");
    proc.lock(11, "WRITE", "-shm", "120 120");
    proc.lock(12, "READ", "-shm", "123 124");
    proc.lock(12, "READ", "", "1073741826 1073742335"); // SHARED: every connection has it
    const auto holders = proc.holders();
    REQUIRE(holders.size() == 3);
    CHECK(holders[0].hold == Hold::lock);
    CHECK(holders[1].hold == Hold::snapshot);
    CHECK(holders[2].hold == Hold::open);
    CHECK(describe(holders, Hold::lock, proc.database) == "pid 11 (sqlite3)");
}

TEST_CASE("which lock keeps what", "[queue]")
{
    struct Case {
        const char* access;
        const char* suffix;
        const char* range;
        Hold hold;
    };
    const auto [access, suffix, range, hold] = GENERATE(
        Case{"READ", "-shm", "124 124", Hold::snapshot},
        Case{"READ", "-shm", "127 127", Hold::snapshot},
        Case{"READ", "-shm", "123 123", Hold::open}, // reads the database alone: no log is kept
        Case{"READ", "-shm", "128 128", Hold::open}, Case{"WRITE", "-shm", "121 121", Hold::open},
        Case{"WRITE", "-shm", "120 127", Hold::lock},
        Case{"WRITE", "", "1073741824 1073742335", Hold::lock},
        Case{"WRITE", "", "0 EOF", Hold::lock},
        Case{"READ", "", "1073741826 1073742335", Hold::open}
    );
    Proc proc;
    proc.process(11, "sqlite3");
    proc.lock(11, access, suffix, range);
    const auto holders = proc.holders();
    REQUIRE(holders.size() == 1);
    CHECK(holders.front().hold == hold);
}

TEST_CASE("this process, other files, strange lines and a missing /proc name nobody", "[queue]")
{
    Proc proc;
    proc.process(::getpid(), "queue_test", proc.database);
    proc.lock(::getpid(), "WRITE", "-shm", "120 120");
    proc.locks += "2: FLOCK  ADVISORY  WRITE 3278 fe:00:5309759 0 EOF\n"
                  "3: POSIX  ADVISORY  WRITE -1 fe:00:1 0 EOF\n"
                  "4: -> POSIX  ADVISORY\n\nnonsense\n5: POSIX ADVISORY WRITE 7 x:y:z a b\n";
    CHECK(proc.holders().empty());
    CHECK(holders_of(proc.database, proc.folder.path() / "none").empty());
    CHECK(holders_of(proc.folder.path() / "no.db", proc.path).empty());
    const auto said = describe({}, Hold::lock, proc.database);
    CHECK(said.find("fuser -v " + proc.database.string()) != std::string::npos);
}

TEST_CASE("several with the same hold are all named, weaker ones are not", "[queue]")
{
    const std::vector<Holder> holders{
        {1, "a", Hold::snapshot}, {2, "", Hold::snapshot}, {3, "c", Hold::open}
    };
    CHECK(describe(holders, Hold::snapshot, "x") == "pid 1 (a), pid 2");
    CHECK(describe(holders, Hold::lock, "x").find("cannot be seen") != std::string::npos);
}
