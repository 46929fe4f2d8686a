// SPDX-License-Identifier: Apache-2.0
// The list of a backup's content, as lines of words. The last line has the digest of all lines
// before it. The list is written and read as a stream, because a backup may have a million files.
#pragma once

#include "base/file.hpp"
#include "base/time.hpp"
#include "crypto/digest.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace queue {

// kurir.db of the backup.
struct ManifestHead {
    base::Time taken;
    std::int64_t schema = 0;
    std::uint64_t messages = 0;
    std::uint64_t database_size = 0;
    base::Bytes database_sha256;
};

// A file in payloads/.
struct ManifestFile {
    std::string name;
    std::uint64_t size = 0;
    base::Bytes sha256; // of its octets; empty if not known yet
};

class ManifestWriter {
public:
    static base::Result<ManifestWriter> create(const base::Path& path);
    base::Result<> head(const ManifestHead& head); // must be called first
    base::Result<> file(const ManifestFile& file);
    base::Result<> finish(); // writes the last line and syncs

private:
    explicit ManifestWriter(base::File file) : out_(std::move(file)) {}
    base::Result<> line(std::string text);
    base::Result<> flush();

    base::File out_;
    base::Bytes waiting_;
    crypto::Sha256 sha256_;
    std::uint64_t files_ = 0;
};

class ManifestReader {
public:
    // Reads the whole file once before any of it is used. errc::damaged: the last line is missing
    // or does not match the others. base::errc::not_found.
    static base::Result<ManifestReader> open(const base::Path& path);
    const ManifestHead& head() const { return head_; }
    base::Result<std::optional<ManifestFile>> next(); // nothing: no more files

private:
    explicit ManifestReader(base::File file) : in_(std::move(file)) {}
    base::Result<> verify();
    base::Result<> read_head();
    base::Result<std::optional<std::string>> line(); // including its line end

    base::File in_;
    base::Bytes buffer_;
    std::size_t at_ = 0;
    ManifestHead head_;
};

} // namespace queue
