// SPDX-License-Identifier: Apache-2.0
// Content of any size that is written once, in pieces: in memory while it is small, else in one
// file of its own. Memory used does not depend on the size. The file goes when nobody adopted it.
#pragma once

#include "base/file.hpp"

#include <cstdint>
#include <optional>

namespace base {

inline constexpr std::uint64_t spool_memory_limit =
    64 * 1024; // octets kept in memory (design: the row takes up to 64 KB)

// Finished content. Move-only: it owns its spool file until adopt_file() or destruction.
class Content {
public:
    Content() = default;             // empty, in memory
    static Content of(Bytes octets); // in memory
    static Content
    borrow(Path file, std::uint64_t size); // a file somebody else owns; never removed here
    Content(Content&& other) noexcept;
    Content& operator=(Content&& other) noexcept;
    ~Content();

    std::uint64_t size() const { return size_; }
    bool in_file() const { return file_.has_value(); }
    const Bytes& memory() const { return memory_; } // valid if !in_file()
    const Path& file() const { return *file_; }     // valid if in_file()

    // Syncs the spool file, renames it to target (same file system) and syncs target's folder:
    // after that it is durable and the caller's. Only if in_file().
    Result<> adopt_file(const Path& target);

private:
    friend class Spool;
    Bytes memory_;
    std::optional<Path> file_;
    std::optional<File>
        written_; // stays open until adopted, so that its sync reports every write error
    bool owned_ = false;
    std::uint64_t size_ = 0;
};

// Reads a Content (which must outlive it) from its start, in pieces.
class ContentReader {
public:
    static Result<ContentReader> open(const Content& content);
    // Up to `most` octets; empty at the end. The view is valid until the next call.
    Result<BytesView> read(std::size_t max = 64 * 1024);

private:
    const Content* content_ = nullptr;
    std::optional<File> file_;
    std::size_t offset_ = 0;
    Bytes buffer_;
};

// The writer. `folder` is where the file goes if one is needed; it must exist.
class Spool {
public:
    explicit Spool(Path folder, std::uint64_t memory_limit = spool_memory_limit);
    Spool(Spool&&) noexcept = default;
    Spool& operator=(Spool&&) noexcept = default;
    Result<> write(BytesView octets);
    std::uint64_t size() const { return content_.size_; }
    Content finish(); // once

private:
    Path folder_;
    std::uint64_t memory_limit_;
    Content content_;
};

} // namespace base
