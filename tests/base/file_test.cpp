// SPDX-License-Identifier: Apache-2.0
// The file seam: codes for each failure, and what is on the disk afterwards.
#include "base/file.hpp"

#include "support/disk.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace base;
namespace fs = std::filesystem;

namespace {

unsigned mode_of(const Path& path)
{
    return static_cast<unsigned>(fs::status(path).permissions());
}

void write_whole(const Path& path, BytesView octets)
{
    auto file = File::create(path);
    REQUIRE(file);
    REQUIRE(file->write(octets));
}

// No file of this process may grow beyond `limit` while it lives.
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t limit)
    {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        rlimit now = before_;
        now.rlim_cur = limit;
        ::setrlimit(RLIMIT_FSIZE, &now);
        handler_ = std::signal(SIGXFSZ, SIG_IGN);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    ~FileSizeLimit()
    {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }

private:
    rlimit before_ = {};
    void (*handler_)(int) = nullptr;
};

} // namespace

TEST_CASE("what is written is read, in pieces", "[base]")
{
    const support::TemporaryFolder folder;
    const Path path = folder.path() / "a";
    auto file = File::create(path);
    REQUIRE(file);
    REQUIRE(file->write("abc"));
    REQUIRE(file->write(""));
    REQUIRE(file->write(std::string("\0def", 4)));
    REQUIRE(file->sync());
    CHECK(file->size().value() == 7);

    auto back = File::open(path);
    REQUIRE(back);
    char buffer[5];
    CHECK(back->read(buffer, 5).value() == 5);
    CHECK(std::string(buffer, 5) == std::string("abc\0d", 5));
    CHECK(back->read(buffer, 5).value() == 2);
    CHECK(back->read(buffer, 5).value() == 0);
}

TEST_CASE("a new file is for its owner only", "[base]")
{
    const support::TemporaryFolder folder;
    write_whole(folder.path() / "a", "x");
    CHECK(mode_of(folder.path() / "a") == 0600);
}

TEST_CASE("creating a file that is there is refused and leaves it alone", "[base]")
{
    const support::TemporaryFolder folder;
    write_whole(folder.path() / "a", "x");
    CHECK(File::create(folder.path() / "a").error().code == errc::already_exists);
    CHECK(read_file(folder.path() / "a", 10).value() == "x");
    fs::create_symlink(folder.path() / "target", folder.path() / "link");
    CHECK(File::create(folder.path() / "link").error().code == errc::already_exists);
    CHECK_FALSE(fs::exists(folder.path() / "target"));
}

TEST_CASE("a missing file has its own code and its name in the detail", "[base]")
{
    const support::TemporaryFolder folder;
    const auto file = File::open(folder.path() / "missing");
    CHECK(file.error().code == errc::not_found);
    CHECK(file.error().detail.find("missing") != std::string::npos);
    CHECK(File::create(folder.path() / "no" / "a").error().code == errc::not_found);
    CHECK(rename_file(folder.path() / "a", folder.path() / "b").error().code == errc::not_found);
    CHECK(list_folder(folder.path() / "no").error().code == errc::not_found);
    CHECK(sync_folder(folder.path() / "no").error().code == errc::not_found);
}

TEST_CASE("a full disk has its own code", "[base]")
{
    const support::TemporaryFolder folder;
    const int next = ::dup(STDERR_FILENO); // the descriptor that the next file will get
    ::close(next);
    auto file = File::create(folder.path() / "a");
    REQUIRE(file);
    const int full = ::open("/dev/full", O_WRONLY);
    REQUIRE(::dup2(full, next) == next);
    ::close(full);
    CHECK(file->write("x").error().code == errc::disk_full);
}

TEST_CASE("a write that the system cuts short is an error, not a short file", "[base]")
{
    const support::TemporaryFolder folder;
    auto file = File::create(folder.path() / "a");
    REQUIRE(file);
    const FileSizeLimit limit(100);
    CHECK(file->write(std::string(80, 'x')));
    CHECK(file->write(std::string(80, 'x')).error().code == errc::io_failed);
}

TEST_CASE("a sync that cannot be done is sync_failed", "[base]")
{
    auto file = File::open("/dev/null"); // has no storage to sync to: EINVAL
    REQUIRE(file);
    CHECK(file->sync().error().code == errc::sync_failed);
}

TEST_CASE("reading a folder as a file fails", "[base]")
{
    const support::TemporaryFolder folder;
    auto file = File::open(folder.path());
    REQUIRE(file);
    char buffer[4];
    CHECK(file->read(buffer, 4).error().code == errc::io_failed);
    CHECK(list_folder("/dev/null").error().code == errc::io_failed);
}

