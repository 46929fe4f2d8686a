// SPDX-License-Identifier: Apache-2.0
// Content of any size that is written once, in pieces. Small content stays in memory; larger
// content goes to a file of its own, so that memory use does not depend on the size. The destructor
// removes the file unless a caller adopted it.
#pragma once

#include "base/file.hpp"

#include <cstdint>
#include <optional>

namespace base {

// Octets kept in memory. The design stores payloads of up to 64 KB in the database row.
inline constexpr std::uint64_t spool_memory_limit = 64 * 1024;

// Finished content. Move-only, because a Content owns its spool file until adopt_file() or its
// destruction.
class Content {
public:
    Content() = default;             // empty, in memory
    static Content of(Bytes octets); // in memory
    // Refers to a file that another owner keeps. Content never removes it.
    static Content borrow(Path file, std::uint64_t size);
    Content(Content&& other) noexcept;
    Content& operator=(Content&& other) noexcept;
    ~Content();

    std::uint64_t size() const { return size_; }
    bool in_file() const { return file_.has_value(); }
    const Bytes& memory() const { return memory_; } // valid if !in_file()
    const Path& file() const { return *file_; }     // valid if in_file()

    // Syncs the spool file, renames it to `target` (on the same file system) and syncs the folder
    // of `target`. Afterwards the file is durable and belongs to the caller. Requires a spool file:
    // in_file() is true and the Content is not borrowed.
    Result<> adopt_file(const Path& target);

private:
    friend class Spool;
    Bytes memory_;
    std::optional<Path> file_;
    // Stays open until adoption, so that its sync reports every write error.
    std::optional<File> written_;
    bool owned_ = false;
    std::uint64_t size_ = 0;
};

// Reads a Content from its start, in pieces. The Content must outlive the reader.
class ContentReader {
public:
    // errc::not_found if the file does not exist, errc::changed if its size differs.
    static Result<ContentReader> open(const Content& content);
    // Returns up to `max` octets; an empty view at the end. The view is valid until the next call.
    // errc::changed if the file ends early.
    Result<BytesView> read(std::size_t max = 64 * 1024);

private:
    const Content* content_ = nullptr;
    std::optional<File> file_;
    std::size_t offset_ = 0;
    Bytes buffer_;
};

// Writes a Content. If a file is needed, it is created in `folder`, which must exist.
class Spool {
public:
    explicit Spool(Path folder, std::uint64_t memory_limit = spool_memory_limit);
    Spool(Spool&&) noexcept = default;
    Spool& operator=(Spool&&) noexcept = default;
    Result<> write(BytesView octets);
    std::uint64_t size() const { return content_.size_; }
    // Returns the content. Call once.
    Content finish();

private:
    Path folder_;
    std::uint64_t memory_limit_;
    Content content_;
};

} // namespace base