TEST_CASE("a moved file belongs to the one it was moved to", "[base]")
{
    const support::TemporaryFolder folder;
    auto first = File::create(folder.path() / "a");
    auto second = File::create(folder.path() / "b");
    REQUIRE(first);
    REQUIRE(second);
    *first = std::move(*second);
    CHECK(first->write("to b"));
    CHECK(read_file(folder.path() / "b", 10).value() == "to b");
    CHECK(read_file(folder.path() / "a", 10).value().empty());
}

TEST_CASE("folders are made down to the last, for their owner only", "[base]")
{
    const support::TemporaryFolder folder;
    REQUIRE(make_folders(folder.path() / "x" / "y" / "z"));
    CHECK(mode_of(folder.path() / "x" / "y" / "z") == 0700);
    CHECK(mode_of(folder.path() / "x") == 0700);
    CHECK(make_folders(folder.path() / "x" / "y" / "z"));
    CHECK(make_folders(folder.path() / "x" / "y" / ""));
}

TEST_CASE("a file where a folder should be is an error", "[base]")
{
    const support::TemporaryFolder folder;
    write_whole(folder.path() / "a", "x");
    CHECK_FALSE(make_folders(folder.path() / "a"));
    CHECK_FALSE(make_folders(folder.path() / "a" / "b"));
}

TEST_CASE("removing a missing file is no error", "[base]")
{
    const support::TemporaryFolder folder;
    write_whole(folder.path() / "a", "x");
    CHECK(remove_file(folder.path() / "a"));
    CHECK(remove_file(folder.path() / "a"));
    CHECK_FALSE(fs::exists(folder.path() / "a"));
    CHECK(remove_file(folder.path()).error().code == errc::io_failed);
}

TEST_CASE("a folder lists its regular files only, sorted", "[base]")
{
    const support::TemporaryFolder folder;
    write_whole(folder.path() / "b", "x");
    write_whole(folder.path() / "a", "x");
    fs::create_directory(folder.path() / "c");
    fs::create_symlink(folder.path() / "a", folder.path() / "d");
    CHECK(list_folder(folder.path()).value() == std::vector<Path>{"a", "b"});
}

TEST_CASE("a file is read whole up to the limit", "[base]")
{
    const support::TemporaryFolder folder;
    write_whole(folder.path() / "a", std::string(1000, 'x'));
    write_whole(folder.path() / "empty", "");
    CHECK(read_file(folder.path() / "a", 1000).value() == std::string(1000, 'x'));
    CHECK(read_file(folder.path() / "a", 999).error().code == errc::too_large);
    CHECK(read_file(folder.path() / "empty", 0).value().empty());
}

TEST_CASE("a file whose size is not known beforehand is read whole, and bounded", "[base]")
{
    const auto text = read_file("/proc/self/status", 100'000);
    REQUIRE(text);
    CHECK(text->find("VmHWM") != std::string::npos);
    CHECK(read_file("/dev/zero", 100'000).error().code == errc::too_large);
}

TEST_CASE("the free space of a folder is that of its file system", "[base]")
{
    const support::TemporaryFolder folder;
    const auto space = base::free_space(folder.path());
    REQUIRE(space);
    CHECK(*space > 0);
    CHECK(*space <= std::filesystem::space(folder.path()).capacity);
    CHECK(base::free_space(folder.path() / "none").error().code == base::errc::not_found);
}

TEST_CASE("a replaced file has the new content and leaves nothing beside it", "[base]")
{
    const support::TemporaryFolder folder;
    const Path path = folder.path() / "a";
    CHECK(replace_file(path, "first"));
    CHECK(replace_file(path, "second"));
    CHECK(read_file(path, 100).value() == "second");
    CHECK(mode_of(path) == 0600);
    CHECK(list_folder(folder.path()).value().size() == 1);
}

TEST_CASE("a replacement that fails leaves the old file and nothing beside it", "[base]")
{
    const support::TemporaryFolder folder;
    const Path path = folder.path() / "a";
    REQUIRE(replace_file(path, "first"));
    {
        const FileSizeLimit limit(100);
        CHECK_FALSE(replace_file(path, std::string(200, 'x')));
    }
    CHECK(read_file(path, 1000).value() == "first");
    fs::create_directories(folder.path() / "full" / "x");
    CHECK_FALSE(replace_file(folder.path() / "full", "x"));
    CHECK(list_folder(folder.path()).value() == std::vector<Path>{"a"});
}

TEST_CASE("one holder at a time has the lock of a folder", "[base]")
{
    const support::TemporaryFolder folder;
    {
        auto lock = FolderLock::take(folder.path());
        REQUIRE(lock);
        CHECK(FolderLock::take(folder.path()).error().code == errc::locked);
        const FolderLock moved(std::move(*lock));
        CHECK(FolderLock::take(folder.path()).error().code == errc::locked);
    }
    CHECK(FolderLock::take(folder.path()));
    CHECK(FolderLock::take(folder.path() / "missing").error().code == errc::not_found);
}

TEST_CASE("a folder is created once, a file linked once, and neither over what is there", "[base]")
{
    const support::TemporaryFolder folder;
    const auto made = folder.path() / "made";
    REQUIRE(base::create_folder(made));
    CHECK(std::filesystem::status(made).permissions() == std::filesystem::perms::owner_all);
    CHECK(base::create_folder(made).error().code == base::errc::already_exists);

    REQUIRE(base::replace_file(folder.path() / "file", "octets"));
    const auto linked = base::link_file(folder.path() / "file", made / "file");
    REQUIRE(linked);
    REQUIRE(*linked);
    CHECK(
        base::link_file(folder.path() / "file", made / "file").error().code ==
        base::errc::already_exists
    );
    CHECK(
        base::link_file(folder.path() / "none", made / "none").error().code == base::errc::not_found
    );
    REQUIRE(base::remove_file(folder.path() / "file"));
    CHECK(base::read_file(made / "file", 100).value() == "octets");
    CHECK_FALSE(base::remove_folder(made)); // not empty
    REQUIRE(base::remove_file(made / "file"));
    CHECK(base::remove_folder(made));
}

TEST_CASE("what a failed call means decides its code, and the text names file and cause", "[base]")
{
    struct Case {
        int error;
        base::errc code;
        const char* says;
    };
    const auto [error, code, says] = GENERATE(
        Case{EACCES, base::errc::not_permitted, "Permission denied"},
        Case{EPERM, base::errc::not_permitted, "Operation not permitted"},
        Case{EROFS, base::errc::not_permitted, "Read-only file system"},
        Case{EMFILE, base::errc::no_resources, "Too many open files"},
        Case{ENFILE, base::errc::no_resources, "Too many open files in system"},
        Case{ENOMEM, base::errc::no_resources, "Cannot allocate memory"},
        Case{EDQUOT, base::errc::disk_full, "Disk quota exceeded"},
        Case{ENOSPC, base::errc::disk_full, "No space left on device"},
        Case{EIO, base::errc::io_failed, "Input/output error"}
    );
    const support::TemporaryFolder folder;
    support::FaultyDisk disk({.nth = 1, .error = error});
    const support::GateInPlace in_place(disk);
    const auto made = base::File::create(folder.path() / "file");
    REQUIRE_FALSE(made);
    CHECK(made.error().code == code);
    CHECK(made.error().detail == (folder.path() / "file").string() + ": " + says);
}

TEST_CASE("a file has one identity under all its names, and another file has another", "[base]")
{
    const support::TemporaryFolder folder;
    const auto file = folder.path() / "file";
    REQUIRE(base::replace_file(file, "octets"));
    const auto identity = base::identity_of(file);
    REQUIRE(identity);
    REQUIRE(base::link_file(file, folder.path() / "other name"));
    CHECK(*base::identity_of(folder.path() / "other name") == *identity);
    REQUIRE(base::replace_file(file, "octets"));
    CHECK_FALSE(*base::identity_of(file) == *identity);
    CHECK(base::identity_of(folder.path() / "none").error().code == base::errc::not_found);
}

TEST_CASE("a lock whose file was removed or replaced is known, and can be taken again", "[base]")
{
    const support::TemporaryFolder folder;
    auto lock = base::FolderLock::take(folder.path());
    REQUIRE(lock);
    CHECK(lock->is_in_place());
    REQUIRE(base::remove_file(folder.path() / "lock"));
    CHECK_FALSE(lock->is_in_place());
    auto again = base::FolderLock::take(folder.path());
    REQUIRE(again);
    CHECK_FALSE(lock->is_in_place()); // another file
    *lock = std::move(*again);
    CHECK(lock->is_in_place());
    CHECK(base::FolderLock::take(folder.path()).error().code == base::errc::locked);
}

TEST_CASE("free inodes are counted where the file system has a fixed number of them", "[base]")
{
    const support::TemporaryFolder folder;
    const auto inodes = base::free_inodes(folder.path());
    REQUIRE(inodes);
    if (*inodes) CHECK(**inodes > 0);
    CHECK(base::free_inodes(folder.path() / "none").error().code == base::errc::not_found);
}
